package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestOrphan(t *testing.T) {
	server, internal := tracetree.KindServer, tracetree.KindInternal
	root := oneSpan(1, 0, server, "shop", "GET /cart")
	missing := "its parent 0900000000000000 is not among the spans"
	testStructure(t, "orphan", []ruleCase{
		{
			reason: "the parent was in the same process",
			spans:  []tracetree.Span{root, oneSpan(2, 9, internal, "shop", "load", parentIs(tracetree.RemoteNo))},
			want:   []string{"error: " + missing},
		},
		{
			reason: "the parent was elsewhere",
			spans:  []tracetree.Span{root, oneSpan(2, 9, server, "stock", "GET /stock", parentIs(tracetree.RemoteYes))},
			want:   []string{"warning: " + missing},
		},
		{
			reason: "the format doesn't say where the parent was",
			spans:  []tracetree.Span{root, oneSpan(2, 9, internal, "shop", "load")},
			want:   []string{"warning: " + missing},
		},
		{
			reason: "an INTERNAL span is nobody's entry",
			spans:  []tracetree.Span{oneSpan(2, 9, internal, "shop", "load")},
			want:   []string{"warning: " + missing},
		},
		{
			reason: "of two entries of one trace, nobody knows which caller should have been there",
			spans:  []tracetree.Span{oneSpan(2, 9, server, "shop", "a"), oneSpan(3, 9, server, "shop", "b")},
			want:   []string{"warning: " + missing, "warning: " + missing},
		},
		{
			reason: "one that was sent twice is one finding",
			spans:  []tracetree.Span{root, oneSpan(2, 9, internal, "shop", "load"), oneSpan(2, 9, internal, "shop", "load")},
			want:   []string{"warning: " + missing},
		},
		{
			reason: "the parent's id is there, in another trace",
			spans:  []tracetree.Span{root, oneSpan(2, 9, internal, "shop", "load"), oneSpan(9, 0, server, "shop", "a", inTrace(2))},
			want:   []string{"warning: " + missing},
		},
		{reason: "the only entry of a trace", spans: []tracetree.Span{oneSpan(2, 9, server, "shop", "a")}},
		{reason: "an entry by a link", spans: []tracetree.Span{root, oneSpan(1, 0, internal, "shop", "b", inTrace(2), linkedTo(1, 1))}},
		{reason: "a cycle is a finding of its own", spans: []tracetree.Span{oneSpan(1, 2, internal, "", "a"), oneSpan(2, 1, internal, "", "b")}},
	})
}
