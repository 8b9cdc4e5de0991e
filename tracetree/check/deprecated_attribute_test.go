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
		{"alone", []any{"db.statement", "SELECT"}, nil, []string{"only the old name of db.statement (now db.query.text)"}},
		{"both", []any{"db.query.text", "SELECT", "db.statement", "SELECT"}, nil, nil},
		{"new", []any{"db.query.text", "SELECT"}, nil, nil},
		{
			"one of two",
			[]any{"db.query.text", "SELECT", "db.statement", "SELECT", "db.name", "x"},
			nil,
			[]string{"only the old name of db.name (now db.namespace)"},
		},
		{"any of several new names", []any{"http.target", "/?a", "url.query", "a"}, nil, nil},
		{
			"none of them",
			[]any{"http.target", "/?a"},
			nil,
			[]string{"only the old name of http.target (now url.path or url.query)"},
		},
		{"two old names of one new one", []any{"net.sock.peer.addr", "::1", "net.peer.ip", "::1"}, nil, []string{
			"only the old name of net.sock.peer.addr (now network.peer.address), net.peer.ip (now network.peer.address)",
		}},
		{
			"five names",
			[]any{"http.method", "GET", "http.url", "/", "http.status_code", 1, "db.name", "x", "db.statement", "x"},
			nil,
			[]string{
				"only the old name of http.method (now http.request.method), http.url (now url.full), http.status_code (now " +
					"http.response.status_code) and 2 more attributes",
			},
		},
		{"names of nobody's convention", []any{"http.path", "/", "order.id", 1}, nil, nil},
		{"Zipkin's remote endpoint becomes this one", []any{"peer.service", "stock"}, nil, nil},
		{
			"the resource", nil,
			[]any{"deployment.environment", "prod"},
			[]string{"only the old name of deployment.environment (now deployment.environment.name)"},
		},
		{"the resource with both", nil, []any{"deployment.environment", "prod", "deployment.environment.name", "prod"}, nil},
		{
			"a new name on the resource is not on the span",
			[]any{"net.host.name", "x"},
			[]any{"server.address", "x"},
			[]string{"only the old name of net.host.name (now server.address)"},
		},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			origin := &tracetree.Origin{Resource: attrs(t, tt.resource...)}
			wantWords(t, tt.reason, tt.want,
				seenBy(t, "deprecated-attribute",
					renumbered([]tracetree.Span{{Origin: origin, Attributes: attrs(t, tt.attrs...)}})...))
		})
	}
}

func TestEveryRenameIsFlaggedAndMendedByAnyNewName(t *testing.T) {
	for _, a := range semconv.All() {
		if len(a.Renamed) == 0 {
			continue
		}
		if got := seenBy(t, "deprecated-attribute",
			renumbered([]tracetree.Span{{Attributes: attrs(t, a.Key, "x")}})...); len(got) != 1 {
			t.Errorf("%s alone: %q, want one finding", a.Key, got)
		}
		for _, now := range a.Renamed {
			if got := seenBy(t, "deprecated-attribute",
				renumbered([]tracetree.Span{{Attributes: attrs(t, a.Key, "x", now, "x")}})...); len(got) != 0 {
				t.Errorf("%s with %s: %q, want none", a.Key, now, got)
			}
		}
	}
}

func TestAServiceIsToldOnceOfAnOldName(t *testing.T) {
	span := tracetree.Span{Origin: shop, Attributes: attrs(t, "http.url", "http://x")}
	wantWords(t, "three spans", []string{"only the old name of http.url (now url.full) (and on 2 other spans)"},
		seenBy(t, "deprecated-attribute", renumbered([]tracetree.Span{span, span, span})...))
}
