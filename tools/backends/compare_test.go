package main

import (
	"strings"
	"testing"
	"time"

	"tracelab/tracetree"
)

func span(trace, id byte, start, end time.Duration, status tracetree.Status) tracetree.Span {
	return tracetree.Span{
		TraceID: tracetree.TraceID{trace}, SpanID: tracetree.SpanID{id}, Start: int64(start) + 1, End: int64(end) + 1,
		Status: status,
	}
}

func TestCompare(t *testing.T) {
	want := []tracetree.Span{span(1, 1, 0, 1, 0), span(1, 2, 0, 1, 0), span(2, 1, 0, 1, 0)}
	for _, tt := range []struct {
		reason string
		got    []tracetree.Span
		err    string
	}{
		{"the same, in another order", []tracetree.Span{want[2], want[1], want[0]}, ""},
		{"a trace is missing", want[:2], "is lost"},
		{"a span is missing", want[1:], "has 1 spans"},
		{"a span is another one", []tracetree.Span{want[0], span(1, 9, 0, 1, 0), want[2]}, "is lost"},
		{"a span came twice", append(want[:3:3], want[0]), "has 2 spans and 1 more"},
		{"a trace too many", append(want[:3:3], span(3, 1, 0, 1, 0)), "kept without a reason"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			err := compare(group(want), group(tt.got))
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

func TestKept(t *testing.T) {
	for _, tt := range []struct {
		reason string
		spans  []tracetree.Span
		want   bool
	}{
		{"as slow as that", []tracetree.Span{span(1, 1, 0, slowerThan, 0)}, true},
		{"just faster", []tracetree.Span{span(1, 1, 0, slowerThan-1, 0)}, false},
		{
			"slow from its first start to its last end",
			[]tracetree.Span{span(1, 1, 0, slowerThan/2, 0), span(1, 2, slowerThan/2, slowerThan, 0)},
			true,
		},
		{"a failed span", []tracetree.Span{span(1, 1, 0, 1, 0), span(1, 2, 0, 1, tracetree.StatusError)}, true},
		{"a span that is OK", []tracetree.Span{span(1, 1, 0, 1, tracetree.StatusOK)}, false},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			if got := group(tt.spans)[tracetree.TraceID{1}].kept(slowerThan); got != tt.want {
				t.Errorf("kept is %t, want %t", got, tt.want)
			}
		})
	}
}

func TestLawful(t *testing.T) {
	of := func(id, parent byte, name string) tracetree.Span {
		s := span(1, id, 0, 1, 0)
		s.Parent, s.Name = tracetree.SpanID{parent}, name
		if parent == 0 {
			s.Parent = tracetree.SpanID{}
		}
		return s
	}
	root, child, grandchild := of(1, 0, "root"), of(2, 1, "child"), of(3, 2, "grandchild")
	failed := span(2, 1, 0, 1, tracetree.StatusError)
	given := []tracetree.Span{root, child, grandchild, failed}
	decided := of(1, 0, "root")
	decided.Attributes = []tracetree.Attr{{Key: "tracelab.sampling.ratio", Value: tracetree.Float(0.5)}}
	linking := of(1, 0, "root")
	linking.Links = []tracetree.Link{{TraceID: failed.TraceID, SpanID: failed.SpanID}}
	for _, tt := range []struct {
		reason string
		kept   []tracetree.Span
		err    string
	}{
		{"everything", given, ""},
		{"only what has to be kept", []tracetree.Span{failed}, ""},
		{"a decision is recorded", []tracetree.Span{decided, child, grandchild, failed}, ""},
		{"an error is lost", []tracetree.Span{root, child, grandchild}, "lost trace"},
		{"a leaf is lost", []tracetree.Span{root, child, failed}, "kept 2 of 3 spans"},
		{"a parent is lost", []tracetree.Span{root, grandchild, failed}, "lost the parent of span"},
		{"a span is invented", append(given[:4:4], of(9, 1, "child")), "invented span"},
		{"a trace is invented", append(given[:4:4], span(9, 1, 0, 1, 0)), "invented span"},
		{"a span has another name", []tracetree.Span{root, of(2, 1, "other"), grandchild, failed}, "changed span"},
		{"a span has another parent", []tracetree.Span{root, child, of(3, 1, "grandchild"), failed}, "changed span"},
		{"a span has a link of its own", []tracetree.Span{linking, child, grandchild, failed}, "changed span"},
		{"a span came twice", append(given[:4:4], child), "more than once"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			err := lawful("it", group(given), group(tt.kept))
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}
