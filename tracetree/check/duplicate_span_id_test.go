package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestDuplicateSpanID(t *testing.T) {
	client := tracetree.KindClient
	first := oneSpan(1, 0, client, "shop", "GET", during(0, 9), texts("a=1", "b=2"), linkedTo(2, 1))
	event := func(name string) func(*tracetree.Span) {
		return func(s *tracetree.Span) { s.Events = append(s.Events, tracetree.Event{Name: name}) }
	}
	same := []string{"info: the same span occurs twice"}
	other := []string{"error: another span of the trace has the same id 0100000000000000: shop: GET"}
	tests := []struct {
		reason string
		second tracetree.Span
		want   []string
	}{
		{"sent again", oneSpan(1, 0, client, "shop", "GET", during(0, 9), texts("a=1", "b=2"), linkedTo(2, 1)), same},
		{
			"the order of attributes says nothing",
			oneSpan(1, 0, client, "shop", "GET", during(0, 9), texts("b=2", "a=1"), linkedTo(2, 1)), same,
		},
		{"another name", oneSpan(1, 0, client, "shop", "PUT", during(0, 9), texts("a=1", "b=2"), linkedTo(2, 1)), other},
		{"other times", oneSpan(1, 0, client, "shop", "GET", during(0, 8), texts("a=1", "b=2"), linkedTo(2, 1)), other},
		{"another parent", oneSpan(1, 7, client, "shop", "GET", during(0, 9), texts("a=1", "b=2"), linkedTo(2, 1)), other},
		{"another service", oneSpan(1, 0, client, "mall", "GET", during(0, 9), texts("a=1", "b=2"), linkedTo(2, 1)), other},
		{"another value", oneSpan(1, 0, client, "shop", "GET", during(0, 9), texts("a=1", "b=3"), linkedTo(2, 1)), other},
		{
			"one attribute more", oneSpan(1, 0, client, "shop", "GET", during(0, 9), texts("a=1", "b=2", "c=3"), linkedTo(2, 1)),
			other,
		},
		{"another link", oneSpan(1, 0, client, "shop", "GET", during(0, 9), texts("a=1", "b=2"), linkedTo(2, 2)), other},
		{
			"an event more", oneSpan(1, 0, client, "shop", "GET", during(0, 9), texts("a=1", "b=2"), linkedTo(2, 1), event("x")),
			other,
		},
		{"the other half of a shared span", oneSpan(1, 0, tracetree.KindServer, "stock", "GET", during(1, 8)), other},
		{"in another trace", oneSpan(1, 0, client, "shop", "GET", inTrace(2)), nil},
	}
	cases := make([]ruleCase, len(tests))
	for i, test := range tests {
		cases[i] = ruleCase{reason: test.reason, spans: []tracetree.Span{first, test.second}, want: test.want}
	}
	testStructure(t, "duplicate-span-id", append(cases, ruleCase{
		reason: "each further one is a finding", spans: []tracetree.Span{first, first, first}, want: append(same, same...),
	}))
}
