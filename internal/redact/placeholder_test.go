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
		{"[REDACTED]", true, "a word in brackets, in another case than this package's"},
		{"[FILTERED]", true, "masked by Rails"},
		{"[Filtered]", true, "masked by Sentry"},
		{"<masked>", true, "masked by a logger"},
		{"***masked***", true, "a word in asterisks"},
		{"Bearer ***", true, "the scheme is not masked, and no secret"},
		{"Basic [redacted]", true, "another scheme"},
		{"bearer REDACTED", true, "the scheme in lower case"},
		{"Bearer *** hunter2", false, "more after what is masked"},
		{"Bearer hunter2", false, "a scheme and a token"},
		{"Brearer ***", false, "not a scheme"},
		{"[hunter2]", false, "a password in brackets"},
		{"*hunter2*", false, "a password in asterisks"},
		{"[filtered", false, "half a pair of brackets"},
		{"filtered", false, "a word that can be a password"},
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
