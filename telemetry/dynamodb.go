package telemetry

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
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
// status unset and says so in db.response.status_code. Every other error sets
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
	attrs := append(rpcAttributes("DynamoDB/"+operation),
		semconv.DBSystemNameAWSDynamoDB,
		semconv.DBOperationName(operation),
		semconv.DBCollectionName(table),
		semconv.AWSDynamoDBTableNames(table),
		oldconv.DBSystemDynamoDB,
		oldconv.DBOperationKey.String(operation))
	return awsSpan{
		name: "DynamoDB." + operation,
		start: []trace.SpanStartOption{
			trace.WithSpanKind(trace.SpanKindClient),
			trace.WithAttributes(append(attrs, d.at.attributes()...)...),
		},
	}
}

func (d *tracedDynamoDB) begin(ctx context.Context, operation string, table *string) (context.Context, trace.Span) {
	return d.spans.get(operation, aws.ToString(table), d.describe).begin(ctx, d.tracer)
}

func finishDynamoDB(span trace.Span, err error, metadata func() middleware.Metadata) {
	defer span.End()
	if !span.IsRecording() {
		return
	}
	finishAWS(span, err, metadata)
	if err == nil {
		return
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		span.SetAttributes(semconv.DBResponseStatusCode(api.ErrorCode()))
	}
	var condition *types.ConditionalCheckFailedException
	if !errors.As(err, &condition) {
		Fail(span, err)
	}
}

func (d *tracedDynamoDB) PutItem(ctx context.Context, in *dynamodb.PutItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	ctx, span := d.begin(ctx, "PutItem", in.TableName)
	out, err := d.next.PutItem(ctx, in, opts...)
	finishDynamoDB(span, err, func() middleware.Metadata { return out.ResultMetadata })
	return out, err
}

func (d *tracedDynamoDB) GetItem(ctx context.Context, in *dynamodb.GetItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	ctx, span := d.begin(ctx, "GetItem", in.TableName)
	out, err := d.next.GetItem(ctx, in, opts...)
	finishDynamoDB(span, err, func() middleware.Metadata { return out.ResultMetadata })
	return out, err
}

func (d *tracedDynamoDB) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	ctx, span := d.begin(ctx, "UpdateItem", in.TableName)
	if span.IsRecording() {
		text := updateText(in)
		span.SetAttributes(semconv.DBQueryText(text), oldconv.DBStatementKey.String(text))
	}
	out, err := d.next.UpdateItem(ctx, in, opts...)
	finishDynamoDB(span, err, func() middleware.Metadata { return out.ResultMetadata })
	return out, err
}

func (d *tracedDynamoDB) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	ctx, span := d.begin(ctx, "DeleteItem", in.TableName)
	out, err := d.next.DeleteItem(ctx, in, opts...)
	finishDynamoDB(span, err, func() middleware.Metadata { return out.ResultMetadata })
	return out, err
}

func (d *tracedDynamoDB) Scan(ctx context.Context, in *dynamodb.ScanInput, opts ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	ctx, span := d.begin(ctx, "Scan", in.TableName)
	out, err := d.next.Scan(ctx, in, opts...)
	if out != nil && span.IsRecording() {
		span.SetAttributes(
			semconv.AWSDynamoDBCount(int(out.Count)),
			semconv.AWSDynamoDBScannedCount(int(out.ScannedCount)))
		if in.Limit != nil {
			span.SetAttributes(semconv.AWSDynamoDBLimit(int(*in.Limit)))
		}
	}
	finishDynamoDB(span, err, func() middleware.Metadata { return out.ResultMetadata })
	return out, err
}
