// Package fakestest holds the conformance tests of DynamoDB and SQS that the fakes and a real
// server both pass. A harness describes how to get a client and an empty table or queue. The
// excuses of servers that differ from AWS's documentation are listed in servers_test.go.
package fakestest

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// DynamoDBClient is the part of *dynamodb.Client that is tested.
type DynamoDBClient interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
}

// SQSClient is the part of *sqs.Client that is tested.
type SQSClient interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessage(context.Context, *sqs.DeleteMessageInput, ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
	ChangeMessageVisibility(
		context.Context,
		*sqs.ChangeMessageVisibilityInput,
		...func(*sqs.Options),
	) (*sqs.ChangeMessageVisibilityOutput, error)
	GetQueueUrl(context.Context, *sqs.GetQueueUrlInput, ...func(*sqs.Options)) (*sqs.GetQueueUrlOutput, error)
	GetQueueAttributes(
		context.Context,
		*sqs.GetQueueAttributesInput,
		...func(*sqs.Options),
	) (*sqs.GetQueueAttributesOutput, error)
}

// The real clients can be tested.
var (
	_ DynamoDBClient = (*dynamodb.Client)(nil)
	_ SQSClient      = (*sqs.Client)(nil)
)

// DynamoDBHarness describes a DynamoDB.
type DynamoDBHarness struct {
	// New returns a client and the name of an empty table whose only key is the string attribute
	// "id". It releases what it makes with t.Cleanup.
	New func(t testing.TB) (client DynamoDBClient, table string)
}

// SQSHarness describes an SQS.
type SQSHarness struct {
	// New returns a client and the names of an empty queue, with VisibilityTimeout, and of its
	// empty dead-letter queue, with MaxReceiveCount. It is called inside Run, once per test, and
	// releases what it makes with t.Cleanup.
	New func(t testing.TB) (client SQSClient, queue, deadLetterQueue string)
	// Run runs a test in which time passes, such as synctest.Test. nil calls the test, which then
	// really waits.
	Run func(t *testing.T, test func(t *testing.T))
}

// Settings of the queue that an SQSHarness makes. They are short, for servers whose time can't be
// made to pass.
const (
	VisibilityTimeout = 2 * time.Second
	MaxReceiveCount   = 2
)
