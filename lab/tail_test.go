package lab_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"tracelab/fakes"
	"tracelab/lab"
	"tracelab/telemetry"
	"tracelab/telemetry/sampling"
	"tracelab/worker"
)

// keeper is an in-memory exporter whose spans are still there after the shutdown.
type keeper struct{ *tracetest.InMemoryExporter }

func (keeper) Shutdown(context.Context) error { return nil }

// When the worker fails long after the request was answered, both are exported,
// whichever trace its span belongs to. Nothing is exported of the other request.
func TestTailSamplerKeepsTheRequestBehindAFailedMessage(t *testing.T) {
	for _, consumer := range []worker.Consumer{worker.ConsumerChild, worker.ConsumerLink, worker.ConsumerBatch} {
		t.Run(string(consumer), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sampler, err := sampling.SampleByRoute(0, nil)
				if err != nil {
					t.Fatal(err)
				}
				kept := keeper{tracetest.NewInMemoryExporter()}
				tail := sampling.NewTail(sampling.TailPolicy{Errors: true, Window: time.Second, MessageWait: time.Minute})
				l, err := lab.Start(t.Context(), lab.Config{
					Consumer: consumer,
					Telemetry: telemetry.Config{
						Sampler: sampler, Exporters: []sdktrace.SpanExporter{kept}, Tail: tail,
					},
					SQSFaults:      []fakes.Fault{{Op: "SendMessage", DeliveryDelay: 30 * time.Second}},
					DynamoDBFaults: []fakes.Fault{{Op: "UpdateItem", Err: fakes.Internal}},
				})
				if err != nil {
					t.Fatal(err)
				}
				createTask(t, l) // its message comes 30 seconds later, and the worker fails on it
				createTask(t, l)
				all := len(l.Spans())
				if err := l.Close(t.Context()); err != nil {
					t.Fatal(err)
				}

				spans := kept.GetSpans().Snapshots()
				if root := one(t, spans, "POST /tasks"); attributesOf(root)[sampling.RatioKey].AsFloat64() != 1 {
					t.Errorf("the root has %v, want the ratio 1", attributesOf(root))
				}
				one(t, spans, "send task-events")
				if len(named(spans, "process task-created")) == 0 {
					t.Error("the worker's span is not there")
				}
				stats := tail.Stats()
				if int(stats.Recorded) != all || int(stats.Exported) != len(spans) ||
					stats.Exported+stats.Dropped[sampling.DropPolicy] != stats.Recorded {
					t.Errorf("%+v of %d spans, %d exported", stats, all, len(spans))
				}
			})
		})
	}
}

// A worker's own trace records the same ratio as the one that it follows.
func TestRatioCrossesTheQueueWithTheLink(t *testing.T) {
	sampler, err := sampling.SampleByRoute(0, map[string]float64{"POST /tasks": 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, consumer := range []worker.Consumer{worker.ConsumerLink, worker.ConsumerBatch} {
		l := start(t, lab.Config{Consumer: consumer, Telemetry: telemetry.Config{Sampler: sampler}})
		createTask(t, l)
		for _, name := range []string{"POST /tasks", "process task-created"} {
			if got := attributesOf(one(t, l.Spans(), name))[sampling.RatioKey].AsFloat64(); got != 1 {
				t.Errorf("%s: %s has the ratio %v, want 1", consumer, name, got)
			}
		}
	}
}
