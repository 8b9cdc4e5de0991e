package telemetry_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"tracelab/fakes"
	"tracelab/telemetry"
)

// stubQueue keeps the last message that it was sent.
type stubQueue struct {
	err  error
	sent *sqs.SendMessageInput
}

func (s *stubQueue) SendMessage(_ context.Context, in *sqs.SendMessageInput,
	_ ...func(*sqs.Options),
) (*sqs.SendMessageOutput, error) {
	s.sent = in
	if s.err != nil {
		return nil, s.err
	}
	out := &sqs.SendMessageOutput{MessageId: aws.String("m1")}
	awsmiddleware.SetRequestIDMetadata(&out.ResultMetadata, "r1")
	return out, nil
}

const queueURL = "https://sqs.eu-central-1.amazonaws.com/123456789012/events"

func message(attrs map[string]types.MessageAttributeValue) *sqs.SendMessageInput {
	return &sqs.SendMessageInput{
		QueueUrl: aws.String(queueURL), MessageBody: aws.String("héllo"), DelaySeconds: 3, MessageAttributes: attrs,
	}
}

func TestSentMessageHasAProducerSpan(t *testing.T) {
	service, recorder := recorded(t, telemetry.Config{})
	stub := &stubQueue{}
	queue := telemetry.SQS(stub, service, telemetry.Endpoint{Region: "eu-central-1", Address: "sqs.local"})
	if _, err := queue.SendMessage(t.Context(), message(nil)); err != nil {
		t.Fatal(err)
	}
	span := only(t, recorder)
	if span.Name() != "send events" || span.SpanKind() != trace.SpanKindProducer || span.Status().Code != otelcodes.Unset {
		t.Errorf("span is %s %s, status %v", span.SpanKind(), span.Name(), span.Status())
	}
	want := map[string]string{
		"rpc.system.name": "aws-api", "rpc.method": "SQS/SendMessage",
		"messaging.system": "aws_sqs", "messaging.operation.name": "send", "messaging.operation.type": "send",
		"messaging.destination.name": "events", "messaging.destination": "events", "aws.sqs.queue.url": queueURL,
		"messaging.message.id": "m1", "messaging.message.body.size": "6", "aws.request_id": "r1",
		"cloud.region": "eu-central-1", "server.address": "sqs.local",
	}
	if diff := cmp.Diff(want, textOf(span.Attributes())); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	carried := trace.SpanContextFromContext(
		telemetry.ExtractMessage(t.Context(), service.Propagator, stub.sent.MessageAttributes),
	)
	if carried.SpanID() != span.SpanContext().SpanID() {
		t.Errorf("the message carries span %s, want the send span %s", carried.SpanID(), span.SpanContext().SpanID())
	}
}

func TestSendingLeavesTheCallersInputAsItIs(t *testing.T) {
	service, _ := recorded(t, telemetry.Config{})
	stub := &stubQueue{}
	attrs := attributes(2)
	in, before := message(attrs), maps.Clone(attrs)
	if _, err := telemetry.SQS(stub, service, telemetry.Endpoint{}).SendMessage(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, in.MessageAttributes, sameValues); diff != "" {
		t.Errorf("attributes (-before +after):\n%s", diff)
	}
	if stub.sent == in || stub.sent.DelaySeconds != 3 || aws.ToString(stub.sent.MessageBody) != "héllo" ||
		len(stub.sent.MessageAttributes) != 3 {
		t.Errorf("sent %+v, want a copy with the traceparent added", stub.sent)
	}
}

func TestFieldsWithoutRoomAreSaidOnTheSpanAndInTheLog(t *testing.T) {
	var log buffer
	service, recorder := recorded(t, telemetry.Config{Logger: logTo(&log)})
	stub := &stubQueue{}
	queue := telemetry.SQS(stub, service, telemetry.Endpoint{})
	if _, err := queue.SendMessage(t.Context(), message(attributes(10))); err != nil {
		t.Fatal(err)
	}
	if got := textOf(only(t, recorder).Attributes())[string(telemetry.DroppedFieldsKey)]; got != `["traceparent"]` {
		t.Errorf("%s is %s", telemetry.DroppedFieldsKey, got)
	}
	for _, part := range []string{
		`"level":"WARN"`, `"dropped":["traceparent"]`, `"attributes":10`, `"max":10`,
		`"service.name":"shop"`,
	} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log doesn't have %s:\n%s", part, &log)
		}
	}
	if len(stub.sent.MessageAttributes) != 10 {
		t.Errorf("%d attributes were sent", len(stub.sent.MessageAttributes))
	}
}

