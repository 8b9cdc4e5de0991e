package check_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// recorded is a span: the number of its trace, and whether it failed.
type recorded struct {
	trace  byte
	failed bool
}

// recording is what was recorded, of which the spans with these indexes were
// exported.
func recording(spans []recorded, exported ...int) sample {
	all := make([]tracetree.Span, len(spans))
	for i, r := range spans {
		all[i] = tracetree.Span{
			TraceID: tracetree.TraceID{r.trace}, SpanID: tracetree.SpanID{byte(i + 1)}, Name: "work", Origin: originOf("shop"),
			Start: 1, End: 2,
		}
		if r.failed {
			all[i].Status = tracetree.StatusError
		}
	}
	e := sample{Edit: func(in *check.Input) { in.Recorded = all }}
	for _, i := range exported {
		e.Spans = append(e.Spans, all[i])
	}
	return e
}

func TestErrorsKept(t *testing.T) {
	tests := []struct {
		reason  string
		example sample
		want    []string // traces
	}{
		{"nothing was exported", recording([]recorded{{1, true}}), []string{"01"}},
		{"another trace was", recording([]recorded{{1, true}, {2, false}}, 1), []string{"01"}},
		{"one finding for a trace", recording([]recorded{{1, true}, {1, false}, {1, true}}), []string{"01"}},
		{
			"two traces, in the order in which they were recorded", recording([]recorded{{3, true}, {1, true}}),
			[]string{"03", "01"},
		},
		{"exported", recording([]recorded{{1, true}}, 0), nil},
		{"exported in part is another check's", recording([]recorded{{1, true}, {1, false}}, 1), nil},
		{"what was sampled away did not fail", recording([]recorded{{1, false}, {2, false}}, 1), nil},
		{
			"nothing is known of what was recorded",
			sample{Spans: []tracetree.Span{{TraceID: tracetree.TraceID{1}, Status: tracetree.StatusError}}},
			nil,
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			var got []string
			for _, f := range findingsOf(t, "errors-kept", test.example) {
				got = append(got, f.Trace[:2])
				if f.Severity != check.Error || f.Span != "" || len(f.Related) != 1 || f.Related[0].Label != "shop: work" {
					t.Errorf("finding %+v", f)
				}
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("traces (-want +got):\n%s", diff)
			}
		})
	}
}
