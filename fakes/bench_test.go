package fakes_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"tracelab/fakes"
)

// BenchmarkPutItem puts items of eight attributes on a condition that holds.
func BenchmarkPutItem(b *testing.B) {
	d := newDynamoDB(b, fakes.DynamoDBConfig{})
	item := map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "a"}}
	for i := range 6 {
		item[fmt.Sprint("attribute", i)] = &types.AttributeValueMemberS{Value: "a value of the usual length"}
	}
	item["count"] = &types.AttributeValueMemberN{Value: "12"}
	in := &dynamodb.PutItemInput{
		TableName: aws.String("tasks"), Item: item, ConditionExpression: aws.String("attribute_not_exists(deleted)"),
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.PutItem(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSendReceiveDelete takes a message with trace context through a queue.
func BenchmarkSendReceiveDelete(b *testing.B) {
	s := newSQS(b, fakes.SQSConfig{})
	url := aws.String(fakes.QueueURL("task-events"))
	send := &sqs.SendMessageInput{
		QueueUrl: url, MessageBody: aws.String(`{"type":"task-created","id":"0af7651916cd43dd"}`),
		MessageAttributes: map[string]sqstypes.MessageAttributeValue{
			"traceparent": {
				DataType:    aws.String("String"),
				StringValue: aws.String("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
			},
		},
	}
	receive := &sqs.ReceiveMessageInput{QueueUrl: url, MessageAttributeNames: []string{"All"}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.SendMessage(b.Context(), send); err != nil {
			b.Fatal(err)
		}
		out, err := s.ReceiveMessage(b.Context(), receive)
		if err != nil || len(out.Messages) != 1 {
			b.Fatalf("received %d messages, error %v", len(out.Messages), err)
		}
		_, err = s.DeleteMessage(
			b.Context(),
			&sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: out.Messages[0].ReceiptHandle},
		)
		if err != nil {
			b.Fatal(err)
		}
	}
}
