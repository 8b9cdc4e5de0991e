package telemetry

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"go.opentelemetry.io/otel/attribute"
	oldconv "go.opentelemetry.io/otel/semconv/v1.16.0"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// DynamoDBAPI is the part of *dynamodb.Client that [DynamoDB] decorates.
type DynamoDBAPI interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
}

// DynamoDB returns next with a CLIENT span around each call, named
// "DynamoDB.<operation>". It follows the conventions for DynamoDB client spans
// and adds their older names.
//
// A condition that doesn't hold is an answer, not a failure: the span keeps its
// status unset and is recorded in db.response.status_code. Every other error sets
// ERROR, error.type and a masked message. Expressions are recorded without
// their values.
func DynamoDB(next DynamoDBAPI, s Service, at Endpoint) DynamoDBAPI {
	if !s.Traced() {
		return next
	}
	return &tracedDynamoDB{next: next, tracer: s.Tracer(), at: at}
}

type tracedDynamoDB struct {
	next   DynamoDBAPI
	tracer trace.Tracer
	at     Endpoint
	spans  awsSpans
}

func (d *tracedDynamoDB) describe(operation, table string) awsSpan {
	start := append(rpcAttributes("DynamoDB/"+operation),
		semconv.DBSystemNameAWSDynamoDB,
		semconv.DBOperationName(operation),
		semconv.DBCollectionName(table))
	return awsSpan{
		name: "DynamoDB." + operation,
		start: []trace.SpanStartOption{
			trace.WithSpanKind(trace.SpanKindClient),
			trace.WithAttributes(append(start, d.at.server()...)...),
		},
		rest: append(d.at.region(),
			semconv.AWSDynamoDBTableNames(table),
			oldconv.DBSystemDynamoDB,
			oldconv.DBOperationKey.String(operation)),
	}
}

func (d *tracedDynamoDB) begin(ctx context.Context, operation string, table *string) (context.Context, dynamoDBCall) {
	ctx, call := d.spans.get(operation, aws.ToString(table), d.describe).begin(ctx, d.tracer)
	return ctx, dynamoDBCall{call}
}

type dynamoDBCall struct{ awsCall }

// finish ends the span of a call that answered with metadata, or with an error.
func (c dynamoDBCall) finish(err error, metadata func() middleware.Metadata, more ...attribute.KeyValue) {
	defer c.End()
	if !c.IsRecording() {
		return
	}
	if err == nil {
		c.annotate(nil, metadata, more...)
		return
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		more = append(more, semconv.DBResponseStatusCode(api.ErrorCode()))
	}
	c.annotate(err, metadata, more...)
	var condition *types.ConditionalCheckFailedException
	if !errors.As(err, &condition) {
		Fail(c.Span, err)
	}
}

func (d *tracedDynamoDB) PutItem(ctx context.Context, in *dynamodb.PutItemInput,
	opts ...func(*dynamodb.Options),
) (*dynamodb.PutItemOutput, error) {
	in = orEmpty(in)
	ctx, call := d.begin(ctx, "PutItem", in.TableName)
	out, err := d.next.PutItem(ctx, in, opts...)
	call.finish(err, func() middleware.Metadata { return out.ResultMetadata })
	return out, err
}

func (d *tracedDynamoDB) GetItem(ctx context.Context, in *dynamodb.GetItemInput,
	opts ...func(*dynamodb.Options),
) (*dynamodb.GetItemOutput, error) {
	in = orEmpty(in)
	ctx, call := d.begin(ctx, "GetItem", in.TableName)
	out, err := d.next.GetItem(ctx, in, opts...)
	call.finish(err, func() middleware.Metadata { return out.ResultMetadata })
	return out, err
}

func (d *tracedDynamoDB) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput,
	opts ...func(*dynamodb.Options),
) (*dynamodb.UpdateItemOutput, error) {
	in = orEmpty(in)
	ctx, call := d.begin(ctx, "UpdateItem", in.TableName)
	out, err := d.next.UpdateItem(ctx, in, opts...)
	var query []attribute.KeyValue
	if call.IsRecording() {
		text := updateText(in)
		query = append(make([]attribute.KeyValue, 0, 3), semconv.DBQueryText(text), oldconv.DBStatementKey.String(text))
	}
	call.finish(err, func() middleware.Metadata { return out.ResultMetadata }, query...)
	return out, err
}

func (d *tracedDynamoDB) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput,
	opts ...func(*dynamodb.Options),
) (*dynamodb.DeleteItemOutput, error) {
	in = orEmpty(in)
	ctx, call := d.begin(ctx, "DeleteItem", in.TableName)
	out, err := d.next.DeleteItem(ctx, in, opts...)
	call.finish(err, func() middleware.Metadata { return out.ResultMetadata })
	return out, err
}

func (d *tracedDynamoDB) Scan(ctx context.Context, in *dynamodb.ScanInput,
	opts ...func(*dynamodb.Options),
) (*dynamodb.ScanOutput, error) {
	in = orEmpty(in)
	ctx, call := d.begin(ctx, "Scan", in.TableName)
	out, err := d.next.Scan(ctx, in, opts...)
	var counts []attribute.KeyValue
	if err == nil && call.IsRecording() {
		counts = []attribute.KeyValue{
			semconv.AWSDynamoDBCount(int(out.Count)),
			semconv.AWSDynamoDBScannedCount(int(out.ScannedCount)),
		}
		if in.Limit != nil {
			counts = append(counts, semconv.AWSDynamoDBLimit(int(*in.Limit)))
		}
	}
	call.finish(err, func() middleware.Metadata { return out.ResultMetadata }, counts...)
	return out, err
}
