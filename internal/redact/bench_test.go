package redact

import (
	"strings"
	"testing"

	"tracelab/internal/slow"
)

func BenchmarkTextInnocent(b *testing.B) {
	for _, bb := range []struct{ name, text string }{
		{"message", "task stored, event published to the queue"},
		{"status", "rpc error: code = Unavailable desc = down"},
		{"url", "http://localhost:8080/tasks?page_size=20"},
		{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b71"},
		{"uuid", "task 123e4567-e89b-12d3-a456-426614174000"},
		{"arn", "arn:aws:sqs:eu-west-1:123456789012:tasks"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Text(bb.text)
			}
		})
	}
}

func BenchmarkTextSecret(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Text("login of bob@example.com: password=hunter2")
	}
}

func BenchmarkKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Key("messaging.destination.name")
	}
}

// hostile are texts of which each byte, or each few, could start a search of
// the rest.
var hostile = []struct{ name, unit string }{
	{"at", "a@"},
	{"local", "aaaaaaaa"},
	{"domain", "a@b."},
	{"scheme", "a://"},
	{"userinfo", "a://b:"},
	{"token", "token:"},
	{"password", "password="},
	{"brace", "token={"},
	{"arn", "token=arn:"},
	{"bracket", "token=["},
	{"quote", `token="`},
	{"parameter", "?a=&b=?c="},
	{"key", "?key=#"},
	{"signature", "?sig={"},
	{"bearer", "bearer "},
	{"basic", "basic bearer-"},
	{"cookie", "cookie:a"},
	{"authorization", "authorization: x "},
	{"jwt", "eyJaaaaaaaa."},
	{"jwts", "eyJaaaaaaaa-"},
	{"provider", "sk-"},
	{"digits", "4111"},
	{"groups", "4111 "},
	{"pem", "-----BEGIN "},
	{"mask", "[redacted]="},
	{"emails", "a@b.cd "},
}

func BenchmarkTextHostileMegabyte(b *testing.B) {
	for _, h := range hostile {
		text := strings.Repeat(h.unit, slow.Times(1<<20, 1<<16)/len(h.unit))
		b.Run(h.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Text(text)
			}
		})
	}
}

// Quadratic time over a megabyte would be minutes; linear time is milliseconds.
func TestTextAndKeyAreLinearOnHostileInput(t *testing.T) {
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			text := strings.Repeat(h.unit, 1<<20/len(h.unit))
			masked := Text(text)
			if again := Text(masked); again != masked {
				t.Errorf("masking a masked repetition of %q changes it", h.unit)
			}
			Key(text)
		})
	}
}

func TestInnocentTextIsNotCopied(t *testing.T) {
	for _, tt := range innocents {
		if n := testing.AllocsPerRun(10, func() { Text(tt.text) }); n > 0 && !strings.Contains(tt.text, "asic ") {
			t.Errorf("Text(%q) allocates %v times, want none", tt.text, n)
		}
	}
}
