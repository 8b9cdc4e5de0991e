package fakes_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"tracelab/fakes"
)

// tableInput returns the input for a table, changed by change.
func tableInput(name string, change func(*dynamodb.CreateTableInput)) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS},
		},
	}
	if change != nil {
		change(in)
	}
	return in
}

func TestCreateTableChecksItsInput(t *testing.T) {
	type input = dynamodb.CreateTableInput
	tests := []struct {
		reason string
		table  string
		change func(*input)
		want   string // a part of the error; empty for none
	}{
		{"on demand", "a-table", nil, ""},
		{"provisioned", "b-table", func(in *input) {
			in.BillingMode, in.ProvisionedThroughput = "", &types.ProvisionedThroughput{
				ReadCapacityUnits: aws.Int64(1), WriteCapacityUnits: aws.Int64(1),
			}
		}, ""},
		{"it exists", "tasks", nil, "ResourceInUseException: Table already exists: tasks"},
		{"a short name", "ab", nil, "ValidationException: TableName must be at least 3"},
		{"no throughput", "c-table", func(in *input) { in.BillingMode = "" }, "must both be specified"},
		{"both modes", "c-table", func(in *input) {
			in.ProvisionedThroughput = &types.ProvisionedThroughput{}
		}, "can be specified when BillingMode is PAY_PER_REQUEST"},
		{"an unknown mode", "c-table", func(in *input) { in.BillingMode = "FREE" }, "at 'billingMode'"},
		{"no key", "c-table", func(in *input) { in.KeySchema = nil }, "Invalid KeySchema"},
		{"a range key alone", "c-table", func(in *input) { in.KeySchema[0].KeyType = "RANGE" }, "Invalid KeySchema"},
		{"an undefined key", "c-table", func(in *input) { in.AttributeDefinitions = nil }, "not defined in"},
		{"a range key", "c-table", func(in *input) {
			in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String("at"), KeyType: "RANGE"})
		}, "a table with a range key: unsupported"},
		{"a number", "c-table", func(in *input) {
			in.AttributeDefinitions[0].AttributeType = "N"
		}, "a key of type N: unsupported"},
		{"a stream", "c-table", func(in *input) {
			in.StreamSpecification = &types.StreamSpecification{}
		}, "StreamSpecification"},
	}
	for _, test := range tests {
		db, err := fakes.NewDynamoDB(fakes.DynamoDBConfig{Tables: []fakes.Table{{Name: "tasks", Key: "id"}}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.CreateTable(t.Context(), tableInput(test.table, test.change))
		made := len(db.Tables()) == 2
		if test.want == "" && (err != nil || !made) ||
			test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || made) {
			t.Errorf("%s: %v, want %q; tables %v", test.reason, err, test.want, db.Tables())
		}
	}
}

