package lab_test

import (
	"testing"
	"time"

	"tracelab/fakes"
	"tracelab/lab"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec/fromsdk"
	"tracelab/worker"
)

// The system holds itself to its own checks, remarks included.
func TestTracesOfTheSystemAreClean(t *testing.T) {
	create := func(t *testing.T, l *lab.Lab) { createTask(t, l) }
	on := func(request func(id string) lab.Request) func(*testing.T, *lab.Lab) {
		return func(t *testing.T, l *lab.Lab) { ask(t, l, request(createTask(t, l))) }
	}
	tests := []struct {
		name   string
		config lab.Config
		ask    func(*testing.T, *lab.Lab)
		// but are the checks that fire, rightly.
		but []string
	}{
		{"create", lab.Config{}, create, nil},
		{"consumer: link", lab.Config{Consumer: worker.ConsumerLink}, create, nil},
		{"consumer: batch", lab.Config{Consumer: worker.ConsumerBatch}, create, nil},
		{"read", lab.Config{}, on(func(id string) lab.Request {
			return lab.Request{Method: "GET", Path: "/tasks/" + id}
		}), nil},
		{"list", lab.Config{}, on(func(string) lab.Request { return lab.Request{Method: "GET", Path: "/tasks"} }), nil},
		{"update", lab.Config{}, on(func(id string) lab.Request {
			return lab.Request{Method: "PATCH", Path: "/tasks/" + id, Body: `{"status": "DONE"}`}
		}), nil},
		{"delete", lab.Config{}, on(func(id string) lab.Request {
			return lab.Request{Method: "DELETE", Path: "/tasks/" + id}
		}), nil},
		{"not found", lab.Config{}, on(func(string) lab.Request {
			return lab.Request{Method: "GET", Path: "/tasks/none"}
		}), nil},
		{
			"condition fails",
			lab.Config{},
			on(func(string) lab.Request { return lab.Request{Method: "DELETE", Path: "/tasks/none"} }),
			nil,
		},
		{
			"validation error",
			lab.Config{},
			on(func(string) lab.Request { return lab.Request{Method: "POST", Path: "/tasks", Body: `{}`} }), nil,
		},
		{"unknown route", lab.Config{}, on(func(string) lab.Request {
			return lab.Request{Method: "GET", Path: "/nothing"}
		}), nil},
		{
			"a caller's trace",
			lab.Config{},
			func(t *testing.T, l *lab.Lab) { ask(t, l, withHeaders("traceparent: "+callerParent)) },
			nil,
		},
		{"delivered twice", lab.Config{SQSFaults: []fakes.Fault{{Op: "SendMessage", Duplicate: 1}}}, create, nil},
		{
			"the database fails",
			lab.Config{DynamoDBFaults: []fakes.Fault{{Op: "PutItem", Err: fakes.Internal}}},
			func(t *testing.T, l *lab.Lab) {
				ask(t, l, createRequest)
			}, nil,
		},
		{
			"throttled, then fine",
			lab.Config{Attempts: 3, DynamoDBFaults: []fakes.Fault{{Op: "PutItem", Err: fakes.Throttled}}},
			func(t *testing.T, l *lab.Lab) { ask(t, l, createRequest) }, nil,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := test.config
			config.Latency = func(op string) time.Duration { return lab.RealisticLatency(op) / 4 }
			l := start(t, config)
			test.ask(t, l)
			var fired []string
			for _, f := range check.Run(check.All(), check.Input{Forest: tracetree.Build(fromsdk.Spans(l.Spans()))},
				check.Config{}).Findings {
				fired = append(fired, f.Check+": "+f.Label+": "+f.Seen)
			}
			if len(fired) != len(test.but) {
				t.Errorf("fired: %q, want %q", fired, test.but)
			}
		})
	}
}
