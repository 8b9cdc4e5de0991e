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

// many returns whole traces of the system's shape with n spans in all, as read from OTLP JSON.
func many(b *testing.B, n int) (spans []tracetree.Span, file []byte) {
	b.Helper()
	one := played(b, createTask)
	for i := 0; len(spans) < n; i++ {
		for _, s := range one {
			s.TraceID[0], s.TraceID[1], s.TraceID[2] = byte(i), byte(i>>8), byte(i>>16)
			s.Start, s.End = s.Start+int64(i)*int64(time.Millisecond), s.End+int64(i)*int64(time.Millisecond)
			links := make([]tracetree.Link, len(s.Links))
			for at, link := range s.Links {
				link.TraceID = s.TraceID
				links[at] = link
			}
			s.Links = links
			spans = append(spans, s)
		}
	}
	var out bytes.Buffer
	for at := 0; at < len(spans); at += 700 {
		if err := codec.WriteOTLPJSON(&out, spans[at:min(at+700, len(spans))]); err != nil {
			b.Fatal(err)
		}
	}
	return spans, out.Bytes()
}

const createTask = `api-gateway: POST /tasks (root)
  task-service: /tasks.TaskService/CreateTask
    db: PutItem (tasks table)
    sqs: SendMessage (task-events)
      worker: process task-created          ← linked span
        db: UpdateItem (tasks table)`

// BenchmarkEachCheck reports what each check costs next to the engine, for more
// and more spans.
func BenchmarkEachCheck(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000, 1_000_000} {
		spans, _ := many(b, n)
		in := check.Input{Forest: tracetree.Build(spans)}
		for _, c := range check.All() {
			b.Run(fmt.Sprintf("%s/%d", c.ID, n), func(b *testing.B) {
				for b.Loop() {
					check.Run([]check.Check{c}, in, check.Config{})
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(spans)), "ns/span")
			})
		}
	}
}

// BenchmarkAllChecks reports what all checks cost per span, and relative to
// reading the same spans from OTLP JSON in the same run. The cost per span should
// not grow with their number.
func BenchmarkAllChecks(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			_, file := many(b, n)
			var reading, checking time.Duration
			var spans []tracetree.Span
			b.ResetTimer()
			for b.Loop() {
				began := time.Now()
				var err error
				if spans, _, err = codec.ReadAll(bytes.NewReader(file), "bench"); err != nil {
					b.Fatal(err)
				}
				read := time.Now()
				forest := tracetree.Build(spans)
				built := time.Now()
				result := check.Run(check.All(), check.Input{Forest: forest}, check.Config{})
				if len(result.Findings) > 0 {
					b.Fatalf("a sound trace has findings: %+v", result.Findings[0])
				}
				reading += read.Sub(began)
				checking += time.Since(built)
			}
			each := float64(b.N) * float64(len(spans))
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(reading.Nanoseconds())/each, "read-ns/span")
			b.ReportMetric(float64(checking.Nanoseconds())/each, "checks-ns/span")
			b.ReportMetric(float64(checking)/float64(reading), "checks/read")
		})
	}
}
