package play_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/fromsdk"
	"tracelab/tracetree/play"
)

// everyCarrier crosses each kind of boundary once.
const everyCarrier = `shop: GET /cart (root)
  stock: /stock.Stock/Take
    prices: GET /prices
      sqs: SendMessage (orders)
        mail: process order          ← linked span
          kafka: send (sent)
            audit: process sent {@trace=new}          ← linked span
`

// playWith plays a text in a context, to a pipeline of this configuration.
func playWith(t *testing.T, ctx context.Context, text string, config telemetry.Config) []tracetree.Span {
	t.Helper()
	seen := tracetest.NewSpanRecorder()
	config.Processors = append(config.Processors, seen)
	how := play.Config{Propagator: config.Propagator, Start: start}
	if err := play.Play(ctx, parse(t, text), over(telemetry.NewPipeline(config)), how); err != nil {
		t.Fatal(err)
	}
	return fromsdk.Spans(started(seen))
}

func TestBaggageReachesEverySpan(t *testing.T) {
	member, err := baggage.NewMember("tenant_id", "acme")
	if err != nil {
		t.Fatal(err)
	}
	bag, err := baggage.New(member)
	if err != nil {
		t.Fatal(err)
	}
	ctx := baggage.ContextWithBaggage(t.Context(), bag)
	spans := playWith(t, ctx, everyCarrier, telemetry.Config{Baggage: []string{"tenant_id"}})
	for i := range spans {
		if tenant, _ := spans[i].Attr("tenant_id"); tenant.Text() != "acme" {
			t.Errorf("%s has the tenant_id %q", tracetree.Label(&spans[i]), tenant.Text())
		}
	}
}

func TestContextIsLostWithoutAPropagator(t *testing.T) {
	spans := playWith(t, t.Context(), courseTree,
		telemetry.Config{Propagator: propagation.NewCompositeTextMapPropagator()})
	wantTree(t, spans, `api-gateway: POST /tasks (root)
  api-gateway: grpc.client.CreateTask

task-service: /tasks.TaskService/CreateTask (root)
  db: PutItem (tasks table)
  sqs: SendMessage (task-events)

worker: process task-created (root)
  db: UpdateItem (tasks table)
`)
}

func TestBaggageAloneCarriesNoTrace(t *testing.T) {
	spans := playWith(t, t.Context(), "a: b (root)\n  c: GET /d", telemetry.Config{Propagator: propagation.Baggage{}})
	wantTree(t, spans, "a: b (root)\n  a: http.client.GET c\n\nc: GET /d (root)\n")
}

func TestEveryTextStartsNewTraces(t *testing.T) {
	outside := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}})
	spans := playWith(t, trace.ContextWithSpanContext(t.Context(), outside), "a: b (root)\n\na: process c (orphan)",
		telemetry.Config{})
	for i := range spans {
		if spans[i].TraceID == tracetree.TraceID(outside.TraceID()) {
			t.Errorf("%s is in the trace of the context that Play was called with", tracetree.Label(&spans[i]))
		}
	}
	if spans[0].TraceID != spans[1].TraceID {
		t.Error("the orphan is in another trace than the root before it")
	}
}

func TestEveryServiceHasItsOwnResource(t *testing.T) {
	spans, err := tryPlay(t, everyCarrier, telemetry.Config{}, play.Config{Count: 2})
	if err != nil {
		t.Fatal(err)
	}
	instances := map[string][]string{}
	for i := range spans {
		service := spans[i].Service()
		for _, a := range spans[i].Origin.Resource {
			if a.Key == "service.instance.id" && !slices.Contains(instances[service], a.Value.Text()) {
				instances[service] = append(instances[service], a.Value.Text())
			}
		}
	}
	for _, service := range []string{"shop", "stock", "prices", "mail", "audit"} {
		if len(instances[service]) != 1 {
			t.Errorf("%s has the instances %v, want one", service, instances[service])
		}
	}
	if len(instances) != 5 {
		t.Errorf("the services are %v", instances)
	}
}

func TestScopeIsThePlayersUnlessStated(t *testing.T) {
	spans := mustPlay(t, "a: b (root)\n  a: c {@scope=lib}")
	if got := spans[0].Origin.ScopeName; got != play.ScopeName {
		t.Errorf("the scope is %q, want %q", got, play.ScopeName)
	}
	if got := spans[1].Origin.ScopeName; got != "lib" {
		t.Errorf("the stated scope is %q", got)
	}
}

func TestSamplerDecides(t *testing.T) {
	if spans := playWith(t, t.Context(), courseTree, telemetry.Config{Sampler: sdktrace.NeverSample()}); len(spans) > 0 {
		t.Errorf("%d spans were recorded", len(spans))
	}
	if spans := playWith(t, t.Context(), courseTree, telemetry.Config{Disabled: true}); len(spans) > 0 {
		t.Errorf("%d spans were recorded by a disabled pipeline", len(spans))
	}
}

// TestCarrierIsThatOfTheBoundary compares the types of the carriers that the propagator writes to.
func TestCarrierIsThatOfTheBoundary(t *testing.T) {
	var carriers noting
	playWith(t, t.Context(), everyCarrier, telemetry.Config{Propagator: &carriers})
	want := []string{
		"propagation.MapCarrier", "propagation.HeaderCarrier", "propagation.MapCarrier",
		"propagation.MapCarrier",
	}
	if diff := cmp.Diff(want, carriers.injected); diff != "" {
		t.Errorf("carriers (-want +got):\n%s", diff)
	}
}

// noting records the types of the carriers.
type noting struct {
	propagation.TraceContext
	injected []string
}

func (n *noting) Inject(_ context.Context, carrier propagation.TextMapCarrier) {
	n.injected = append(n.injected, fmt.Sprintf("%T", carrier))
}

// TestNoSpanIsDropped plays many more spans than the SDK's queue holds, to a slow exporter.
func TestNoSpanIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exporter := &slow{}
		pipeline := telemetry.NewPipeline(telemetry.Config{Exporters: []sdktrace.SpanExporter{exporter}})
		const count = 1000
		how := play.Config{Flush: pipeline.ForceFlush, Count: count, Rate: 1000}
		if err := play.Play(t.Context(), parse(t, courseTree), over(pipeline), how); err != nil {
			t.Fatal(err)
		}
		if err := pipeline.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := count * 7; exporter.spans != want {
			t.Errorf("%d spans were exported, want %d", exporter.spans, want)
		}
	})
}

// slow counts the exported spans. The SDK exports one batch at a time.
type slow struct {
	tracetest.NoopExporter
	spans int
}

func (s *slow) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	<-time.After(time.Second) // of the bubble's clock
	s.spans += len(spans)
	return nil
}

func TestMessageKeepsItsStatedID(t *testing.T) {
	spans := mustPlay(t, `a: b (root)
  kafka: send (q) {messaging.message.id=7}
    c: process d
      c: e
        c: process f
  nats: s {!messaging.message.id}
  rabbitmq: s {= messaging.system=rabbitmq, messaging.operation.name=s}
`)
	var got []string
	for i := range spans {
		if id, ok := spans[i].Attr("messaging.message.id"); ok {
			got = append(got, tracetree.Label(&spans[i])+" "+id.Text())
		}
	}
	want := []string{"kafka: send (q) 7", "c: process d 7", "c: process f " + spans[4].SpanID.String()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}
