package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestOneRoot(t *testing.T) {
	server, internal := tracetree.KindServer, tracetree.KindInternal
	testStructure(t, "one-root", []ruleCase{
		{
			reason: "two roots",
			spans:  []tracetree.Span{oneSpan(1, 0, server, "shop", "a"), oneSpan(2, 0, server, "shop", "b")},
			want:   []string{"error: 2 spans of trace 01000000000000000000000000000000 have no parent"},
		},
		{
			reason: "three roots are one finding",
			spans: []tracetree.Span{
				oneSpan(1, 0, server, "shop", "a"), oneSpan(2, 0, server, "shop", "b"),
				oneSpan(3, 0, server, "shop", "c"),
			},
			want: []string{"error: 3 spans of trace"},
		},
		{
			reason: "a second root that links into the trace is shown below the first, and a root all the same",
			spans:  []tracetree.Span{oneSpan(1, 0, server, "shop", "a"), oneSpan(2, 0, internal, "shop", "b", linkedTo(1, 1))},
			want:   []string{"error: 2 spans of trace"},
		},
		{
			reason: "the root was lost",
			spans:  []tracetree.Span{oneSpan(2, 1, internal, "shop", "a", parentIs(tracetree.RemoteNo))},
			want:   []string{"error: no span of trace 01000000000000000000000000000000 is its root: 1 lack"},
		},
		{
			reason: "nothing is above a cycle",
			spans:  []tracetree.Span{oneSpan(1, 2, internal, "shop", "a"), oneSpan(2, 1, internal, "shop", "b")},
			want:   []string{"error: no span of trace"},
		},
		{
			reason: "two calls from a caller that is not captured: two entries, no span was lost",
			spans:  []tracetree.Span{oneSpan(2, 1, server, "shop", "a"), oneSpan(3, 1, server, "shop", "b")},
		},
		{
			reason: "one entry", spans: []tracetree.Span{oneSpan(2, 1, server, "shop", "a", parentIs(tracetree.RemoteYes))},
		},
		{
			reason: "a root sent twice is one",
			spans:  []tracetree.Span{oneSpan(1, 0, server, "shop", "a"), oneSpan(1, 0, server, "shop", "a")},
		},
		{
			reason: "a root and an orphan: that is the orphan's finding",
			spans:  []tracetree.Span{oneSpan(1, 0, server, "shop", "a"), oneSpan(3, 2, internal, "shop", "b")},
		},
		{
			reason: "each trace has one",
			spans:  []tracetree.Span{oneSpan(1, 0, server, "shop", "a"), oneSpan(1, 0, server, "shop", "b", inTrace(2))},
		},
		{
			reason: "a trace of its own that links to another",
			tree: "shop: POST /order (root)\n  sqs: SendMessage (orders)\n" +
				"    mail: process order {@trace=new}          ← linked span",
		},
	})
}
