package fakes_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"tracelab/fakes"
)

func TestNewDynamoDBRefusesBadConfig(t *testing.T) {
	tasks := fakes.Table{Name: "tasks", Key: "id"}
	throttled := fakes.Throttled
	tests := []struct {
		reason string
		config fakes.DynamoDBConfig
		want   string
	}{
		{"duplicate table", fakes.DynamoDBConfig{Tables: []fakes.Table{tasks, tasks}}, `table "tasks" is there twice`},
		{"short name", fakes.DynamoDBConfig{Tables: []fakes.Table{{Name: "t", Key: "id"}}}, `table name "t"`},
		{"no key", fakes.DynamoDBConfig{Tables: []fakes.Table{{Name: "tasks"}}}, "empty Key"},
		{"unknown operation", fault(fakes.Fault{Op: "Query", Err: throttled}), `Op: unknown operation "Query"`},
		{
			"operation of the other fake",
			fault(fakes.Fault{Op: "SendMessage", Err: throttled}),
			`Op: unknown operation "SendMessage"`,
		},
		{
			"unknown table",
			fault(fakes.Fault{Op: "PutItem", Match: "nope", Err: throttled}),
			`Match: unknown table or queue "nope", want one of tasks`,
		},
		{"nothing to do", fault(fakes.Fault{Op: "PutItem"}), "no effect: want Err"},
		{"negative Nth", fault(fakes.Fault{Op: "PutItem", Nth: -1, Err: throttled}), "Nth: got -1, want 1 or more"},
		{"bad Times", fault(fakes.Fault{Op: "PutItem", Times: -2, Err: throttled}), "Times: got -2, want 1 or more"},
		{"negative Delay", fault(fakes.Fault{Op: "PutItem", Delay: -time.Second}), "Delay: got -1s, want 0 or more"},
		{"After without Err", fault(fakes.Fault{Op: "PutItem", After: true, Delay: time.Second}), "After: there is no Err"},
		{
			"unknown failure",
			fault(fakes.Fault{Op: "PutItem", Err: fakes.Failure("on fire")}),
			`Err: unknown failure "on fire" of DynamoDB, want one of connection lost, empty 503, internal`,
		},
		{
			"Swallow of a put",
			fault(fakes.Fault{Op: "PutItem", Swallow: true}),
			"Swallow: does not apply to PutItem, want ReceiveMessage",
		},
		{"Drop of a put", fault(fakes.Fault{Op: "PutItem", Drop: true}), "Drop: does not apply to PutItem, want SendMessage"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			_, err := fakes.NewDynamoDB(tt.config)
			wantText(t, err, tt.want)
		})
	}
}

func fault(f fakes.Fault) fakes.DynamoDBConfig {
	return fakes.DynamoDBConfig{Tables: []fakes.Table{{Name: "tasks", Key: "id"}}, Faults: []fakes.Fault{f}}
}

func TestFaultsCanBeValidatedWithoutAFake(t *testing.T) {
	tests := []struct {
		service string
		fault   fakes.Fault
		field   string // that is wrong, "-" for none
	}{
		{dynamodb.ServiceID, fakes.Fault{Op: "PutItem", Match: "tasks", Err: fakes.WriteConflict}, "-"},
		{dynamodb.ServiceID, fakes.Fault{Op: "SendMessage", Err: fakes.Throttled}, "Op"},
		{sqs.ServiceID, fakes.Fault{Op: "SendMessage", Match: "tasks", Err: fakes.Throttled}, "-"},
		{sqs.ServiceID, fakes.Fault{Op: "SendMessage", Match: "other", Err: fakes.Throttled}, "Match"},
		{sqs.ServiceID, fakes.Fault{Op: "SendMessage"}, ""},
		{"S3", fakes.Fault{Op: "SendMessage", Err: fakes.Throttled}, "Op"},
	}
	for _, tt := range tests {
		field, err := "-", tt.fault.Validate(tt.service, "tasks")
		var wrong *fakes.FaultError
		if errors.As(err, &wrong) {
			field = wrong.Field
		}
		if field != tt.field || (err == nil) != (field == "-") {
			t.Errorf("%s %+v: got error %v, want one about field %q", tt.service, tt.fault, err, tt.field)
		}
	}
}

func TestNewSQSRefusesBadConfig(t *testing.T) {
	queues := func(q ...fakes.Queue) fakes.SQSConfig { return fakes.SQSConfig{Queues: q} }
	send := func(f fakes.Fault) fakes.SQSConfig {
		f.Op = "SendMessage"
		return fakes.SQSConfig{Queues: []fakes.Queue{{Name: "q"}}, Faults: []fakes.Fault{f}}
	}
	redrive := func(to string, count int) fakes.SQSConfig {
		return queues(
			fakes.Queue{Name: "q", Redrive: &fakes.Redrive{DeadLetterQueue: to, MaxReceiveCount: count}},
			fakes.Queue{Name: "dead"},
		)
	}
	tests := []struct {
		reason string
		config fakes.SQSConfig
		want   string
	}{
		{"duplicate queue", queues(fakes.Queue{Name: "q"}, fakes.Queue{Name: "q"}), `queue "q" is there twice`},
		{"bad name", queues(fakes.Queue{Name: "a b"}), `queue name "a b"`},
		{
			"timeout of more than 12 hours",
			queues(fakes.Queue{Name: "q", VisibilityTimeout: 13 * time.Hour}),
			"VisibilityTimeout 13h",
		},
		{"unknown dead-letter queue", redrive("nope", 1), `dead-letter queue "nope" is not there`},
		{"its own dead-letter queue", redrive("q", 1), "the queue itself"},
		{"no receive count", redrive("dead", 0), "bad MaxReceiveCount 0"},
		{"Drop and Duplicate", send(fakes.Fault{Drop: true, Duplicate: 1}), "Drop: got a DeliveryDelay or Duplicate as well"},
		{
			"failure of the other fake",
			send(fakes.Fault{Err: fakes.WriteConflict}),
			`Err: unknown failure "write conflict" of SQS`,
		},
		{"Err and Drop", send(fakes.Fault{Err: fakes.Internal, Drop: true}), "Drop: got an Err without After"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			_, err := fakes.NewSQS(tt.config)
			wantText(t, err, tt.want)
		})
	}
	_, err := fakes.NewSQS(queues(fakes.Queue{Name: "q.fifo"}))
	wantText(t, err, "q.fifo")
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got error %v for a FIFO queue, want ErrUnsupported", err)
	}
}

func wantText(t testing.TB, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("got error %v, want one that says %q", err, text)
	}
}
