package slow_test

import (
	"testing"

	"tracelab/internal/slow"
)

func TestSwitch(t *testing.T) {
	tests := []struct {
		value   string
		enabled bool
		reason  string
	}{
		{"", false, "unset, and empty, is the quick run"},
		{"1", true, "the one value that turns it on"},
		{"0", false, "an explicit no"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			t.Setenv(slow.Variable, tt.value)
			want := 3
			if tt.enabled {
				want = 100
			}
			if got := slow.Times(100, 3); slow.Enabled() != tt.enabled || got != want {
				t.Errorf("%s=%q: Enabled() = %t, Times(100, 3) = %d, want %t, %d",
					slow.Variable, tt.value, slow.Enabled(), got, tt.enabled, want)
			}
			ran := false
			t.Run("only", func(t *testing.T) {
				slow.Only(t)
				ran = true
			})
			if ran != tt.enabled {
				t.Errorf("%s=%q: Only let the test run: %t, want %t", slow.Variable, tt.value, ran, tt.enabled)
			}
		})
	}
}
