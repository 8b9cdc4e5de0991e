package redact

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tracelab/internal/law"
)

// entangled generates texts in which secrets, parts of them and what
// surrounds them run into each other.
func entangled() *rapid.Generator[string] {
	parts := []string{
		Mask, "[", "]", "password=", "token: ", "\"secret\": \"", "\"", "\\", "'", "=", ":", "://", "@", ".", "-", "_", " ",
		"\n",
		"Bearer ", "Basic ", "Authorization: ", "Cookie: a=", "?sig=", "&", "eyJhbGciOi", "b.c", "d0", "4111111111111111",
		"4111 ",
		"bob@example.com", "bob:pw@", "tcp(", "sk-", "xox" + "b-1234567890", "AKIA", "é", "\xff", "-----BEGIN ",
		"PRIVATE KEY", "-----END ",
	}
	for _, s := range secrets {
		parts = append(parts, s.text)
	}
	for _, s := range innocents {
		parts = append(parts, s.text)
	}
	part := rapid.OneOf(rapid.SampledFrom(parts), rapid.String())
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(part, 0, 12).Draw(t, "parts"), "")
	})
}

func TestLawsOfMasking(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		checkLaws(t, entangled().Draw(t, "text"))
	})
}

func FuzzText(f *testing.F) {
	for _, s := range secrets {
		f.Add(s.text)
	}
	for _, s := range innocents {
		f.Add(s.text)
	}
	f.Fuzz(func(t *testing.T, s string) { checkLaws(t, s) })
}

// fataler is what testing.T and rapid.T share and checkLaws needs.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func checkLaws(t fataler, s string) {
	t.Helper()
	found, text := Find(s), Text(s)

	at := 0
	var want strings.Builder
	for _, f := range found {
		if f.Kind == "" || f.Start < at || f.End <= f.Start || f.End > len(s) {
			t.Fatalf("Find(%q): %+v is out of order, empty or out of bounds", s, f)
		}
		want.WriteString(s[at:f.Start] + Mask)
		at = f.End
	}
	want.WriteString(s[at:])
	if text != want.String() {
		t.Fatalf("Text(%q) = %q, want what Find masks: %q", s, text, want.String())
	}
	if again := Find(text); again != nil {
		t.Fatalf("Find(Text(%q)) = %+v in %q, want none", s, again, text)
	}
	if again := Text(text); again != text {
		t.Fatalf("Text(Text(%q)) = %q, want %q", s, again, text)
	}
	if utf8.ValidString(s) && !utf8.ValidString(text) {
		t.Fatalf("Text(%q) = %q: want valid UTF-8 to stay valid", s, text)
	}
	_ = Key(s)
}
