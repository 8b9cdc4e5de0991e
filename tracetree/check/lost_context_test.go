package check_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"tracelab/lab"
	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// runLab makes requests to the system, all at once, and returns its forest.
func runLab(t *testing.T, config lab.Config, requests int) *tracetree.Forest {
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
			forest := runLab(t, test.config, 1)
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
			// A trace doesn't show whether attributes weren't requested or not extracted, so both are named,
			// before causes elsewhere.
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
	forest := runLab(t, lab.Config{Telemetry: none, Latency: lab.RealisticLatency}, requests)
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
	forest := runLab(t, lab.Config{Latency: lab.RealisticLatency}, 50)
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

// The hops that kept their context decide which end is suspected first.
func TestBrokenPropagationOrdersCausesByWhatOtherHopsShow(t *testing.T) {
	client, server := tracetree.KindClient, tracetree.KindServer
	rpc := func(method string) func(*tracetree.Span) {
		return texts("rpc.system=grpc", "rpc.service=stock.Stock", "rpc.method="+method)
	}
	lost := []tracetree.Span{
		oneSpan(1, 0, client, "shop", "Take", during(0, 10), rpc("Take")),
		oneSpan(1, 0, server, "stock", "Take", during(2, 8), rpc("Take"), inTrace(2)),
	}
	works := func(trace byte, from, to, method string) []tracetree.Span {
		return []tracetree.Span{
			oneSpan(1, 0, client, from, "x", inTrace(trace), during(50, 60), rpc(method)),
			oneSpan(2, 1, server, to, "x", inTrace(trace), during(52, 58), rpc(method)),
		}
	}
	tests := []struct {
		reason string
		others []tracetree.Span
		first  string
	}{
		{"nothing is known", nil, "stock does not extract"},
		{
			"stock extracts what others send", works(3, "mall", "stock", "Take"),
			"shop's gRPC client makes a span and does not inject",
		},
		{"others get what shop sends", works(3, "shop", "bank", "Pay"), "stock does not extract"},
		{"both do, in other calls", works(3, "shop", "stock", "Put"), "a proxy between them strips"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			in := check.Input{Forest: tracetree.Build(append(append([]tracetree.Span{}, lost...), test.others...))}
			r := check.Run([]check.Check{checkNamed(t, "broken-propagation")}, in, check.Config{})
			if len(r.Findings) != 1 || len(r.Findings[0].Causes) != 3 {
				t.Fatalf("findings are %+v, want one with three causes", r.Findings)
			}
			if got := r.Findings[0].Causes[0]; !strings.HasPrefix(got, test.first) {
				t.Errorf("the likeliest cause is %q, want %q", got, test.first)
			}
		})
	}
}
