package taskservice_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"

	"tracelab/fakes"
	"tracelab/taskservice"
	"tracelab/taskservice/taskpb"
	"tracelab/telemetry"
)

// running is a service that answers on a network.
type running struct {
	*system
	client taskpb.TaskServiceClient
	stop   context.CancelFunc
	ended  chan error // of Run
}

func run(t testing.TB, s *system) *running {
	t.Helper()
	network := fakes.NewNetwork()
	listener, err := network.Listen("tasks")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	r := &running{system: s, stop: stop, ended: make(chan error, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.ended <- s.Run(ctx, listener)
	}()
	conn, err := grpc.NewClient("passthrough:///tasks", grpc.WithDisableRetry(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, name string) (net.Conn, error) { return network.Dial(ctx, name) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		stop()
		<-done
	})
	r.client = taskpb.NewTaskServiceClient(conn)
	return r
}

func TestPanicOfOneCallIsInternalAndTheNextIsAnswered(t *testing.T) {
	var log bytes.Buffer
	s := newSystem(t, taskservice.Config{})
	first := true
	service, err := taskservice.New(taskservice.Config{
		Telemetry: telemetry.Service{Logger: slog.New(slog.NewJSONHandler(&log, nil))},
		DynamoDB: hook{s.db, func(context.Context, string) {
			if first {
				first = false
				panic("no such node-17")
			}
		}},
		Table: "tasks", SQS: s.sqs, QueueURL: fakes.QueueURL("events"),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Service = service
	r := run(t, s)
	_, err = r.client.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: "a"})
	wantCode(t, err, codes.Internal)
	if strings.Contains(err.Error(), "node-17") {
		t.Errorf("the caller reads the panic's value: %v", err)
	}
	_, err = r.client.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: "a"})
	wantCode(t, err, codes.NotFound)
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	for _, part := range []string{`"msg":"panic"`, "no such node-17", "/tasks.TaskService/GetTask", "run_test.go"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log doesn't have %s:\n%s", part, &log)
		}
	}
}

func TestShutdownWaitsForCallsForAsLongAsDrain(t *testing.T) {
	tests := []struct {
		name  string
		takes time.Duration
		drain time.Duration
		code  codes.Code
		ends  time.Duration // how long Run goes on
	}{
		{"finishes", 3 * time.Second, 5 * time.Second, codes.OK, 3 * time.Second},
		{"is cut", time.Hour, 5 * time.Second, codes.Unavailable, 5 * time.Second},
		{"is cut by default", time.Hour, 0, codes.Unavailable, 10 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSystem(t, taskservice.Config{Drain: test.drain}, fakes.Fault{Op: "Scan", Delay: test.takes})
				r := run(t, s)
				called := make(chan error, 1)
				go func() {
					_, err := r.client.ListTasks(t.Context(), &taskpb.ListTasksRequest{})
					called <- err
				}()
				synctest.Wait() // the call waits for the table
				started := time.Now()
				r.stop()
				if err := <-r.ended; err != nil {
					t.Errorf("run: %v", err)
				}
				if took := time.Since(started); took != test.ends {
					t.Errorf("ended after %s, want %s", took, test.ends)
				}
				wantCode(t, <-called, test.code)
				_, err := r.client.ListTasks(t.Context(), &taskpb.ListTasksRequest{})
				wantCode(t, err, codes.Unavailable)
			})
		})
	}
}

func TestRunSweepsFromTimeToTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t, taskservice.Config{ResendAfter: time.Minute}, lost(1),
			fakes.Fault{Op: "Scan", Err: fakes.Throttled}) // of the first sweep: the next makes up for it
		s.createLost(t, "k", "")
		r := run(t, s)
		pass(2*time.Minute - time.Second)
		if n := len(r.published(t)); n != 0 {
			t.Errorf("%d events before the second sweep", n)
		}
		pass(2 * time.Second)
		if n := len(r.published(t)); n != 1 {
			t.Errorf("%d events after the second sweep, want 1", n)
		}
		r.stop()
		if err := <-r.ended; err != nil {
			t.Error(err)
		}
	})
}

func TestRunReturnsWhenItsListenerIsClosed(t *testing.T) {
	s := newSystem(t, taskservice.Config{})
	listener, err := fakes.NewNetwork().Listen("tasks")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context(), listener); err == nil || !strings.Contains(err.Error(), "serve gRPC: ") {
		t.Errorf("error is %v", err)
	}
}
