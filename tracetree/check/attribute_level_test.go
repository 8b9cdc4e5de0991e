package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestAttributesInTheWrongPlace(t *testing.T) {
	for _, tt := range []struct {
		reason   string
		attrs    []any
		resource []any
		want     []string
	}{
		{
			"a resource's attribute",
			[]any{"service.version", "1"},
			[]any{"service.name", "shop", "host.name", "h"},
			[]string{"service.version is on the span"},
		},
		{
			"an older one",
			[]any{"deployment.environment", "prod"},
			[]any{"service.name", "shop", "host.name", "h"},
			[]string{"deployment.environment is on the span"},
		},
		{
			"in both places",
			[]any{"host.name", "h"},
			[]any{"service.name", "shop", "host.name", "h"},
			[]string{"host.name is on the span"},
		},
		{"a format without resources", []any{"telemetry.sdk.name", "x"}, []any{"service.name", "shop"}, nil},
		{
			"a span's attribute", nil,
			[]any{"service.name", "shop", "error.type", "x"},
			[]string{"error.type is on the resource"},
		},
		{"an older one of a span", nil, []any{"http.method", "GET"}, []string{"http.method is on the resource"}},
		{
			"what may be in both",
			[]any{"server.address", "x", "cloud.region", "x", "k8s.pod.name", "x", "process.pid", 1},
			[]any{"server.address", "x", "url.scheme", "http", "k8s.pod.name", "x"},
			nil,
		},
		{"one's own", []any{"team", "x"}, []any{"team", "x", "order.id", "x"}, nil},
		{"each in its place", []any{"http.method", "GET"}, []any{"service.name", "shop", "service.version", "1"}, nil},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			s := tracetree.Span{Origin: &tracetree.Origin{Resource: attrs(t, tt.resource...)}, Attributes: attrs(t, tt.attrs...)}
			wantWords(t, tt.reason, tt.want, seenBy(t, "attribute-level", renumbered([]tracetree.Span{s})...))
		})
	}
}

func TestAnEventMaySpeakOfAService(t *testing.T) {
	s := tracetree.Span{
		Origin: shop, Events: []tracetree.Event{{Name: "failover", Attributes: attrs(t, "service.name", "stock")}},
		Links: []tracetree.Link{{Attributes: attrs(t, "service.name", "stock")}},
	}
	wantWords(t, "an event and a link", nil, seenBy(t, "attribute-level", renumbered([]tracetree.Span{s})...))
	wantWords(t, "no origin at all", nil,
		seenBy(t, "attribute-level", renumbered([]tracetree.Span{{Attributes: attrs(t, "service.name", "x")}})...))
}
