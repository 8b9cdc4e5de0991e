package worker_test

import (
	"bytes"
	"context"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"tracelab/fakes"
	"tracelab/taskservice/task"
	"tracelab/telemetry"
	"tracelab/worker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	visibility  = 30 * time.Second
	maxReceives = 3
)

// queue is the fake with something to do before some of its calls.
type queue struct {
	*fakes.SQS
	receiving func()
}

func (q *queue) ReceiveMessage(
	ctx context.Context,
	in *sqs.ReceiveMessageInput,
	opts ...func(*sqs.Options),
) (*sqs.ReceiveMessageOutput, error) {
	if q.receiving != nil {
		q.receiving()
	}
	return q.SQS.ReceiveMessage(ctx, in, opts...)
}

// table is the fake with something to do before each update of a task.
type table struct {
	*fakes.DynamoDB
	updating func(ctx context.Context, id string) error
}

func (d *table) UpdateItem(
	ctx context.Context,
	in *dynamodb.UpdateItemInput,
	opts ...func(*dynamodb.Options),
) (*dynamodb.UpdateItemOutput, error) {
	if d.updating != nil {
		if err := d.updating(ctx, in.Key["id"].(*dbtypes.AttributeValueMemberS).Value); err != nil {
			return nil, err
		}
	}
	return d.DynamoDB.UpdateItem(ctx, in, opts...)
}

// system is what a worker works with: a queue, a table, a producer whose messages carry the context
// of their send spans, and what all of them record.
type system struct {
	queue    queue
	table    table
	producer telemetry.SendMessageAPI
	recorder *tracetest.SpanRecorder
	log      bytes.Buffer // to be read when the worker has ended
	config   worker.Config
}

func newSystem(t testing.TB, faults ...fakes.Fault) *system {
	t.Helper()
	s := &system{recorder: tracetest.NewSpanRecorder()}
	var err error
	if s.queue.SQS, err = fakes.NewSQS(fakes.SQSConfig{Faults: faults, Queues: []fakes.Queue{
		{
			Name: "events", VisibilityTimeout: visibility,
			Redrive: &fakes.Redrive{DeadLetterQueue: "dead", MaxReceiveCount: maxReceives},
		},
		{Name: "dead"},
	}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.queue.Close)
	tables := []fakes.Table{{Name: "tasks", Key: "id"}}
	if s.table.DynamoDB, err = fakes.NewDynamoDB(fakes.DynamoDBConfig{Tables: tables}); err != nil {
		t.Fatal(err)
	}
	pipeline := telemetry.NewPipeline(telemetry.Config{
		Processors: []sdktrace.SpanProcessor{s.recorder},
		Logger:     slog.New(telemetry.NewLogHandler(slog.NewJSONHandler(&s.log, nil))),
	})
	s.producer = telemetry.SQS(s.queue.SQS, pipeline.Service("producer"), telemetry.Endpoint{})
	s.config = worker.Config{
		Telemetry: pipeline.Service("worker"),
		SQS:       &s.queue, QueueURL: fakes.QueueURL("events"), DynamoDB: &s.table, Table: "tasks",
	}
	return s
}

// run starts a worker. The function that it returns stops it, and returns when it has ended.
func (s *system) run(t testing.TB) (stop func()) {
	t.Helper()
	w, err := worker.New(s.config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := w.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// sendBody sends a message.
func (s *system) sendBody(t testing.TB, body string) {
	t.Helper()
	if _, err := s.producer.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: aws.String(fakes.QueueURL("events")), MessageBody: aws.String(body),
	}); err != nil {
		t.Fatal(err)
	}
}

// send stores tasks as PENDING and sends their events.
func (s *system) send(t testing.TB, ids ...string) {
	t.Helper()
	for _, id := range ids {
		in := &dynamodb.PutItemInput{
			TableName: aws.String("tasks"),
			Item: map[string]dbtypes.AttributeValue{
				"id":     &dbtypes.AttributeValueMemberS{Value: id},
				"status": &dbtypes.AttributeValueMemberS{Value: "PENDING"},
			},
		}
		if _, err := s.table.PutItem(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		body, err := task.Event{Type: task.EventCreated, TaskID: id}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		s.sendBody(t, body)
	}
}

// text returns an attribute of a stored task, "" when it isn't there.
func (s *system) text(t testing.TB, id, attribute string) string {
	t.Helper()
	out, err := s.table.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String("tasks"),
		Key:       map[string]dbtypes.AttributeValue{"id": &dbtypes.AttributeValueMemberS{Value: id}},
	})
	if err != nil {
		t.Fatal(err)
	}
	value, _ := out.Item[attribute].(*dbtypes.AttributeValueMemberS)
	if value == nil {
		return ""
	}
	return value.Value
}

func (s *system) wantStatus(t testing.TB, id, want string) {
	t.Helper()
	if got := s.text(t, id, "status"); got != want {
		t.Errorf("task %s is %s, want %s", id, got, want)
	}
}

// wantMessages counts the messages of a queue: those that can be received, and those that were
// received.
func (s *system) wantMessages(t testing.TB, queue string, visible, hidden int) {
	t.Helper()
	out, err := s.queue.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(fakes.QueueURL(queue)), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[types.QueueAttributeName]int{
		types.QueueAttributeNameApproximateNumberOfMessages:           visible,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible: hidden,
	} {
		if got := out.Attributes[string(name)]; got != strconv.Itoa(want) {
			t.Errorf("%s of %s is %s, want %d", name, queue, got, want)
		}
	}
}

// spans returns the spans of a name, in the order of their end.
func (s *system) spans(name string) []sdktrace.ReadOnlySpan {
	var spans []sdktrace.ReadOnlySpan
	for _, span := range s.recorder.Ended() {
		if span.Name() == name {
			spans = append(spans, span)
		}
	}
	return spans
}

func attributesOf(span sdktrace.ReadOnlySpan) map[string]string {
	attrs := map[string]string{}
	for _, attr := range span.Attributes() {
		attrs[string(attr.Key)] = attr.Value.String()
	}
	return attrs
}

// pass lets a bubble's time go on.
func pass(d time.Duration) { <-time.After(d) }
