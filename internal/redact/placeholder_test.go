package redact

import "testing"

func TestPlaceholderIsNoSecret(t *testing.T) {
	for _, tt := range []struct {
		value  string
		want   bool
		reason string
	}{
		{"", true, "nothing"},
		{Mask, true, "masked by this package"},
		{"****", true, "masked by a Collector's processor"},
		{"XXXX", true, "masked with letters"},
		{"REDACTED", true, "masked with a word"},
		{"true", true, "reports that there is one"},
		{"null", true, "reports that there is no secret"},
		{"$1", true, "a parameter of a query"},
		{":password", true, "a named parameter"},
		{"${TOKEN}", true, "a shell's variable"},
		{"hunter2", false, "a password"},
		{"x", false, "a short one"},
		{"12345", false, "digits"},
		{Mask + "rest", false, "masked in part"},
	} {
		if got := Placeholder(tt.value); got != tt.want {
			t.Errorf("Placeholder(%q) = %v, want %v: %s", tt.value, got, tt.want, tt.reason)
		}
	}
}
