package redact

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestJSONIsMaskedInItsForm(t *testing.T) {
	deep := strings.Repeat("[", 150) + `"a@b.example"` + strings.Repeat("]", 150)
	for _, tt := range []struct{ key, text, want, kinds, reason string }{
		{"note", `["a","to ann@example.com",1]`, `["a","to [redacted]",1]`, "email", "a text of a list"},
		{"note", `[ "a" , 1 ]`, `[ "a" , 1 ]`, "", "what has no secret stays as it was written"},
		{
			"note", `[4111111111111111,4111111111111112,1e3]`, `["[redacted]",4111111111111112,1e3]`, "card",
			"a number of a list",
		},
		{"order.id", `[4111111111111111]`, `[4111111111111111]`, "", "identifiers"},
		{
			"note", `{"b":{"password":"x","n":[1]}}`, `{"b":{"password":"[redacted]","n":[1]}}`, Named,
			"a secret's name inside",
		},
		{
			"token", `{"b":[1,true,null,"","x"]}`, `{"b":["[redacted]",true,null,"","[redacted]"]}`, Named + " " + Named,
			"the name is outside",
		},
		{"note", `{"x@y.example":1,"a":2}`, `{"[redacted]":1,"a":2}`, "email", "a key"},
		{"note", `{"x@y.example":1,"A":2}`, `{"A":2,"[redacted]":1}`, "email", "masked keys are in order again"},
		{"note", `"to a@b.example"`, `to [redacted]`, "email", "a single string is one"},
		{"note", `["<&>\n\u2028","a@b.example"]`, `["<&>\n\u2028","[redacted]"]`, "email", "no more is escaped than needed"},
		{
			"process.command_args", `["app","--password","hunter2","-v","x"]`, `["app","--password","[redacted]","-v","x"]`,
			Named, "after its option",
		},
		{
			"process.command_args", `["curl","-u","bob:hunter2","x"]`, `["curl","-u","[redacted]","x"]`, "url-credentials",
			"curl's",
		},
		{
			"process.command_args", `["run","-u","1000:1000","--pin","on"]`, `["run","-u","1000:1000","--pin","on"]`, "",
			"ids, and no PIN",
		},
		{
			"note", `[["--password"],"plain",{"a":"--token"},"words"]`, `[["--password"],"plain",{"a":"--token"},"words"]`, "",
			"an option in a nested list or map has no value outside of it",
		},
		{"note", `{"a":"x@y.example"`, `{"a":"[redacted]"`, "email", "not JSON"},
		{"note", `[1] a@b.example`, `[1] [redacted]`, "email", "more than JSON"},
		{"note", `["\ud800","a@b.example"]`, `["\ud800","[redacted]"]`, "email", "what has no meaning is kept"},
		{"note", deep, strings.Replace(deep, "a@b.example", Mask, 1), "email", "nested too deep"},
	} {
		m, rule := NewMasker(), RuleOf(tt.key)
		got, plain, changed := m.JSON(rule, tt.text)
		if got != tt.want || changed != (tt.want != tt.text) {
			t.Errorf("%s: %s = %s, changed %v, want %s", tt.reason, tt.text, got, changed, tt.want)
		}
		if valid := json.Valid([]byte(got)); changed && !plain && !valid {
			t.Errorf("%s: %s is plain: %v, valid: %v", tt.reason, got, plain, valid)
		}
		if kinds := strings.Join(m.FindJSON(rule, tt.text), " "); kinds != tt.kinds {
			t.Errorf("%s: found %q in %s, want %q", tt.reason, kinds, tt.text, tt.kinds)
		}
		if again, _, _ := m.JSON(rule, tt.text); again != got {
			t.Errorf("%s: the second time it is %s", tt.reason, again)
		}
	}
}

func TestTraceStateLosesItsSensitiveMembers(t *testing.T) {
	for _, tt := range []struct{ state, want string }{
		{"", ""},
		{"a=1,b=2", "a=1,b=2"},
		{"a=1, u=ann@example.com ,b=2", "a=1,b=2"},
		{"secret=x", ""},
		{"secret=true", "secret=true"},
		{"ann@example.com", ""},
	} {
		got, changed := NewMasker().TraceState(tt.state)
		if got != tt.want || changed != (tt.want != tt.state) {
			t.Errorf("TraceState(%q) = %q, %v, want %q", tt.state, got, changed, tt.want)
		}
	}
}

func TestNumbersAreMaskedByKeyOrAsCards(t *testing.T) {
	for _, tt := range []struct {
		key  string
		n    int64
		want bool
	}{
		{"number", 4111111111111111, true},
		{"number", 4111111111111112, false},
		{"order.id", 4111111111111111, false},
		{"messaging.message.id", 4111111111111111, false},
		{"user.phone", 4915112345678, false},
		{"number", 4915112345678, true},
		{"tel", 4915112345678, false},
		{"hotel", 4915112345678, true},
		{"contact.phoneNumber", 4915112345678, false},
		{"pin.password", 1234, true},
		{"number", 0, false},
		{"number", -4111111111111111, false},
		{"at", 1763627505123456789, false},
	} {
		if got := RuleOf(tt.key).Int(tt.n); got != tt.want {
			t.Errorf("%s=%d is masked: %v, want %v", tt.key, tt.n, got, tt.want)
		}
		if got := RuleOf(tt.key).Float(float64(tt.n)); tt.n < 1<<53 && got != tt.want {
			t.Errorf("%s=%g is masked: %v, want %v", tt.key, float64(tt.n), got, tt.want)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := map[int]bool{}
	for i := range 3 * MaxRemembered {
		Remember(m, i, true)
		if len(m) > MaxRemembered {
			t.Fatalf("%d are remembered", len(m))
		}
	}
	if !slices.Contains([]int{1, MaxRemembered}, len(m)) {
		t.Errorf("%d are remembered", len(m))
	}
}

// The id of a mail has the form of an address.
func TestIdsOfMailsAreNoAddresses(t *testing.T) {
	for _, tt := range []struct {
		key, value string
		want       bool
		reason     string
	}{
		{"email.message_id", "<1@mail.example.com>", false, "angle brackets, as in the header"},
		{"messageId", "<CAF1a2b3c@mail.example.com>", false, "a key without a separator"},
		{"smtp.message-id", "20230101.1a2b3c4d5e@mail.example.com", false, "made by a machine"},
		{"message_id", "ann@example.com", true, "an address in the wrong place"},
		{"reply_to", "<ann@example.com>", true, "angle brackets around an address"},
	} {
		if got := RuleOf(tt.key).Find(tt.value) != nil; got != tt.want {
			t.Errorf("%s: %s=%s is masked: %v, want %v", tt.reason, tt.key, tt.value, got, tt.want)
		}
	}
}
