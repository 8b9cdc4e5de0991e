package lab_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tracelab/fakes"
	"tracelab/lab"
	"tracelab/telemetry"
)

func TestSettleSaysWhatIsStillOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, lab.Config{DynamoDBFaults: []fakes.Fault{{Op: "UpdateItem", Delay: time.Minute}}})
		if _, err := l.Do(t.Context(), createRequest); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		err := l.Settle(ctx)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("error is %v, want the deadline", err)
		}
		for _, want := range []string{"0 requests", "1 messages", "1× process task-created", "1× DynamoDB.UpdateItem"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error %q does not say %q", err, want)
			}
		}
		settle(t, l) // it goes on to its end
		wantTree(t, l, lab.ExpectedTree)
	})
}

func TestSettleReturnsAtOnceWhenNothingIsUnderWay(t *testing.T) {
	l := start(t, lab.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Settle(ctx); err != nil {
		t.Errorf("error %v", err)
	}
}

// The tree is the same, however long each of its parts takes.
func TestLatencyLengthensTheSpans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, lab.Config{Latency: lab.RealisticLatency})
		createTask(t, l)
		wantTree(t, l, lab.ExpectedTree)
		for name, want := range map[string]time.Duration{
			"DynamoDB.PutItem": 4 * time.Millisecond, "send task-events": 7 * time.Millisecond,
			"POST /tasks": 11 * time.Millisecond,
		} {
			span := one(t, l.Spans(), name)
			if got := span.EndTime().Sub(span.StartTime()); got != want {
				t.Errorf("%s took %s, want %s", name, got, want)
			}
		}
	})
}

func TestLogRecordsNameTheirSpans(t *testing.T) {
	l := start(t, lab.Config{Logs: true})
	createTask(t, l)
	spans := map[string]string{}
	for _, span := range l.Spans() {
		spans[span.SpanContext().SpanID().String()] = serviceOf(span) + ": " + span.Name()
	}
	got := map[string]string{}
	for _, record := range l.Logs() {
		got[record.Message] = spans[record.SpanID]
	}
	for message, want := range map[string]string{
		"request served": "api-gateway: POST /tasks",
		"task created":   "task-service: tasks.TaskService/CreateTask",
		"task processed": "worker: process task-created",
	} {
		if got[message] != want {
			t.Errorf("%q was logged in %q, want %q", message, got[message], want)
		}
	}
}

func TestUntracedSystemWorksAlike(t *testing.T) {
	for name, config := range map[string]lab.Config{
		"without instrumentation": {Untraced: true},
		"SDK disabled":            {Telemetry: telemetry.Config{Disabled: true}},
	} {
		t.Run(name, func(t *testing.T) {
			l := start(t, config)
			wantStatus(t, l, createTask(t, l), "PROCESSED")
			if n := len(l.Spans()); n != 0 {
				t.Errorf("%d spans, want none", n)
			}
		})
	}
}

func TestStartRefusesWhatItCannotDo(t *testing.T) {
	for name, config := range map[string]lab.Config{
		"unknown consumer":  {Consumer: "sometimes"},
		"too many attempts": {Attempts: 6},
		"unknown operation": {DynamoDBFaults: []fakes.Fault{{Op: "Explode"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := lab.Start(t.Context(), config); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestCloseFinishesWhatIsAtHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := []fakes.Fault{{Op: "UpdateItem", Delay: 3 * time.Second}}
		l, err := lab.Start(t.Context(), lab.Config{DynamoDBFaults: slow})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Do(t.Context(), createRequest); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the worker is in the middle of its update
		stop(t, l)
		wantTree(t, l, lab.ExpectedTree)
	})
}
