package worker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry"
	"tracelab/worker"
)

func isFailed(span sdktrace.ReadOnlySpan) bool { return span.Status().Code == codes.Error }

func TestProcessSpanStandsToItsSendSpanAsTheConsumerSays(t *testing.T) {
	tests := []struct {
		name       string
		consumer   worker.Consumer
		attributes []string // asked for
		child      bool
		links      int
		reason     string
	}{
		{"default", "", nil, true, 1, "child, and linked too"},
		{"child", worker.ConsumerChild, nil, true, 1, ""},
		{"link", worker.ConsumerLink, nil, false, 1, "a trace of its own"},
		{"batch", worker.ConsumerBatch, nil, false, 1, "a trace of its own"},
		{"asked for the right one", worker.ConsumerChild, []string{"traceparent"}, true, 1, ""},
		{"asked for none", worker.ConsumerChild, []string{}, false, 0, "SQS delivers no attribute that wasn't asked for"},
		{
			"asked for another",
			worker.ConsumerLink,
			[]string{"tenant"},
			false,
			0,
			"SQS delivers no attribute that wasn't asked for",
		},
		{"batch asked for none", worker.ConsumerBatch, []string{}, false, 0, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSystem(t)
				s.config.Consumer, s.config.MessageAttributes = test.consumer, test.attributes
				s.send(t, "a")
				stop := s.run(t)
				synctest.Wait()
				stop()
				s.wantStatus(t, "a", "PROCESSED")
				sent, processed := s.spans("send events"), s.spans("process task-created")
				if len(sent) != 1 || len(processed) != 1 {
					t.Fatalf("%d spans sent and %d processed, want one of each", len(sent), len(processed))
				}
				got := processed[0]
				if child := got.Parent().SpanID() == sent[0].SpanContext().SpanID(); child != test.child ||
					got.Parent().IsValid() != test.child {
					t.Errorf("the parent is %v; child of the send span: %v, want %v: %s", got.Parent(), child, test.child, test.reason)
				}
				if n := len(got.Links()); n != test.links ||
					n > 0 && got.Links()[0].SpanContext.SpanID() != sent[0].SpanContext().SpanID() {
					t.Errorf("links are %v, want %d to the send span: %s", got.Links(), test.links, test.reason)
				}
				if got.SpanKind() != trace.SpanKindConsumer || isFailed(got) {
					t.Errorf("the span is a %v with status %v", got.SpanKind(), got.Status())
				}
			})
		})
	}
}

// A producer that writes X-Ray's header and no W3C context is linked to in every mode, if the
// option is on.
func TestProcessSpanLinksToASenderThatWritesXRaysHeader(t *testing.T) {
	for _, consumer := range []worker.Consumer{worker.ConsumerChild, worker.ConsumerLink, worker.ConsumerBatch} {
		for _, option := range []bool{true, false} {
			t.Run(fmt.Sprint(consumer, option), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSystem(t)
					sender := s.config.Telemetry
					sender.Propagator, sender.XRay = nil, true
					s.producer = telemetry.SQS(s.queue.SQS, sender, telemetry.Endpoint{})
					s.config.Consumer, s.config.Telemetry.XRay = consumer, option
					s.send(t, "a")
					stop := s.run(t)
					synctest.Wait()
					stop()
					s.wantStatus(t, "a", "PROCESSED")
					sent, processed := s.spans("send events"), s.spans("process task-created")
					if len(sent) != 1 || len(processed) != 1 {
						t.Fatalf("%d spans sent and %d processed, want one of each", len(sent), len(processed))
					}
					links := processed[0].Links()
					linked := len(links) == 1 && links[0].SpanContext.SpanID() == sent[0].SpanContext().SpanID()
					if linked != option || !option && len(links) > 0 {
						t.Errorf("links are %v; to the send span: %v, want %v", links, linked, option)
					}
					child := processed[0].Parent().SpanID() == sent[0].SpanContext().SpanID()
					if want := option && consumer == worker.ConsumerChild; child != want {
						t.Errorf("child of the send span: %v, want %v", child, want)
					}
				})
			})
		}
	}
}

func TestOneFailureInABatchLeavesTheOthersDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.config.Consumer = worker.ConsumerBatch
		broken := true
		s.table.updating = func(_ context.Context, id string) error {
			if id == "b" && broken {
				broken = false
				return errors.New("no route to host")
			}
			return nil
		}
		s.send(t, "a", "b", "c")
		stop := s.run(t)
		synctest.Wait()
		for id, want := range map[string]string{"a": "PROCESSED", "b": "PENDING", "c": "PROCESSED"} {
			s.wantStatus(t, id, want)
		}
		s.wantMessages(t, "events", 0, 1)
		pass(visibility + time.Second)
		stop()
		s.wantStatus(t, "b", "PROCESSED")
		s.wantMessages(t, "events", 0, 0)

		processed, sent := s.spans("process task-created"), s.spans("send events")
		if len(processed) != 2 {
			t.Fatalf("%d batches, want 2", len(processed))
		}
		for i, want := range []struct {
			count  string
			failed bool
			links  []sdktrace.ReadOnlySpan
		}{{"3", true, sent}, {"1", false, sent[1:2]}} {
			got := processed[i]
			if n := attributesOf(got)["messaging.batch.message_count"]; n != want.count || isFailed(got) != want.failed {
				t.Errorf("batch %d is of %s messages with status %v", i, n, got.Status())
			}
			linked := slices.EqualFunc(got.Links(), want.links, func(link sdktrace.Link, span sdktrace.ReadOnlySpan) bool {
				return link.SpanContext.SpanID() == span.SpanContext().SpanID()
			})
			if !linked {
				t.Errorf(
					"batch %d has %d links, want one to each of the %d send spans, in order",
					i,
					len(got.Links()),
					len(want.links),
				)
			}
			if got.Parent().IsValid() {
				t.Errorf("batch %d has the parent %v", i, got.Parent())
			}
		}
	})
}

func TestBatchIsNamedAfterTheTypeThatAllItsEventsHave(t *testing.T) {
	tests := []struct {
		bodies []string
		want   string
		reason string
	}{
		{
			[]string{`{"type":"task-created","task_id":"a"}`, `{"type":"task-created","task_id":"b"}`},
			"process task-created",
			"",
		},
		{
			[]string{`{"type":"task-created","task_id":"a"}`, `{"type":"other","task_id":"b"}`},
			"process events",
			"no name fits both",
		},
		{[]string{`{"type":"task-created","task_id":"a"}`, `hello`}, "process events", "nobody knows what the second is"},
		{[]string{`hello`}, "process events", ""},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.bodies), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSystem(t)
				s.config.Consumer = worker.ConsumerBatch
				for _, body := range test.bodies {
					s.sendBody(t, body)
				}
				stop := s.run(t)
				synctest.Wait()
				stop()
				if n := len(s.spans(test.want)); n != 1 {
					t.Errorf("%d spans are named %s, want 1: %s", n, test.want, test.reason)
				}
			})
		})
	}
}
