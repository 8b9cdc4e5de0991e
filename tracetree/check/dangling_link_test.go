package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestDanglingLink(t *testing.T) {
	consumer := tracetree.KindConsumer
	testStructure(t, "dangling-link", []ruleCase{
		{
			reason: "another trace, which is not there",
			spans:  []tracetree.Span{oneSpan(1, 0, consumer, "mail", "a", linkedTo(9, 1))},
			want:   []string{"info: 1 link of 1 not in the capture: span 0100000000000000 of trace 09"},
		},
		{
			reason: "the span's id is there, in another trace",
			spans: []tracetree.Span{
				oneSpan(1, 0, consumer, "mail", "a", linkedTo(9, 1)),
				oneSpan(1, 0, consumer, "mail", "b", inTrace(8)),
			},
			want: []string{"info: 1 link of 1"},
		},
		{
			reason: "several are one finding, of which the first few are named",
			spans: []tracetree.Span{
				oneSpan(1, 0, consumer, "mail", "a", linkedTo(8, 1), linkedTo(9, 1), linkedTo(9, 2), linkedTo(9, 3),
					linkedTo(9, 4)),
				oneSpan(1, 0, consumer, "mail", "b", inTrace(8)),
			},
			want: []string{"info: 4 links of 5 not in the capture: span 0100000000000000 of trace " +
				"09000000000000000000000000000000, " +
				"span 0200000000000000 of trace 09000000000000000000000000000000, span 0300000000000000 of trace " +
				"09000000000000000000000000000000, …"},
		},
		{
			reason: "it is there",
			spans: []tracetree.Span{
				oneSpan(1, 0, consumer, "mail", "a", linkedTo(8, 1)),
				oneSpan(1, 0, consumer, "mail", "b", inTrace(8)),
			},
		},
		{reason: "to itself", spans: []tracetree.Span{oneSpan(1, 0, consumer, "mail", "a", linkedTo(1, 1))}},
		{
			reason: "to its parent, which is absent too",
			spans:  []tracetree.Span{oneSpan(2, 1, consumer, "mail", "a", linkedTo(1, 1))},
		},
		{reason: "no links", spans: []tracetree.Span{oneSpan(1, 0, consumer, "mail", "a")}},
	})
}
