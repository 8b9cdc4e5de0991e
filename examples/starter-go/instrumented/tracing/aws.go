package tracing

import (
	"context"
	"errors"
	"maps"
	"path"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// AWS adds a span to each call that reads or writes a task or sends a message, for all clients that
// are made from the config. Receiving and deleting messages have no spans: a worker that waits for
// messages would record one every few seconds.
func AWS(config *aws.Config) {
	if without(pieceAWS) {
		return
	}
	config.APIOptions = append(config.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("tracing", traceCall), middleware.After)
	})
}

func traceCall(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	middleware.InitializeOutput, middleware.Metadata, error,
) {
	var span trace.Span
	operation := awsmiddleware.GetOperationName(ctx)
	switch call := in.Parameters.(type) {
	case *dynamodb.PutItemInput:
		ctx, span = startDatabase(ctx, operation, call.TableName)
	case *dynamodb.UpdateItemInput:
		ctx, span = startDatabase(ctx, operation, call.TableName)
	case *sqs.SendMessageInput:
		ctx, span = start(ctx, "send "+queueName(call.QueueUrl), trace.SpanKindProducer,
			semconv.MessagingSystemAWSSQS,
			semconv.MessagingOperationTypeSend,
			semconv.MessagingOperationName(operation),
			semconv.MessagingDestinationName(queueName(call.QueueUrl)))
		message := *call // the caller's input stays as it is
		message.MessageAttributes = inject(ctx, call.MessageAttributes)
		in.Parameters = &message
	default:
		return next.HandleInitialize(ctx, in)
	}
	defer span.End()
	out, metadata, err := next.HandleInitialize(ctx, in)
	if err != nil {
		// The code alone: messages can contain what users have entered.
		code := "_OTHER"
		if api, ok := errors.AsType[smithy.APIError](err); ok {
			code = api.ErrorCode()
		}
		span.SetAttributes(semconv.ErrorTypeKey.String(code))
		span.SetStatus(codes.Error, code)
	}
	return out, metadata, err
}

func startDatabase(ctx context.Context, operation string, table *string) (context.Context, trace.Span) {
	return start(ctx, "DynamoDB."+operation, trace.SpanKindClient,
		semconv.DBSystemNameAWSDynamoDB,
		semconv.DBOperationName(operation),
		semconv.DBCollectionName(aws.ToString(table)))
}

func start(ctx context.Context, name string, kind trace.SpanKind, attributes ...attribute.KeyValue) (
	context.Context, trace.Span,
) {
	return otel.Tracer("starter").Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attributes...))
}

func queueName(url *string) string { return path.Base(aws.ToString(url)) }

// inject returns the attributes of a message with the context among them.
func inject(ctx context.Context, attributes map[string]types.MessageAttributeValue) map[string]types.MessageAttributeValue {
	if without(pieceInject) {
		return attributes
	}
	fields := propagation.MapCarrier{}
	otel.GetTextMapPropagator().Inject(ctx, fields)
	injected := make(map[string]types.MessageAttributeValue, len(attributes)+len(fields))
	maps.Copy(injected, attributes)
	for name, value := range fields {
		injected[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
	}
	return injected
}
