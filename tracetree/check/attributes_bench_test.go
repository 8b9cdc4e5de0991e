package check_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec"
)

// ofAttributes are the checks that look at all attributes, and those next to
// them.
func ofAttributes(t testing.TB) []check.Check {
	t.Helper()
	var checks []check.Check
	for _, id := range []string{
		"required-attributes", "deprecated-attribute", "attribute-form", "attribute-level", "sensitive-attribute",
		"resource-identity", "dropped-data",
	} {
		checks = append(checks, checkOf(t, id))
	}
	return checks
}

// ordinary makes spans of twelve attributes, two of which no other span has.
func ordinary(t testing.TB, n int) []tracetree.Span {
	t.Helper()
	spans := make([]tracetree.Span, n)
	for i := range spans {
		spans[i] = tracetree.Span{
			Name: "GET /tasks/{id}", Kind: tracetree.KindServer, Origin: shop, Start: int64(i) + 1, End: int64(i) + 2,
			Attributes: attrs(t,
				"http.request.method", "GET", "url.scheme", "http", "url.path",
				fmt.Sprintf("/tasks/0191a2b3-c4d5-7e6f-8a9b-%012x", i),
				"server.address", "shop.example", "server.port", 8080, "network.peer.address", "10.1.2.3",
				"network.protocol.version", "1.1",
				"client.address", "10.1.2.3", "user_agent.original", "Go-http-client/1.1", "http.route", "/tasks/{id}",
				"http.response.status_code", 200, "task.id", fmt.Sprintf("0191a2b3-c4d5-7e6f-8a9b-%012x", i)),
		}
	}
	return renumbered(spans)
}

// BenchmarkAttributeChecks measures the checks of attributes over spans in which
// they find nothing, next to decoding these from OTLP JSON.
func BenchmarkAttributeChecks(b *testing.B) {
	const n = 20_000
	spans := ordinary(b, n)
	var document bytes.Buffer
	if err := codec.WriteOTLPJSON(&document, spans); err != nil {
		b.Fatal(err)
	}
	checks := ofAttributes(b)
	var decoding, checking, meaning time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		read, _, err := codec.ReadAll(bytes.NewReader(document.Bytes()), "")
		if err != nil {
			b.Fatal(err)
		}
		decoding += time.Since(start)
		forest := tracetree.Build(read)
		start = time.Now()
		check.Run(nil, check.Input{Forest: forest}, check.Config{})
		meaning += time.Since(start)
		start = time.Now()
		if r := check.Run(checks, check.Input{Forest: forest}, check.Config{}); len(r.Findings) != 0 {
			b.Fatalf("%+v", r.Findings)
		}
		checking += time.Since(start)
	}
	per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(b.N) / n }
	b.ReportMetric(per(decoding), "decode-ns/span")
	b.ReportMetric(per(meaning), "meaning-ns/span")
	b.ReportMetric(per(checking)-per(meaning), "checks-ns/span")
	b.ReportMetric((per(checking)-per(meaning))/per(decoding), "checks/decode")
}

func BenchmarkEachAttributeCheck(b *testing.B) {
	const n = 20_000
	forest := tracetree.Build(ordinary(b, n))
	for _, c := range ofAttributes(b) {
		b.Run(c.ID, func(b *testing.B) {
			for b.Loop() {
				check.Run([]check.Check{c}, check.Input{Forest: forest}, check.Config{})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/span")
		})
	}
}

// Without findings, the allocations of the checks don't depend on the number of
// spans. Those of the engine are subtracted.
func TestCleanSpansCostNoAllocation(t *testing.T) {
	checks := ofAttributes(t)
	allocs := func(n int) float64 {
		in := check.Input{Forest: tracetree.Build(ordinary(t, n))}
		engine := testing.AllocsPerRun(5, func() { check.Run(nil, in, check.Config{}) })
		return testing.AllocsPerRun(5, func() { check.Run(checks, in, check.Config{}) }) - engine
	}
	if few, many := allocs(1000), allocs(10_000); many > few {
		t.Errorf("%v allocations for 1000 spans and %v for 10000, want as many", few, many)
	}
}
