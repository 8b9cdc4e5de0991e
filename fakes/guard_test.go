package fakes_test

import (
	"context"
	"errors"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	smithy "github.com/aws/smithy-go"

	"tracelab/fakes"
)

func TestUnsupportedFieldsAreRefusedByName(t *testing.T) {
	d, s := newDynamoDB(t, fakes.DynamoDBConfig{}), newSQS(t, fakes.SQSConfig{})
	table, url := aws.String("tasks"), aws.String(fakes.QueueURL("task-events"))
	key := map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "a"}}
	tests := []struct {
		field string
		call  func(context.Context) error
	}{
		{"Expected", func(ctx context.Context) error {
			_, err := d.PutItem(
				ctx,
				&dynamodb.PutItemInput{TableName: table, Item: key, Expected: map[string]types.ExpectedAttributeValue{"id": {}}},
			)
			return err
		}},
		{"ReturnConsumedCapacity", func(ctx context.Context) error {
			_, err := d.DeleteItem(
				ctx,
				&dynamodb.DeleteItemInput{TableName: table, Key: key, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal},
			)
			return err
		}},
		{"ProjectionExpression", func(ctx context.Context) error {
			_, err := d.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: key, ProjectionExpression: aws.String("id")})
			return err
		}},
		{"AttributeUpdates", func(ctx context.Context) error {
			_, err := d.UpdateItem(
				ctx,
				&dynamodb.UpdateItemInput{
					TableName:        table,
					Key:              key,
					AttributeUpdates: map[string]types.AttributeValueUpdate{"x": {}},
				},
			)
			return err
		}},
		{"Segment", func(ctx context.Context) error {
			_, err := d.Scan(ctx, &dynamodb.ScanInput{TableName: table, Segment: aws.Int32(0)})
			return err
		}},
		{"MessageGroupId", func(ctx context.Context) error {
			_, err := s.SendMessage(
				ctx,
				&sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("x"), MessageGroupId: aws.String("g")},
			)
			return err
		}},
		{"ReceiveRequestAttemptId", func(ctx context.Context) error {
			_, err := s.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url, ReceiveRequestAttemptId: aws.String("a")})
			return err
		}},
		{"queue attribute Policy", func(ctx context.Context) error {
			_, err := s.GetQueueAttributes(
				ctx,
				&sqs.GetQueueAttributesInput{QueueUrl: url, AttributeNames: []sqstypes.QueueAttributeName{"Policy"}},
			)
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.field, func(t *testing.T) {
			err := tt.call(t.Context())
			wantText(t, err, tt.field)
			if !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("got error %v, want ErrUnsupported", err)
			}
		})
	}
	if _, err := d.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: table, Item: key, ReturnConsumedCapacity: types.ReturnConsumedCapacityNone,
	}); err != nil {
		t.Errorf("NONE asks for nothing, but got error %v", err)
	}
}

func TestRequiredFieldsAreMissedAsByTheClient(t *testing.T) {
	d, s := newDynamoDB(t, fakes.DynamoDBConfig{}), newSQS(t, fakes.SQSConfig{})
	_, put := d.PutItem(t.Context(), nil)
	_, send := s.SendMessage(t.Context(), &sqs.SendMessageInput{MessageBody: aws.String("x")})
	for _, tt := range []struct {
		err    error
		fields []string
	}{{put, []string{"TableName", "Item"}}, {send, []string{"QueueUrl"}}} {
		var invalid smithy.InvalidParamsError
		if !errors.As(tt.err, &invalid) {
			t.Errorf("got error %v, want smithy.InvalidParamsError", tt.err)
		}
		for _, field := range tt.fields {
			wantText(t, tt.err, "missing required field, "+invalid.Context+"."+field)
		}
	}
}

// TestDocumentationListsEveryOperation compares the tables of the package's documentation with the
// fakes' methods.
func TestDocumentationListsEveryOperation(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var documented, methods []string
	for _, m := range regexp.MustCompile(`(?m)^//\t([A-Z]\w+) +(yes|partly) `).FindAllStringSubmatch(string(doc), -1) {
		documented = append(documented, m[1])
	}
	for _, fake := range []reflect.Type{reflect.TypeFor[*fakes.DynamoDB](), reflect.TypeFor[*fakes.SQS]()} {
		for m := range fake.Methods() {
			if m.Type.NumIn() > 2 { // receiver, context, input, options: an operation
				methods = append(methods, m.Name)
			}
		}
	}
	slices.Sort(documented)
	slices.Sort(methods)
	if !slices.Equal(documented, methods) {
		t.Errorf("doc.go lists %s\nthe methods are %s", strings.Join(documented, " "), strings.Join(methods, " "))
	}
}
