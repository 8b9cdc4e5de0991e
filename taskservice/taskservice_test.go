package taskservice_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"go.uber.org/goleak"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tracelab/fakes"
	"tracelab/taskservice"
	"tracelab/taskservice/task"
	"tracelab/taskservice/taskpb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// system is a task service on fakes.
type system struct {
	*taskservice.Service
	db  *fakes.DynamoDB
	sqs *fakes.SQS
}

// newSystem starts a service with the given rest of its config, on fakes that play the faults of
// their own operations.
func newSystem(t testing.TB, config taskservice.Config, faults ...fakes.Fault) *system {
	t.Helper()
	s := &system{}
	var dbFaults, sqsFaults []fakes.Fault
	for _, fault := range faults {
		if fault.Op == "SendMessage" {
			sqsFaults = append(sqsFaults, fault)
		} else {
			dbFaults = append(dbFaults, fault)
		}
	}
	var err error
	if s.db, err = fakes.NewDynamoDB(fakes.DynamoDBConfig{
		Tables: []fakes.Table{{Name: "tasks", Key: "id"}}, Faults: dbFaults,
	}); err != nil {
		t.Fatal(err)
	}
	if s.sqs, err = fakes.NewSQS(fakes.SQSConfig{Queues: []fakes.Queue{{Name: "events"}}, Faults: sqsFaults}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.sqs.Close)
	if config.DynamoDB == nil {
		config.DynamoDB = s.db
	}
	config.Table, config.SQS, config.QueueURL = "tasks", s.sqs, fakes.QueueURL("events")
	if s.Service, err = taskservice.New(config); err != nil {
		t.Fatal(err)
	}
	return s
}

// create creates a task and returns its id.
func (s *system) create(t testing.TB, title string) string {
	t.Helper()
	out, err := s.CreateTask(t.Context(), &taskpb.CreateTaskRequest{Title: title})
	if err != nil {
		t.Fatal(err)
	}
	return out.GetTask().GetId()
}

// published takes all events off the queue and returns the ids of their tasks.
func (s *system) published(t testing.TB) []string {
	t.Helper()
	var ids []string
	for {
		out, err := s.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(fakes.QueueURL("events")), MaxNumberOfMessages: 10,
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return ids
		}
		for _, message := range out.Messages {
			event, err := task.DecodeEvent(aws.ToString(message.Body))
			if err != nil {
				t.Fatal(err)
			}
			if event.Type != task.EventCreated {
				t.Errorf("event type is %q", event.Type)
			}
			ids = append(ids, event.TaskID)
			if _, err := s.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{
				QueueUrl: aws.String(fakes.QueueURL("events")), ReceiptHandle: message.ReceiptHandle,
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// stored returns how many items the table has.
func (s *system) stored(t testing.TB) int {
	t.Helper()
	out, err := s.db.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("tasks")})
	if err != nil {
		t.Fatal(err)
	}
	return len(out.Items)
}

func wantCode(t testing.TB, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Errorf("code is %s, want %s: %v", got, want, err)
	}
}

func TestConfigThatLacksSomethingIsRefused(t *testing.T) {
	s := newSystem(t, taskservice.Config{})
	full := taskservice.Config{DynamoDB: s.db, Table: "tasks", SQS: s.sqs, QueueURL: fakes.QueueURL("events")}
	tests := map[string]func(*taskservice.Config){
		"nothing":     func(*taskservice.Config) {},
		"no DynamoDB": func(c *taskservice.Config) { c.DynamoDB = nil },
		"no Table":    func(c *taskservice.Config) { c.Table = "" },
		"no SQS":      func(c *taskservice.Config) { c.SQS = nil },
		"no QueueURL": func(c *taskservice.Config) { c.QueueURL = "" },
	}
	for name, change := range tests {
		config := full
		change(&config)
		_, err := taskservice.New(config)
		if name == "nothing" {
			if err != nil {
				t.Errorf("a full config is refused: %v", err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(name, "no ")) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// hook is a DynamoDB that does something before each call of an operation.
type hook struct {
	taskservice.DynamoDB
	before func(ctx context.Context, operation string)
}

func (h hook) GetItem(
	ctx context.Context,
	in *dynamodb.GetItemInput,
	opts ...func(*dynamodb.Options),
) (*dynamodb.GetItemOutput, error) {
	h.before(ctx, "GetItem")
	return h.DynamoDB.GetItem(ctx, in, opts...)
}

func (h hook) Scan(
	ctx context.Context,
	in *dynamodb.ScanInput,
	opts ...func(*dynamodb.Options),
) (*dynamodb.ScanOutput, error) {
	h.before(ctx, "Scan")
	return h.DynamoDB.Scan(ctx, in, opts...)
}

// pass lets a bubble's time go on.
func pass(d time.Duration) { <-time.After(d) }