func TestTablesComeAndGo(t *testing.T) {
	db, err := fakes.NewDynamoDB(fakes.DynamoDBConfig{Tables: []fakes.Table{{Name: "tasks", Key: "id"}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, name := t.Context(), aws.String("orders")
	describe := &dynamodb.DescribeTableInput{TableName: name}
	item := &dynamodb.PutItemInput{TableName: name, Item: map[string]types.AttributeValue{
		"id": &types.AttributeValueMemberS{Value: "1"},
	}}
	var missing *types.ResourceNotFoundException
	if _, err := db.DescribeTable(ctx, describe); !errors.As(err, &missing) ||
		!strings.Contains(missing.ErrorMessage(), "Table: orders not found") {
		t.Errorf("before: %v", err)
	}
	if _, err := db.CreateTable(ctx, tableInput("orders", nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.PutItem(ctx, item); err != nil {
		t.Error(err)
	}
	out, err := db.DescribeTable(ctx, describe)
	if err != nil || out.Table.TableStatus != types.TableStatusActive || *out.Table.ItemCount != 1 ||
		*out.Table.KeySchema[0].AttributeName != "id" {
		t.Errorf("described as %+v, %v", out, err)
	}
	if err := db.SetFaults([]fakes.Fault{{Op: "PutItem", Match: "orders", Err: fakes.Throttled}}); err != nil {
		t.Errorf("a fault of the new table: %v", err)
	}
	if _, err := db.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: name}); err != nil {
		t.Error(err)
	}
	if _, err := db.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: name}); !errors.As(err, &missing) {
		t.Errorf("deleted twice: %v", err)
	}
	if err := db.SetFaults(nil); err != nil {
		t.Error(err)
	}
	if _, err := db.PutItem(ctx, item); !errors.As(err, &missing) {
		t.Errorf("after: %v", err)
	}
}

func newQueues(t *testing.T) *fakes.SQS {
	t.Helper()
	s, err := fakes.NewSQS(fakes.SQSConfig{Queues: []fakes.Queue{{Name: "events"}, {Name: "dead"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestQueueAttributesAreChecked(t *testing.T) {
	const dead = "arn:aws:sqs:us-east-1:000000000000:dead"
	policy := func(arn, max string) string {
		return `{"deadLetterTargetArn":"` + arn + `","maxReceiveCount":` + max + `}`
	}
	tests := []struct {
		reason, name, value string
		want                string // a part of the error; empty for none
	}{
		{"a time-out", "VisibilityTimeout", "45", ""},
		{"the longest", "VisibilityTimeout", "43200", ""},
		{"longer", "VisibilityTimeout", "43201", "InvalidAttributeValue"},
		{"not a number", "VisibilityTimeout", "x", "InvalidAttributeValue"},
		{"zero", "VisibilityTimeout", "0", "unsupported"},
		{"a policy", "RedrivePolicy", policy(dead, "3"), ""},
		{"its number as text", "RedrivePolicy", policy(dead, `"3"`), ""},
		{"no policy", "RedrivePolicy", "", ""},
		{"too many receives", "RedrivePolicy", policy(dead, "1001"), "valid values are from 1 to 1000"},
		{"no receives", "RedrivePolicy", policy(dead, "0"), "valid values are from 1 to 1000"},
		{"an unknown queue", "RedrivePolicy", policy(dead+"x", "3"), "Dead letter target does not exist"},
		{"another region", "RedrivePolicy", policy("arn:aws:sqs:eu-west-1:000000000000:dead", "3"), "does not exist"},
		{"not JSON", "RedrivePolicy", "{", "InvalidAttributeValue"},
		{"what every queue has", "DelaySeconds", "0", ""},
		{"a delay", "DelaySeconds", "5", `queue attribute DelaySeconds with the value "5": unsupported`},
		{"a retention", "MessageRetentionPeriod", "60", "queue attribute MessageRetentionPeriod"},
		{"unknown", "Colour", "red", "InvalidAttributeName: Unknown Attribute Colour"},
	}
	for _, test := range tests {
		attributes := map[string]string{test.name: test.value}
		for op, call := range map[string]func(*fakes.SQS) error{
			"set": func(s *fakes.SQS) error {
				_, err := s.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
					QueueUrl: aws.String(fakes.QueueURL("events")), Attributes: attributes,
				})
				return err
			},
			"create": func(s *fakes.SQS) error {
				_, err := s.CreateQueue(t.Context(), &sqs.CreateQueueInput{
					QueueName: aws.String("orders"), Attributes: attributes,
				})
				return err
			},
		} {
			err := call(newQueues(t))
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%s, %s: %v, want %q", test.reason, op, err, test.want)
			}
		}
	}
}

func TestQueuesComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx := newQueues(t), t.Context()
		create := func(timeout string) error {
			_, err := s.CreateQueue(ctx, &sqs.CreateQueueInput{
				QueueName: aws.String("orders"), Attributes: map[string]string{"VisibilityTimeout": timeout},
			})
			return err
		}
		if err := errors.Join(create("5"), create("5")); err != nil {
			t.Errorf("made, and made again as it is: %v", err)
		}
		var exists *sqstypes.QueueNameExists
		if err := create("6"); !errors.As(err, &exists) || exists.ErrorCode() != "QueueAlreadyExists" {
			t.Errorf("made again in another way: %v", err)
		}
		orders := aws.String(fakes.QueueURL("orders"))
		// The new time-out holds for messages that are received later.
		if _, err := s.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: orders, MessageBody: aws.String("x")}); err != nil {
			t.Fatal(err)
		}
		receive := &sqs.ReceiveMessageInput{QueueUrl: orders, WaitTimeSeconds: 20}
		for _, wait := range []time.Duration{0, 5 * time.Second} {
			began := time.Now()
			out, err := s.ReceiveMessage(ctx, receive)
			if err != nil || len(out.Messages) != 1 || time.Since(began) != wait {
				t.Errorf("%d messages after %s, %v, want one after %s", len(out.Messages), time.Since(began), err, wait)
			}
		}
		// A long poll ends with its queue.
		polled := make(chan error, 1)
		go func() {
			_, err := s.ReceiveMessage(ctx, receive)
			polled <- err
		}()
		synctest.Wait()
		if _, err := s.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: orders}); err != nil {
			t.Error(err)
		}
		var missing *sqstypes.QueueDoesNotExist
		if err := <-polled; !errors.As(err, &missing) {
			t.Errorf("the poll: %v", err)
		}
		if _, err := s.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: orders}); !errors.As(err, &missing) {
			t.Errorf("deleted twice: %v", err)
		}
		if got := strings.Join(s.Queues(), " "); got != "events dead" {
			t.Errorf("queues %s", got)
		}
	})
}

// A message stays in its queue when the dead-letter queue is gone.
func TestMessagesStayWithoutTheirDeadLetterQueue(t *testing.T) {
	ctx, events := t.Context(), aws.String(fakes.QueueURL("events"))
	s, err := fakes.NewSQS(fakes.SQSConfig{Queues: []fakes.Queue{
		{
			Name: "events", VisibilityTimeout: time.Nanosecond,
			Redrive: &fakes.Redrive{DeadLetterQueue: "dead", MaxReceiveCount: 1},
		},
		{Name: "dead"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if _, err := s.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: aws.String(fakes.QueueURL("dead"))}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: events, MessageBody: aws.String("x")}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		out, err := s.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: events, WaitTimeSeconds: 1})
		if err != nil || len(out.Messages) != 1 {
			t.Fatalf("%+v, %v", out, err)
		}
	}
}
