package taskservice

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/uuid"
	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/grpc"

	"tracelab/telemetry"
)

// DynamoDB is what the service needs of *dynamodb.Client.
type DynamoDB interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
}

// SQS is what the service needs of *sqs.Client.
type SQS interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// Config holds what the service works with. The clients are expected to be traced already: see
// [telemetry.DynamoDB] and [telemetry.SQS].
type Config struct {
	Telemetry telemetry.Service

	// DynamoDB and Table (its hash key is the string "id") keep the tasks. Both are required.
	DynamoDB DynamoDB
	Table    string
	// SQS and QueueURL take the events. Both are required.
	SQS      SQS
	QueueURL string

	// EventAttributes are added to every event as message attributes. SQS allows ten, and the trace
	// context needs up to three of them. The names of its fields, such as traceparent, are refused:
	// the event's context is the span that sends it, and two contexts in one message would leave
	// the consumer to guess.
	EventAttributes map[string]string
	// NewID makes the ids of tasks that come without an idempotency key; nil makes random UUIDs.
	NewID func() string
	// ResendAfter is how long a task may be PENDING before its event is sent again. It should be
	// longer than the queue takes to deliver a message for the last time, or events that are being
	// retried are sent twice. 0 means 5 minutes.
	ResendAfter time.Duration
	// MaxResends is how often an event is sent again before the service gives up. Without a limit,
	// an event that the worker can't process would be sent forever. 0 means 5.
	MaxResends int
	// ServerOptions are added to those of the gRPC server: credentials, keepalive, limits.
	ServerOptions []grpc.ServerOption
	// Drain is how long calls may take to finish at shutdown. 0 means 10 seconds.
	Drain time.Duration
}

func (c Config) check() (Config, error) {
	c.Telemetry = c.Telemetry.Defaults()
	if c.DynamoDB == nil || c.Table == "" || c.SQS == nil || c.QueueURL == "" {
		return c, errors.New("configure task service: DynamoDB, Table, SQS and QueueURL are required")
	}
	for _, field := range append(c.Telemetry.Propagator.Fields(), propagation.TraceContext{}.Fields()...) {
		if _, found := c.EventAttributes[field]; found {
			return c, fmt.Errorf("configure task service: EventAttributes contains %q, which carries the trace context: "+
				"want another name", field)
		}
	}
	if c.NewID == nil {
		c.NewID = uuid.NewString
	}
	if c.ResendAfter <= 0 {
		c.ResendAfter = 5 * time.Minute
	}
	if c.MaxResends <= 0 {
		c.MaxResends = 5
	}
	if c.Drain <= 0 {
		c.Drain = 10 * time.Second
	}
	return c, nil
}
