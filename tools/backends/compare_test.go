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
