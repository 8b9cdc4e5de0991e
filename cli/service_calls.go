package cli

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// The services get the clients' methods as functions. An interface that held a client would make
// the linker keep its methods for all operations, which are several megabytes.

// call is a method of a client.
type call[In, Out, Options any] func(context.Context, *In, ...func(*Options)) (*Out, error)

type dynamoDBCalls struct {
	putItem    call[dynamodb.PutItemInput, dynamodb.PutItemOutput, dynamodb.Options]
	getItem    call[dynamodb.GetItemInput, dynamodb.GetItemOutput, dynamodb.Options]
	updateItem call[dynamodb.UpdateItemInput, dynamodb.UpdateItemOutput, dynamodb.Options]
	deleteItem call[dynamodb.DeleteItemInput, dynamodb.DeleteItemOutput, dynamodb.Options]
	scan       call[dynamodb.ScanInput, dynamodb.ScanOutput, dynamodb.Options]
}

func newDynamoDBCalls(c *dynamodb.Client) dynamoDBCalls {
	return dynamoDBCalls{
		putItem:    c.PutItem,
		getItem:    c.GetItem,
		updateItem: c.UpdateItem,
		deleteItem: c.DeleteItem,
		scan:       c.Scan,
	}
}

func (c dynamoDBCalls) PutItem(
	ctx context.Context, in *dynamodb.PutItemInput, opts ...func(*dynamodb.Options),
) (*dynamodb.PutItemOutput, error) {
	return c.putItem(ctx, in, opts...)
}

func (c dynamoDBCalls) GetItem(
	ctx context.Context, in *dynamodb.GetItemInput, opts ...func(*dynamodb.Options),
) (*dynamodb.GetItemOutput, error) {
	return c.getItem(ctx, in, opts...)
}

func (c dynamoDBCalls) UpdateItem(
	ctx context.Context, in *dynamodb.UpdateItemInput, opts ...func(*dynamodb.Options),
) (*dynamodb.UpdateItemOutput, error) {
	return c.updateItem(ctx, in, opts...)
}

func (c dynamoDBCalls) DeleteItem(
	ctx context.Context, in *dynamodb.DeleteItemInput, opts ...func(*dynamodb.Options),
) (*dynamodb.DeleteItemOutput, error) {
	return c.deleteItem(ctx, in, opts...)
}

func (c dynamoDBCalls) Scan(
	ctx context.Context, in *dynamodb.ScanInput, opts ...func(*dynamodb.Options),
) (*dynamodb.ScanOutput, error) {
	return c.scan(ctx, in, opts...)
}

type sqsCalls struct {
	sendMessage             call[sqs.SendMessageInput, sqs.SendMessageOutput, sqs.Options]
	receiveMessage          call[sqs.ReceiveMessageInput, sqs.ReceiveMessageOutput, sqs.Options]
	deleteMessage           call[sqs.DeleteMessageInput, sqs.DeleteMessageOutput, sqs.Options]
	changeMessageVisibility call[sqs.ChangeMessageVisibilityInput, sqs.ChangeMessageVisibilityOutput, sqs.Options]
}

func newSQSCalls(c *sqs.Client) sqsCalls {
	return sqsCalls{
		sendMessage:             c.SendMessage,
		receiveMessage:          c.ReceiveMessage,
		deleteMessage:           c.DeleteMessage,
		changeMessageVisibility: c.ChangeMessageVisibility,
	}
}

func (c sqsCalls) SendMessage(
	ctx context.Context, in *sqs.SendMessageInput, opts ...func(*sqs.Options),
) (*sqs.SendMessageOutput, error) {
	return c.sendMessage(ctx, in, opts...)
}

func (c sqsCalls) ReceiveMessage(
	ctx context.Context, in *sqs.ReceiveMessageInput, opts ...func(*sqs.Options),
) (*sqs.ReceiveMessageOutput, error) {
	return c.receiveMessage(ctx, in, opts...)
}

func (c sqsCalls) DeleteMessage(
	ctx context.Context, in *sqs.DeleteMessageInput, opts ...func(*sqs.Options),
) (*sqs.DeleteMessageOutput, error) {
	return c.deleteMessage(ctx, in, opts...)
}

func (c sqsCalls) ChangeMessageVisibility(
	ctx context.Context, in *sqs.ChangeMessageVisibilityInput, opts ...func(*sqs.Options),
) (*sqs.ChangeMessageVisibilityOutput, error) {
	return c.changeMessageVisibility(ctx, in, opts...)
}
