package check_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/internal/redact"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// The places of text in a span. A finding begins with its place.
var places = []struct {
	says string
	put  func(s *tracetree.Span, text string)
}{
	{`the attribute "note"`, func(s *tracetree.Span, text string) { s.Attributes = note(text) }},
	{`the event's attribute "note"`, func(s *tracetree.Span, text string) {
		s.Events = []tracetree.Event{{Name: "retry"}, {Name: "exception", Attributes: note(text)}}
	}},
	{
		`the link's attribute "note"`,
		func(s *tracetree.Span, text string) { s.Links = []tracetree.Link{{Attributes: note(text)}} },
	},
	{
		`the resource's attribute "note"`,
		func(s *tracetree.Span, text string) { s.Origin = &tracetree.Origin{Resource: note(text)} },
	},
	{
		`the scope's attribute "note"`,
		func(s *tracetree.Span, text string) { s.Origin = &tracetree.Origin{ScopeAttributes: note(text)} },
	},
	{
		"the scope's name or version",
		func(s *tracetree.Span, text string) { s.Origin = &tracetree.Origin{ScopeVersion: text} },
	},
	{
		"the scope's name or version",
		func(s *tracetree.Span, text string) { s.Origin = &tracetree.Origin{ScopeName: text} },
	},
	{"the span's name", func(s *tracetree.Span, text string) { s.Name = text }},
	{
		"the status message",
		func(s *tracetree.Span, text string) { s.Status, s.StatusMessage = tracetree.StatusError, text },
	},
	{"an event's name", func(s *tracetree.Span, text string) { s.Events = []tracetree.Event{{Name: text}} }},
	{"the tracestate", func(s *tracetree.Span, text string) { s.Rare = &tracetree.Rare{TraceState: text} }},
	{"the key of an attribute", func(s *tracetree.Span, text string) {
		s.Attributes = []tracetree.Attr{{Key: text, Value: tracetree.Bool(true)}}
	}},
}

func note(text string) []tracetree.Attr {
	return []tracetree.Attr{{Key: "note", Value: tracetree.String(text)}}
}

func sensitive(t testing.TB, spans ...tracetree.Span) check.Result {
	t.Helper()
	return check.RunEach([]check.Check{checkOf(t, "sensitive-attribute")},
		check.Input{Forest: tracetree.Build(renumbered(spans))}, check.Config{})
}

// wantNone fails when what is printed of a result holds the secret.
func wantNone(t testing.TB, r check.Result, secret string) {
	t.Helper()
	printed, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(printed), secret) {
		t.Errorf("the result holds the secret %q: %s", secret, printed)
	}
}

func TestPlantedSecretsAreFoundInEveryPlaceAndNeverPrinted(t *testing.T) {
	if len(planted) < 60 {
		t.Errorf("%d secrets are planted, want 60", len(planted))
	}
	for _, tt := range planted {
		if !strings.Contains(tt.text, tt.secret) {
			t.Fatalf("%s: %q is not in %q", tt.what, tt.secret, tt.text)
		}
		for _, place := range places {
			span := tracetree.Span{Name: "login", Origin: shop}
			place.put(&span, tt.text)
			r := sensitive(t, span)
			if len(r.Findings) == 0 {
				t.Errorf("%s is not found in %s: %q", tt.what, place.says, tt.text)
				continue
			}
			if seen := r.Findings[0].Seen; !strings.HasPrefix(seen, place.says) || strings.Contains(seen, redact.Mask) {
				t.Errorf("%s: the finding says %q, want it to begin with %q", tt.what, seen, place.says)
			}
			wantNone(t, r, tt.secret)
		}
	}
}

func TestLookAlikesAreNoSecrets(t *testing.T) {
	if len(lookAlikes) < 60 {
		t.Errorf("%d look-alikes, want 60", len(lookAlikes))
	}
	for _, tt := range lookAlikes {
		for _, place := range places {
			span := tracetree.Span{Name: "login", Origin: shop}
			place.put(&span, tt.text)
			for _, f := range sensitive(t, span).Findings {
				t.Errorf("%s, %q: %s", tt.what, tt.text, f.Seen)
			}
		}
	}
}

