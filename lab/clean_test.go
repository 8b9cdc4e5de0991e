package lab

import (
	"testing"
	"time"

	"tracelab/fakes"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec/fromsdk"
	"tracelab/worker"
)

// The system holds itself to its own checks, remarks included.
func TestTracesOfTheSystemAreClean(t *testing.T) {
	create := func(t *testing.T, l *Lab) { createTask(t, l) }
	on := func(request func(id string) Request) func(*testing.T, *Lab) {
		return func(t *testing.T, l *Lab) { ask(t, l, request(createTask(t, l))) }
	}
	tests := []struct {
		name   string
		config Config
		ask    func(*testing.T, *Lab)
		// but are the checks that fire, rightly.
		but []string
	}{
		{"create", Config{}, create, nil},
		{"consumer: link", Config{Consumer: worker.ConsumerLink}, create, nil},
		{"consumer: batch", Config{Consumer: worker.ConsumerBatch}, create, nil},
		{"read", Config{}, on(func(id string) Request { return Request{Method: "GET", Path: "/tasks/" + id} }), nil},
		{"list", Config{}, on(func(string) Request { return Request{Method: "GET", Path: "/tasks"} }), nil},
		{"update", Config{}, on(func(id string) Request {
			return Request{Method: "PATCH", Path: "/tasks/" + id, Body: `{"status": "DONE"}`}
		}), nil},
		{"delete", Config{}, on(func(id string) Request { return Request{Method: "DELETE", Path: "/tasks/" + id} }), nil},
		{"not found", Config{}, on(func(string) Request { return Request{Method: "GET", Path: "/tasks/none"} }), nil},
		{
			"condition fails",
			Config{},
			on(func(string) Request { return Request{Method: "DELETE", Path: "/tasks/none"} }),
			nil,
		},
		{
			"validation error",
			Config{},
			on(func(string) Request { return Request{Method: "POST", Path: "/tasks", Body: `{}`} }), nil,
		},
		{"unknown route", Config{}, on(func(string) Request { return Request{Method: "GET", Path: "/nothing"} }), nil},
		{
			"a caller's trace",
			Config{},
			func(t *testing.T, l *Lab) { ask(t, l, withHeaders("traceparent: "+callerParent)) },
			nil,
		},
		{"delivered twice", Config{SQSFaults: []fakes.Fault{{Op: "SendMessage", Duplicate: 1}}}, create, nil},
		{
			"the database fails",
			Config{DynamoDBFaults: []fakes.Fault{{Op: "PutItem", Err: fakes.Internal}}},
			func(t *testing.T, l *Lab) {
				ask(t, l, createRequest)
			}, nil,
		},
		{
			"throttled, then fine",
			Config{Attempts: 3, DynamoDBFaults: []fakes.Fault{{Op: "PutItem", Err: fakes.Throttled}}},
			func(t *testing.T, l *Lab) { ask(t, l, createRequest) }, nil,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := test.config
			config.Latency = func(op string) time.Duration { return RealisticLatency(op) / 4 }
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
