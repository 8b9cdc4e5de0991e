package check_test

import (
	"testing"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

func TestInvalidID(t *testing.T) {
	noTrace := oneSpan(1, 0, tracetree.KindServer, "shop", "GET /", inTrace(0))
	testStructure(t, "invalid-id", []ruleCase{
		{
			reason: "a trace id of zeros", spans: []tracetree.Span{noTrace},
			want: []string{"error: the trace id is all zeros"},
		},
		{
			reason: "a span id of zeros", spans: []tracetree.Span{oneSpan(0, 0, tracetree.KindServer, "shop", "GET /")},
			want: []string{"error: the span id is all zeros"},
		},
		{
			reason: "both are said once",
			spans:  []tracetree.Span{oneSpan(0, 0, tracetree.KindServer, "shop", "GET /", inTrace(0))},
			want:   []string{"error: the trace id is all zeros"},
		},
		{
			reason: "a parent of zeros is none", spans: []tracetree.Span{oneSpan(1, 0, tracetree.KindServer, "shop", "GET /")},
		},
	})
}

func TestInvalidIDSaysWhereASpanWasLeftOut(t *testing.T) {
	in := check.Input{Forest: tracetree.Build(nil), InvalidIDs: []string{"a.json:1:2", "b.json:3:4"}}
	wantSeen(t, check.RunEach([]check.Check{checkNamed(t, "invalid-id")}, in, check.Config{}),
		[]string{"error: a.json:1:2: a span's trace id or span id", "error: b.json:3:4: a span's trace id or span id"})
}
