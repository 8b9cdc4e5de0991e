package check_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tracelab/tracetree/check"
)

func TestPartialTrace(t *testing.T) {
	three := []recorded{{1, false}, {1, false}, {1, false}}
	open := recording(three, 0, 1)
	all := open.Edit
	open.Edit = func(in *check.Input) {
		all(in)
		in.Recorded[2].Unended = true
	}
	tests := []struct {
		reason  string
		example sample
		want    []string
	}{
		{"one is missing", recording(three, 0, 2), []string{"1 of the 3 spans of the trace were not exported"}},
		{"two are", recording(three, 1), []string{"2 of the 3 spans of the trace were not exported"}},
		{"all are there", recording(three, 0, 1, 2), nil},
		{"none is, which is a decision", recording(append(three, recorded{2, false}), 3), nil},
		{"each of two traces", recording([]recorded{{1, false}, {2, false}, {1, true}, {2, false}}, 0, 1), []string{
			"1 of the 2 spans of the trace were not exported", "1 of the 2 spans of the trace were not exported",
		}},
		{"one that has not ended can't be exported", open, nil},
		{"nothing is known of what was recorded", sample{Spans: recording(three, 0).Spans}, nil},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			var got []string
			for _, f := range findingsOf(t, "partial-trace", test.example) {
				got = append(got, f.Seen)
				if f.Severity != check.Warning || f.Label != "shop: work" || len(f.Related) == 0 {
					t.Errorf("finding %+v", f)
				}
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPartialTraceIsReportedAtTheRoot(t *testing.T) {
	e := recording([]recorded{{1, false}, {1, false}, {1, false}}, 0, 1)
	e.Spans[0].Parent = e.Spans[1].SpanID
	e.Spans[1].Name = "root"
	f := findingsOf(t, "partial-trace", e)
	if len(f) != 1 || f[0].Label != "shop: root" {
		t.Errorf("findings %+v", f)
	}
}

func TestPartialTraceNamesSomeOfWhatIsMissing(t *testing.T) {
	spans := make([]recorded, 9)
	f := findingsOf(t, "partial-trace", recording(spans, 0))
	if len(f) != 1 || len(f[0].Related) != 5 {
		t.Errorf("findings %+v", f)
	}
}
