package check_test

import (
	"testing"

	"tracelab/tracetree"
	"tracelab/tracetree/check/semconv"
)

func TestDeprecatedAttributesWithoutTheNewOne(t *testing.T) {
	for _, tt := range []struct {
		reason   string
		attrs    []any
		resource []any
		want     []string
	}{
		{"alone", []any{"db.statement", "SELECT"}, nil, []string{"db.statement is there without db.query.text"}},
		{"both", []any{"db.query.text", "SELECT", "db.statement", "SELECT"}, nil, nil},
		{"new", []any{"db.query.text", "SELECT"}, nil, nil},
		{"one of two", []any{"db.query.text", "SELECT", "db.statement", "SELECT", "db.name", "x"}, nil, []string{"db.name is there without db.namespace"}},
		{"any of several new names", []any{"http.target", "/?a", "url.query", "a"}, nil, nil},
		{"none of them", []any{"http.target", "/?a"}, nil, []string{"http.target is there without url.path or url.query"}},
		{"two old names of one new one", []any{"net.sock.peer.addr", "::1", "net.peer.ip", "::1"}, nil, []string{
			"net.sock.peer.addr is there without network.peer.address", "net.peer.ip is there without network.peer.address",
		}},
		{"names of nobody's convention", []any{"http.path", "/", "order.id", 1}, nil, nil},
		{"Zipkin's remote endpoint becomes this one", []any{"peer.service", "stock"}, nil, nil},
		{"the resource", nil, []any{"deployment.environment", "prod"}, []string{"deployment.environment is there without deployment.environment.name"}},
		{"the resource with both", nil, []any{"deployment.environment", "prod", "deployment.environment.name", "prod"}, nil},
		{"a new name on the resource is not on the span", []any{"net.host.name", "x"}, []any{"server.address", "x"}, []string{"net.host.name is there without server.address"}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			origin := &tracetree.Origin{Resource: attrs(t, tt.resource...)}
			wantWords(t, tt.reason, tt.want, seenBy(t, "deprecated-attribute", renumbered([]tracetree.Span{{Origin: origin, Attributes: attrs(t, tt.attrs...)}})...))
		})
	}
}

func TestEveryRenameIsFlaggedAndMendedByAnyNewName(t *testing.T) {
	for _, a := range semconv.All() {
		if len(a.Renamed) == 0 {
			continue
		}
		if got := seenBy(t, "deprecated-attribute", renumbered([]tracetree.Span{{Attributes: attrs(t, a.Key, "x")}})...); len(got) != 1 {
			t.Errorf("%s alone: %q, want one finding", a.Key, got)
		}
		for _, now := range a.Renamed {
			if got := seenBy(t, "deprecated-attribute", renumbered([]tracetree.Span{{Attributes: attrs(t, a.Key, "x", now, "x")}})...); len(got) != 0 {
				t.Errorf("%s with %s: %q, want none", a.Key, now, got)
			}
		}
	}
}

func TestAServiceIsToldOnceOfAnOldName(t *testing.T) {
	span := tracetree.Span{Origin: shop, Attributes: attrs(t, "http.url", "http://x")}
	wantWords(t, "three spans", []string{"http.url is there without url.full (and on 2 other spans)"},
		seenBy(t, "deprecated-attribute", renumbered([]tracetree.Span{span, span, span})...))
}
