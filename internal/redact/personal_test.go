package redact

import "testing"

func TestPersonalJudgesNames(t *testing.T) {
	tests := []struct {
		key    string
		want   bool
		reason string
	}{
		{"user.name", true, "a name"},
		{"shop.customer.name", true, "after a namespace"},
		{"Customer.Name", true, "any case"},
		{"customer_phone", true, "after an underscore"},
		{"iban", true, "an account"},
		{"client.address", true, "whose machine it is"},
		{"host.ip", true, "an address"},
		{"service.name", false, "not a person's"},
		{"microphone", false, "ends so, but not as a word"},
		{"ship", false, "ends so, but not as a word"},
		{"", false, "no name"},
	}
	for _, tt := range tests {
		if got := Personal(tt.key); got != tt.want {
			t.Errorf("Personal(%q) = %v, want %v: %s", tt.key, got, tt.want, tt.reason)
		}
	}
}
