package cli

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestReadinessSaysWhatIsMissingOnAWS(t *testing.T) {
	for _, tt := range []struct{ reason, table, queue, faults, want string }{
		{"all there", "tasks", "task-events", "", ""},
		{"no table", "orders", "task-events", "", "table orders at 127.0.0.1: not found: tracelab setup aws makes it"},
		{"no queue", "tasks", "orders", "", "/000000000000/orders: not found: tracelab setup aws makes it"},
		{"neither", "a", "b", "", "table a at 127.0.0.1: not found: tracelab setup aws makes it\nqueue "},
		{
			"no answer in time", "tasks", "task-events", `[{"dynamodb": "DescribeTable", "delay": "1m", "times": -1}]`,
			"table tasks at 127.0.0.1: no answer within 450ms",
		},
		{
			"errors", "tasks", "task-events", `[{"sqs": "GetQueueAttributes", "error": "unavailable", "times": -1}]`,
			"/000000000000/task-events: ",
		},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			_, _, aws := onFakes(t)
			if tt.faults != "" {
				code, body := request(t, "PUT", aws+"/_tracelab/faults", tt.faults, "Content-Type", "application/json")
				if code != http.StatusOK {
					t.Fatalf("faults: %d %s", code, body)
				}
			}
			clients, err := newAWSClients(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ready := cached(func(ctx context.Context) error {
				return clients.ready(ctx, tt.table, aws+"/000000000000/"+tt.queue)
			})
			switch err := ready(t.Context()); {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestReadinessWithoutAWS(t *testing.T) {
	onFakes(t)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1") // where nothing listens
	clients, err := newAWSClients(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	err = cached(func(ctx context.Context) error { return clients.ready(ctx, "tasks", "http://127.0.0.1:1/0/q") })(gone)
	for _, want := range []string{"table tasks at 127.0.0.1: ", "queue http://127.0.0.1:1/0/q: "} {
		if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, context.Canceled) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// A service answers its probes with it.
func TestServicesAreNotReadyWithoutTheirTable(t *testing.T) {
	_, fakes, _ := onFakes(t)
	for _, args := range [][]string{
		{"worker"}, {"taskservice", "--listen", ":0", "--insecure"},
	} {
		for table, want := range map[string]int{"tasks": http.StatusOK, "orders": http.StatusServiceUnavailable} {
			s := start(t, append(append([]string{"service"}, args...), "--health", ":0", "--drain", "2s", "--table", table)...)
			code, body := request(t, "GET", s.find(t, `Health is at (http://[^/]+)`)+"/readyz", "")
			s.cancel()
			if code != want || code != http.StatusOK && !strings.Contains(body, "table orders at 127.0.0.1: not found") {
				t.Errorf("%s with the table %s: %d %s, want %d", args[0], table, code, body, want)
			}
		}
	}
	fakes.stop(t)
}

func TestReadinessIsCached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, down := 0, errors.New("down")
		result := down
		ready := cached(func(ctx context.Context) error {
			calls++
			if ctx.Err() != nil {
				t.Error("a probe that has given up ends the check")
			}
			if deadline, bounded := ctx.Deadline(); !bounded || time.Until(deadline) > readyTimeout {
				t.Error("the check isn't bounded")
			}
			return result
		})
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for range 3 {
			if err := ready(gone); err != down {
				t.Errorf("%v, want %v", err, down)
			}
		}
		result = nil
		if err := ready(t.Context()); err != down || calls != 1 {
			t.Errorf("%v after %d checks, want the first result", err, calls)
		}
		time.Sleep(readyFor) // virtual
		if err := ready(t.Context()); err != nil || calls != 2 {
			t.Errorf("%v after %d checks, want another one", err, calls)
		}
	})
}
