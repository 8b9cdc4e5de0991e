package check_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// checkOf returns the check of an id.
func checkOf(t testing.TB, id string) check.Check {
	t.Helper()
	for _, c := range check.All() {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("there is no check %s", id)
	return check.Check{}
}

// seenBy returns what a check reports as seen in the spans.
func seenBy(t testing.TB, id string, spans ...tracetree.Span) []string {
	t.Helper()
	var seen []string
	for _, f := range check.RunEach([]check.Check{checkOf(t, id)}, check.Input{Forest: tracetree.Build(spans)},
		check.Config{}).Findings {
		if f.Expected == "" || len(f.Causes) == 0 {
			t.Errorf("%q doesn't say what was expected, or what may have caused it", f.Seen)
		}
		seen = append(seen, f.Seen)
	}
	return seen
}

func wantWords(t testing.TB, reason string, want, got []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", reason, diff)
	}
}

// attrs makes attributes of keys and values: string, int, float64, bool, nil, or
// a tracetree.Value.
func attrs(t testing.TB, pairs ...any) []tracetree.Attr {
	t.Helper()
	var list []tracetree.Attr
	for i := 0; i < len(pairs); i += 2 {
		var value tracetree.Value
		switch v := pairs[i+1].(type) {
		case string:
			value = tracetree.String(v)
		case int:
			value = tracetree.Int(int64(v))
		case float64:
			value = tracetree.Float(v)
		case bool:
			value = tracetree.Bool(v)
		case tracetree.Value:
			value = v
		case nil:
		default:
			t.Fatalf("a value of type %T", v)
		}
		list = append(list, tracetree.Attr{Key: pairs[i].(string), Value: value})
	}
	return list
}

var shop = &tracetree.Origin{Resource: []tracetree.Attr{
	{Key: "service.name", Value: tracetree.String("shop")},
	{Key: "telemetry.sdk.name", Value: tracetree.String("opentelemetry")},
	{Key: "service.instance.id", Value: tracetree.String("1")},
}}

// numbered gives spans ids of their own.
//
//go:noinline
func renumbered(spans []tracetree.Span) []tracetree.Span {
	for i := range spans {
		spans[i].TraceID, spans[i].SpanID = tracetree.TraceID{1}, tracetree.SpanID{1, byte(i >> 16), byte(i >> 8), byte(i)}
	}
	return spans
}
