package redact

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"tracelab/internal/slow"
)

// typical are texts of telemetry.
var typical = []struct{ name, text string }{
	{"message", "task stored, event published to the queue"},
	{"status", "rpc error: code = Unavailable desc = down"},
	{"url", "http://localhost:8080/tasks?page_size=20"},
	{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b71"},
	{"uuid", "task 123e4567-e89b-12d3-a456-426614174000"},
	{"arn", "arn:aws:sqs:eu-west-1:123456789012:tasks"},
	{"method", "POST"},
	{"route", "/tasks/:id"},
	{"service", "task-service"},
	{"key", "messaging.destination.name"},
	{"agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"},
	{"statement", "SELECT id, title FROM tasks WHERE owner = $1"},
	{"span", "tasks.TaskService/CreateTask"},
	{"host", "ip-10-0-3-17.eu-central-1.compute.internal"},
	{"error", "dial tcp 10.0.0.1:5432: connect: connection refused"},
	{"image", "registry.example.com/shop/cart:v1.36.12"},
}

func BenchmarkTextInnocent(b *testing.B) {
	for _, bb := range typical {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Text(bb.text)
			}
		})
	}
}

// BenchmarkTextRatio reports what masking texts costs as a ratio to hashing them with FNV-1a, byte
// by byte, in the same run: the quickest of many rounds of each, which take turns. Telemetry is
// what spans hold: its ratio was 1.43 when kinds were added in bulk, and is 1.70 since; more than
// 1.72 is too slow. The others look like secrets more than texts do: 2.85, and 3.80.
func BenchmarkTextRatio(b *testing.B) {
	var telemetry []string
	for _, tt := range typical {
		telemetry = append(telemetry, tt.text)
	}
	for _, bb := range []struct {
		name  string
		lines []string
	}{{"telemetry", telemetry}, {"innocents", corpus(b, "innocents.txt")}} {
		b.Run(bb.name, func(b *testing.B) {
			quickest := [2]time.Duration{time.Hour, time.Hour}
			for range max(b.N, 100) {
				for i, do := range []func(string){hashed, func(s string) { Text(s) }} {
					started := time.Now()
					for range 1 + 300/len(bb.lines) {
						for _, line := range bb.lines {
							do(line)
						}
					}
					quickest[i] = min(quickest[i], time.Since(started))
				}
			}
			b.ReportMetric(float64(quickest[1])/float64(quickest[0]), "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func hashed(s string) {
	hash := uint64(14695981039346656037)
	for i := range len(s) {
		hash = (hash ^ uint64(s[i])) * 1099511628211
	}
	runtime.KeepAlive(hash)
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
	{"percent", "%40"},
	{"percents", "%2525"},
	{"backslashes", `\\\\"`},
	{"invisible", "p\u200ba"},
	{"cyrillic", "раsswоrd="},
	{"iban", "DE89 3704 "},
	{"ssn", "123-45-67"},
	{"option", "--password "},
	{"curl", "-u a:"},
	{"mysql", "mysql -p"},
	{"tag", "<password>"},
	{"open", "<a "},
	{"pair", `"password", `},
	{"by", "by '"},
	{"password word", "password "},
	{"secret word", "secret "},
	{"base64", "secret aA0/aA0/"},
	{"access key", "AKIA"},
	{"webhook", ".slack.com/services/"},
	{"discord", "MaaaaaaaaaaaaaaaaaaaaaaA.aaaaaa."},
	{"mmk", "a_mmk"},
	{"azure", "aaa1Q~"},
	{"telegram", "12345:"},
	{"putty", "PuTTY-User-Key-File-"},
	{"block", "password: |\n  a\n"},
	{"comma", "password=a1,"},
	{"quoted mail", `"@a.bc `},
	{"underscores", "_ghp"},
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
			text := strings.Repeat(h.unit, slow.Times(1<<20, 1<<18)/len(h.unit))
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
