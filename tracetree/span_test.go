package tracetree_test

import (
	"strings"
	"testing"
	"time"

	"tracelab/tracetree"
)

func TestIDsAreReadBackAndNothingElseIs(t *testing.T) {
	want := tracetree.TraceID{0xab, 15: 1}
	if got, err := tracetree.ParseTraceID(want.String()); err != nil || got != want {
		t.Errorf("got %v, %v", got, err)
	}
	if id, err := tracetree.ParseTraceID(strings.Repeat("0", 32)); err != nil || !id.IsZero() ||
		(tracetree.SpanID{1}).IsZero() {
		t.Errorf("zero: %v, %v", id, err)
	}
	for _, text := range []string{
		"", strings.Repeat("a", 31), strings.Repeat("a", 33), strings.Repeat("x", 32),
		strings.Repeat("é", 16),
	} {
		if id, err := tracetree.ParseTraceID(text); err == nil {
			t.Errorf("%q is read as %v", text, id)
		}
	}
}

func FuzzParseTraceID(f *testing.F) {
	f.Add("4bf92f3577b34da6a3ce929d0e0e4736")
	f.Add("4BF9")
	f.Fuzz(func(t *testing.T, text string) {
		if id, err := tracetree.ParseTraceID(text); err == nil && id.String() != strings.ToLower(text) {
			t.Errorf("%q is read as %v", text, id)
		}
	})
}

func TestValuesAreOfOneKind(t *testing.T) {
	values := []tracetree.Value{
		{}, tracetree.String("1"), tracetree.Int(1), tracetree.Float(1), tracetree.Bool(true), tracetree.JSON("1"),
	}
	for i, v := range values {
		if int(v.Kind()) != i {
			t.Errorf("%v: kind %v", i, v.Kind())
		}
		n, isInt := v.AsInt()
		f, isFloat := v.AsFloat()
		if isInt != (v.Kind() == tracetree.IntValue) || isInt && n != 1 {
			t.Errorf("%v: reads as the integer %d: %v", v.Kind(), n, isInt)
		}
		if isFloat != (v.Kind() == tracetree.FloatValue) || isFloat && f != 1 {
			t.Errorf("%v: reads as the float %v: %v", v.Kind(), f, isFloat)
		}
		for k, w := range values {
			if (v == w) != (k == i) {
				t.Errorf("%v == %v: %v", v.Kind(), w.Kind(), v == w)
			}
		}
	}
}

func TestDurationIsKnownOnlyWithBothTimes(t *testing.T) {
	tests := []struct {
		reason     string
		start, end int64
		want       time.Duration
		known      bool
	}{
		{"both times", 5, 8, 3, true},
		{"a clock that went back", 8, 5, -3, true},
		{"no start", 0, 8, 0, false},
		{"no end", 5, 0, 0, false},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			s := tracetree.Span{Start: test.start, End: test.end}
			if got, known := s.Duration(); got != test.want || known != test.known {
				t.Errorf("got %v, %v", got, known)
			}
		})
	}
}

func TestNumbersThatAreNoNameHaveAName(t *testing.T) {
	for _, got := range []string{
		tracetree.Kind(99).String(), tracetree.Status(99).String(), tracetree.ValueKind(99).String(),
	} {
		if got != "invalid" {
			t.Errorf("got %q", got)
		}
	}
}
