package kinds_test

import (
	"fmt"
	"testing"

	"tracelab/internal/kinds"
)

// failures counts what a test reports.
type failures struct {
	testing.TB
	texts []string
}

func (f *failures) Helper() {}

func (f *failures) Errorf(format string, args ...any) {
	f.texts = append(f.texts, fmt.Sprintf(format, args...))
}

func TestCompleteReportsWhatIsMissing(t *testing.T) {
	full := []kinds.Input{kinds.In("lossy"), kinds.In("lossy"), kinds.Near("lossy")}
	tests := []struct {
		reason, test string
		inputs       []kinds.Input
		want         int
	}{
		{"all is there", "codec, all that OTLP can hold", full, 0},
		{"too few", "codec, all that OTLP can hold", full[1:], 1},
		{"no near miss", "codec, all that OTLP can hold", []kinds.Input{full[0], full[0], full[0]}, 1},
		{"an unknown kind", "codec, all that OTLP can hold", append([]kinds.Input{kinds.In("x")}, full...), 1},
		{"an unknown test", "x", full, 1},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			got := &failures{}
			kinds.Complete(got, test.test, test.inputs)
			if len(got.texts) != test.want {
				t.Errorf("failures %q, want %d", got.texts, test.want)
			}
		})
	}
}
