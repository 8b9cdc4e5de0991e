package play_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/fromsdk"
	"tracelab/tracetree/play"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is the start of played texts in all tests that aren't about time.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// over returns the providers of a pipeline's services.
func over(pipeline *telemetry.Pipeline) play.Providers {
	return func(service string) trace.TracerProvider { return pipeline.Service(service).TracerProvider }
}

// started returns the spans of a recorder in the order in which they started.
func started(recorder *tracetest.SpanRecorder) []sdktrace.ReadOnlySpan {
	var spans []sdktrace.ReadOnlySpan
	for _, span := range recorder.Started() {
		spans = append(spans, span)
	}
	return spans
}

type tb interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Context() context.Context
}

func parse(t tb, text string) *tracetree.Pattern {
	t.Helper()
	pattern, err := tracetree.Parse(text)
	if err != nil {
		t.Fatalf("%v\nof:\n%s", err, text)
	}
	return pattern
}

// tryPlay plays a text and returns the spans.
func tryPlay(t tb, text string, config telemetry.Config, how play.Config) ([]tracetree.Span, error) {
	t.Helper()
	seen := tracetest.NewSpanRecorder()
	config.Processors = append(config.Processors, seen)
	how.Propagator = config.Propagator
	if how.Start.IsZero() {
		how.Start = start
	}
	err := play.Play(t.Context(), parse(t, text), over(telemetry.NewPipeline(config)), how)
	if len(seen.Started()) != len(seen.Ended()) {
		t.Errorf("%d spans have started and %d have ended", len(seen.Started()), len(seen.Ended()))
	}
	return fromsdk.Spans(started(seen)), err
}

func mustPlay(t tb, text string) []tracetree.Span {
	t.Helper()
	spans, err := tryPlay(t, text, telemetry.Config{}, play.Config{})
	if err != nil {
		t.Fatalf("%v\nof:\n%s", err, text)
	}
	return spans
}

// wantTree compares spans with a tree in one view.
func wantTree(t tb, spans []tracetree.Span, want string, opts ...tracetree.Option) {
	t.Helper()
	if diff := cmp.Diff(want, tracetree.Format(tracetree.Build(spans), opts...)); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}

const courseTree = `api-gateway: POST /tasks (root)
  task-service: /tasks.TaskService/CreateTask
    db: PutItem (tasks table)
    sqs: SendMessage (task-events)
      worker: process task-created          ← linked span
        db: UpdateItem (tasks table)
`

func TestCourseTree(t *testing.T) {
	spans := mustPlay(t, courseTree)
	wantTree(t, spans, courseTree)
	wantTree(t, spans, `api-gateway: POST /tasks (root)
  api-gateway: grpc.client.CreateTask
    task-service: /tasks.TaskService/CreateTask
      db: PutItem (tasks table)
      sqs: SendMessage (task-events)
        worker: process task-created          ← linked span
          db: UpdateItem (tasks table)
`, tracetree.Full)
}
