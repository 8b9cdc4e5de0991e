package redact

import "testing"

func TestKeyJudgesNames(t *testing.T) {
	tests := []struct {
		key    string
		want   bool
		reason string
	}{
		{"authorization", true, "a credential"},
		{"Proxy-Authorization", true, "any prefix"},
		{"http.request.header.authorization", true, "the semantic conventions' form"},
		{"http.response.header.set-cookie", true, "a cookie in a response"},
		{"COOKIE", true, "any case"},
		{"password", true, "a password"},
		{"db.password", true, "dots"},
		{"DB_PASSWORD", true, "underscores"},
		{"new_password_2", true, "a number at the end"},
		{"passwordHash", true, "what can be attacked offline"},
		{"password_confirmation", true, "the password again"},
		{"userPwd", true, "a short form"},
		{"db_pass", true, "a shorter one, as a word"},
		{"clientSecret", true, "camel case"},
		{"x-api-key", true, "hyphens"},
		{"apiKey", true, "camel case"},
		{"api key", true, "a space"},
		{"aws_secret_access_key", true, "AWS"},
		{"X-Amz-Security-Token", true, "AWS, temporary credentials"},
		{"csrf-token", true, "it allows to act"},
		{"aws.credentials", true, "a plural"},
		{"payment.cvv", true, "what a card is checked by"},
		{"card_cvc2", true, "a number at the end"},
		{"", false, "no name"},
		{"key", false, "any map's"},
		{"idempotency_key", false, "grants nothing"},
		{"Idempotency-Key", false, "the header"},
		{"page_token", false, "a cursor"},
		{"nextPageToken", false, "a cursor"},
		{"ClientRequestToken", false, "DynamoDB's idempotency token"},
		{"gen_ai.usage.input_tokens", false, "a count"},
		{"gen_ai.token.type", false, "a type"},
		{"token_type", false, "a type"},
		{"k8s.secret.name", false, "a name"},
		{"aws.secretsmanager.secret.arn", false, "a name"},
		{"compass", false, "ends in pass, but not as a word"},
		{"PWD", false, "the shell's directory"},
		{"messaging.message.id", false, "an id"},
		{"otp_code", true, "a password for one use"},
		{"user.mfaCode", true, "the same by another name"},
		{"postcode", false, "a place"},
		{"error.code", false, "a number of an error"},
		{"1234", false, "nothing but digits"},
		{"-_.", false, "nothing but separators"},
	}
	for _, tt := range tests {
		if got := Key(tt.key); got != tt.want {
			t.Errorf("Key(%q) = %v, want %v: %s", tt.key, got, tt.want, tt.reason)
		}
	}
}

func TestAttributeMasksByKeyThenByValue(t *testing.T) {
	tests := []struct{ key, value, want, reason string }{
		{"password", "x", Mask, "the key is a secret's name"},
		{"password", "", "", "there is nothing to mask"},
		{"http.request.header.cookie", `["a=1"]`, Mask, "all of it"},
		{"http.url", "http://a/?sig=1f", "http://a/?sig=[redacted]", "the value is searched"},
		{"http.route", "/tasks/:id", "/tasks/:id", "nothing is sensitive"},
	}
	for _, tt := range tests {
		if got := Attribute(tt.key, tt.value); got != tt.want {
			t.Errorf("Attribute(%q, %q) = %q, want %q: %s", tt.key, tt.value, got, tt.want, tt.reason)
		}
	}
}