// A message that SQS accepts untraced must not be refused because it is traced.
func TestMessageOfTheGreatestSizeIsSentWithoutItsContext(t *testing.T) {
	service, recorder := recorded(t, telemetry.Config{})
	queues, err := fakes.NewSQS(fakes.SQSConfig{Queues: []fakes.Queue{{Name: "events"}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = telemetry.SQS(queues, service, telemetry.Endpoint{}).SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: aws.String(fakes.QueueURL("events")), MessageBody: aws.String(strings.Repeat("x",
			telemetry.MaxMessageSize-10)),
	})
	if err != nil {
		t.Errorf("send: %v", err)
	}
	if got := textOf(only(t, recorder).Attributes())[string(telemetry.DroppedFieldsKey)]; got != `["traceparent"]` {
		t.Errorf("%s is %s", telemetry.DroppedFieldsKey, got)
	}
}

func TestFailedSendSaysHow(t *testing.T) {
	tests := []struct {
		err       error
		errorType string
		reason    string
	}{
		{&types.QueueDoesNotExist{Message: aws.String("no queue")}, "QueueDoesNotExist", "an answer of the service"},
		{errors.New("dial: password=hunter22"), "_OTHER", "no answer"},
	}
	for _, test := range tests {
		service, recorder := recorded(t, telemetry.Config{})
		if _, err := telemetry.SQS(&stubQueue{err: test.err}, service, telemetry.Endpoint{}).SendMessage(t.Context(),
			message(nil)); !errors.Is(err, test.err) {
			t.Errorf("error is %v, want the client's own", err)
		}
		span := only(t, recorder)
		attrs := textOf(span.Attributes())
		if span.Status().Code != otelcodes.Error || attrs["error.type"] != test.errorType {
			t.Errorf("status %v, error.type %s, want %s: %s", span.Status(), attrs["error.type"], test.errorType, test.reason)
		}
		if id, ok := attrs["messaging.message.id"]; ok {
			t.Errorf("a message that was not sent has the id %s", id)
		}
		wantNoSecret(t, span, "hunter22")
	}
}

func TestQueueNameIsTheLastPartOfItsURL(t *testing.T) {
	tests := map[string]string{
		queueURL:                    "events",
		"http://localhost:4566/0/q": "q",
		"http://localhost/0/q.fifo": "q.fifo",
		"events":                    "events",
	}
	for url, want := range tests {
		if got := telemetry.QueueName(url); got != want {
			t.Errorf("name of %s is %s, want %s", url, got, want)
		}
	}
}

func TestContextThatTheCallerPutIntoAMessageIsKeptAndLinked(t *testing.T) {
	const traceID, spanID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	tests := []struct {
		reason, traceparent string
		kept                bool
	}{
		{"a context of the caller's", "00-" + traceID + "-" + spanID + "-01", true},
		{"not sampled", "00-" + traceID + "-" + spanID + "-00", true},
		{"unreadable", "00-" + traceID, false},
		{"no ids", "00-00000000000000000000000000000000-0000000000000000-01", false},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			service, recorder := recorded(t, telemetry.Config{})
			stub := &stubQueue{}
			in := message(map[string]types.MessageAttributeValue{
				"traceparent": {DataType: aws.String("String"), StringValue: aws.String(test.traceparent)},
			})
			if _, err := telemetry.SQS(stub, service, telemetry.Endpoint{}).SendMessage(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			span := only(t, recorder)
			links := span.Links()
			sent := aws.ToString(stub.sent.MessageAttributes["traceparent"].StringValue)
			if (sent == test.traceparent) != test.kept {
				t.Errorf("traceparent %s was sent as %s, want it kept: %v", test.traceparent, sent, test.kept)
			}
			if !test.kept {
				if len(links) != 0 || !strings.Contains(sent, span.SpanContext().SpanID().String()) {
					t.Errorf("%d links, and the message carries %s, want the send span", len(links), sent)
				}
				return
			}
			if len(links) != 1 || links[0].SpanContext.TraceID().String() != traceID ||
				links[0].SpanContext.SpanID().String() != spanID {
				t.Errorf("links are %v, want one to %s", links, test.traceparent)
			}
			if len(stub.sent.MessageAttributes) != 1 {
				t.Errorf("attributes are %v, want the caller's alone", stub.sent.MessageAttributes)
			}
		})
	}
}
