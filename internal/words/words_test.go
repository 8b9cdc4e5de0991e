package words_test

import (
	"testing"

	"tracelab/internal/words"
)

func TestCount(t *testing.T) {
	tests := []struct {
		reason string
		n      int
		noun   string
		want   string
	}{
		{"one has no s", 1, "span", "1 span"},
		{"none is many", 0, "span", "0 spans"},
		{"many", 12, "service", "12 services"},
		{"a y after a consonant", 2, "mystery", "2 mysteries"},
		{"one y", 1, "mystery", "1 mystery"},
		{"a y after a vowel", 2, "key", "2 keys"},
	}
	for _, tt := range tests {
		if got := words.Count(tt.n, tt.noun); got != tt.want {
			t.Errorf("%s: Count(%d, %q) = %q, want %q", tt.reason, tt.n, tt.noun, got, tt.want)
		}
	}
}
