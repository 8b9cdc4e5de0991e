package lab_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"tracelab/lab"
	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec/fromsdk"
)

func checkNamed(t testing.TB, id string) check.Check {
	t.Helper()
	all := check.All()
	at := slices.IndexFunc(all, func(c check.Check) bool { return c.ID == id })
	if at < 0 {
		t.Fatalf("no check is called %s", id)
	}
	return all[at]
}

// requestsAtOnce makes requests to the system, all at once, and returns its forest.
func requestsAtOnce(t *testing.T, config lab.Config, requests int) *tracetree.Forest {
	t.Helper()
	l, err := lab.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	var group sync.WaitGroup
	for i := range requests {
		group.Go(func() {
			body := fmt.Sprintf(`{"title": "task %d"}`, i)
			if _, err := l.Do(t.Context(), lab.Request{Method: "POST", Path: "/tasks", Body: body}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := l.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	return l.Forest()
}

// Each way of losing context in the real system is found, with its cause.
func TestBrokenPropagationNamesTheHopAndTheCause(t *testing.T) {
	full := map[string]string{}
	for i := range 10 {
		full[fmt.Sprint("user", i)] = "x"
	}
	tests := []struct {
		reason    string
		config    lab.Config
		hop, from string
		cause     string
	}{
		{
			"the worker extracts nothing",
			lab.Config{WorkerPropagator: propagation.NewCompositeTextMapPropagator()},
			"task-service and worker", "sqs: SendMessage (task-events)", "worker does not extract",
		},
		{
			"the worker does not ask for attributes",
			lab.Config{WorkerAttributes: []string{}},
			"task-service and worker", "sqs: SendMessage (task-events)", "worker does not ask for the message's attributes",
		},
		{
			"no room among the ten",
			lab.Config{EventAttributes: full},
			"task-service and worker", "sqs: SendMessage (task-events)", "the message had no room for traceparent",
		},
		{
			"the gRPC client has no handler",
			lab.Config{GatewayWithoutClientSpans: true},
			"api-gateway and task-service", "api-gateway: POST /tasks", "api-gateway's gRPC client has no handler",
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			forest := requestsAtOnce(t, test.config, 1)
			r := check.Run([]check.Check{checkNamed(t, "broken-propagation")}, check.Input{Forest: forest}, check.Config{})
			if len(r.Findings) != 1 {
				t.Fatalf("%d findings, want 1: %+v", len(r.Findings), r.Findings)
			}
			f := r.Findings[0]
			if len(f.Related) != 1 || f.Related[0].Label != test.from {
				t.Fatalf("related are %v, want %s", f.Related, test.from)
			}
			for _, part := range []string{test.hop, f.Trace, f.Span, f.Related[0].Trace, f.Related[0].Span} {
				if !strings.Contains(f.Seen, part) {
					t.Errorf("what is seen doesn't name %s: %s", part, f.Seen)
				}
			}
			// A trace doesn't show whether attributes weren't requested or not extracted, so both
			// are named, before causes elsewhere.
			if likely := strings.Join(f.Causes[:min(2, len(f.Causes))], "\n"); !strings.Contains(likely, test.cause) {
				t.Errorf("the likeliest causes are\n%s\nwant %s", likely, test.cause)
			}
		})
	}
}

// Some or none of many requests at once can be paired: either way the lost context is found, and no
// server is named twice.
func TestBrokenPropagationIsFoundInManyRequestsAtOnce(t *testing.T) {
	const requests = 20
	none := telemetry.Config{Propagator: propagation.NewCompositeTextMapPropagator()}
	forest := requestsAtOnce(t, lab.Config{Telemetry: none, Latency: lab.RealisticLatency}, requests)
	r := check.Run([]check.Check{checkNamed(t, "broken-propagation")}, check.Input{Forest: forest}, check.Config{})
	const hop = "context was lost between api-gateway and task-service: "
	calls, seen := 0, map[string]bool{}
	for _, f := range r.Findings {
		if !strings.HasPrefix(f.Seen, hop) {
			continue
		}
		calls++
		if f.Severity != check.Error || f.Service != "task-service" || seen[f.Span] {
			t.Errorf("want errors at the task service, one at each span: %+v", f)
		}
		seen[f.Span] = true
	}
	if calls == 0 {
		t.Errorf("no finding begins with %q, of %d", hop, len(r.Findings))
	}
}

// Work that others do at the same time is not taken for a part of a request.
func TestManyRequestsAtOnceAreNotPaired(t *testing.T) {
	forest := requestsAtOnce(t, lab.Config{Latency: lab.RealisticLatency}, 50)
	structure := []check.Check{}
	for _, id := range []string{
		"invalid-id", "duplicate-span-id", "parent-cycle", "one-root", "entry-root", "orphan", "broken-propagation",
		"kind-edge", "missing-client-span", "missing-io-span", "consumer-link", "dangling-link",
	} {
		structure = append(structure, checkNamed(t, id))
	}
	config := check.Config{Routes: []check.Route{{
		Label: "api-gateway: POST /tasks",
		IO:    []string{"db: PutItem (tasks table)", "sqs: SendMessage (task-events)", "db: UpdateItem (tasks table)"},
	}}}
	if r := check.Run(structure, check.Input{Forest: forest}, config); len(r.Findings) != 0 {
		t.Errorf("%d findings, the first is %+v", len(r.Findings), r.Findings[0])
	}
}

// Requests that succeed, fail and are refused give no finding about their attributes, not even an
// info.
func TestTheSystemsOwnAttributesAreClean(t *testing.T) {
	system, err := lab.Start(t.Context(), lab.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range []lab.Request{
		{Method: "POST", Path: "/tasks", Body: `{"title":"write tests"}`},
		{Method: "POST", Path: "/tasks", Body: `{`},
		{Method: "GET", Path: "/tasks/0191a2b3-c4d5-7e6f-8a9b-000000000000"},
		{Method: "GET", Path: "/tasks/none"},
		{Method: "DELETE", Path: "/tasks"},
		{Method: "GET", Path: "/nowhere"},
	} {
		if _, err := system.Do(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	if err := system.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	spans := fromsdk.Spans(system.Spans())
	if err := system.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(spans) < 15 {
		t.Fatalf("%d spans, want those of six requests", len(spans))
	}
	for _, f := range check.Run(check.All(), check.Input{Forest: tracetree.Build(spans)}, check.Config{}).Findings {
		t.Errorf("%s, %s: %s", f.Check, f.Label, f.Seen)
	}
}