func TestKeysSayThatTheirValuesAreSecret(t *testing.T) {
	list := tracetree.JSON
	for _, tt := range []struct {
		reason string
		attrs  []any
		want   bool
	}{
		{"a header", []any{"http.request.header.authorization", list(`["x1"]`)}, true},
		{"a cookie", []any{"http.request.header.cookie", "a"}, true},
		{"a short password", []any{"db.password", "x"}, true},
		{"digits", []any{"user.password", 1234}, true},
		{"a float", []any{"auth.token", 0.5}, true},
		{"a map", []any{"client_secret", list(`{"a":{"b":["x"]}}`)}, true},
		{"broken JSON", []any{"client_secret", list(`{"a`)}, true},
		{"nothing", []any{"db.password", ""}, false},
		{"null", []any{"db.password", nil}, false},
		{"masked here", []any{"db.password", redact.Mask}, false},
		{"masked elsewhere", []any{"db.password", "***"}, false},
		{"a masked list", []any{"http.request.header.cookie", list(`["REDACTED","***"]`)}, false},
		{"a list half masked", []any{"http.request.header.cookie", list(`["REDACTED","a"]`)}, true},
		{"an empty list", []any{"http.request.header.cookie", list(`[]`)}, false},
		{"whether there is one", []any{"user.password", true}, false},
		{"a cursor", []any{"page_token", "abc"}, false},
		{"counted tokens", []any{"gen_ai.usage.input_tokens", 12}, false},
		{"a card as a number", []any{"payment.number", 4111111111111111}, true},
		{"a number with a wrong check digit", []any{"order.number", 4111111111111112}, false},
		{"nanoseconds", []any{"at", 1763627505123456789}, false},
		{"a negative number", []any{"n", -4111111111111111}, false},
		{"a secret in a list", []any{"args", list(`["--mail","ann@example.com"]`)}, true},
		{"a secret in a map", []any{"body", list(`{"password":"x1"}`)}, true},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			span := tracetree.Span{Name: "login", Origin: shop, Attributes: attrs(t, tt.attrs...)}
			if got := len(sensitive(t, span).Findings) > 0; got != tt.want {
				t.Errorf("%v is found: %v, want %v", tt.attrs, got, tt.want)
			}
		})
	}
}

func TestASecretInManySpansIsOneFindingForItsPlace(t *testing.T) {
	leak := tracetree.Span{Name: "login", Origin: shop, Attributes: note("ann@example.com and password=hunter2")}
	other := tracetree.Span{Name: "login", Origin: shop, Attributes: note("bob@example.com")}
	wantWords(t, "two kinds in one place", []string{
		`the attribute "note" holds an e-mail address (and on 2 other spans)`,
		`the attribute "note" holds a value that is given to a secret's name (and on 1 other span)`,
	}, seenBy(t, "sensitive-attribute", renumbered([]tracetree.Span{leak, other, leak})...))
}

// Results are remembered by text, in a small memory: texts with the same length,
// beginning and end must not be mixed up.
func TestSecretsAreFoundAmongManyAlikeTexts(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`to [ab@.]{3}x\.example\.com`), 1, 50).Draw(t, "texts")
		var list []tracetree.Attr
		want := 0
		for _, text := range texts {
			list = append(list, note(text)...)
			if redact.Find(text) != nil {
				want++
			}
		}
		spans := make([]tracetree.Span, len(list))
		for i := range list {
			spans[i] = tracetree.Span{Origin: &tracetree.Origin{}, Attributes: list[i : i+1]}
		}
		r := check.RunEach([]check.Check{sensitiveCheck()}, check.Input{Forest: tracetree.Build(renumbered(spans))},
			check.Config{})
		if len(r.Findings) != want {
			t.Errorf("%d of %q are found, want %d", len(r.Findings), texts, want)
		}
	})
}

func sensitiveCheck() check.Check {
	for _, c := range check.All() {
		if c.ID == "sensitive-attribute" {
			return c
		}
	}
	return check.Check{}
}
