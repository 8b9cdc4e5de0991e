package telemetry_test

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/fakes"
	"tracelab/telemetry"
)

// Another program carries a trace across SQS with its own TracerProvider: the decorated client puts
// the context into the message, and the consumer continues it.
func ExampleSQS() {
	ctx := context.Background()
	provider := sdktrace.NewTracerProvider() // with the exporters of the program
	service := telemetry.Service{Name: "orders", TracerProvider: provider, Propagator: telemetry.Propagator()}

	queues, err := fakes.NewSQS(fakes.SQSConfig{Queues: []fakes.Queue{{Name: "events"}}}) // or sqs.NewFromConfig(cfg)
	if err != nil {
		log.Fatal(err)
	}
	client := telemetry.SQS(queues, service, telemetry.Endpoint{Region: "us-east-1"})

	ctx, span := provider.Tracer("orders").Start(ctx, "order")
	defer span.End()
	url := aws.String(fakes.QueueURL("events"))
	if _, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("{}")}); err != nil {
		log.Fatal(err)
	}

	// A receive returns the attributes that it requests, and no others.
	out, err := queues.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{
		QueueUrl: url, MessageAttributeNames: []string{"traceparent", "tracestate", "baggage"},
	})
	if err != nil {
		log.Fatal(err)
	}
	received := telemetry.ExtractMessage(context.Background(), service.Propagator, out.Messages[0].MessageAttributes)
	same := trace.SpanContextFromContext(received).TraceID() == span.SpanContext().TraceID()
	fmt.Println("continues the trace:", same)
	// Output: continues the trace: true
}

// A producer whose message has no room for W3C's context, and a consumer that continues X-Ray's.
func ExampleService_ExtractReceived() {
	ctx := context.Background()
	provider := sdktrace.NewTracerProvider()
	service := telemetry.Service{
		Name: "orders", TracerProvider: provider, Propagator: telemetry.Propagator(), XRay: true,
	}

	queues, err := fakes.NewSQS(fakes.SQSConfig{Queues: []fakes.Queue{{Name: "events"}}}) // or sqs.NewFromConfig(cfg)
	if err != nil {
		log.Fatal(err)
	}
	client := telemetry.SQS(queues, service, telemetry.Endpoint{Region: "us-east-1"})

	ctx, span := provider.Tracer("orders").Start(ctx, "order")
	defer span.End()
	url := aws.String(fakes.QueueURL("events"))
	full := map[string]types.MessageAttributeValue{}
	for i := range telemetry.MaxMessageAttributes {
		full[fmt.Sprint("own", i)] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String("x")}
	}
	if _, err := client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: url, MessageBody: aws.String("{}"), MessageAttributes: full,
	}); err != nil {
		log.Fatal(err)
	}

	out, err := queues.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{
		QueueUrl: url, MessageAttributeNames: []string{"traceparent", "tracestate", "baggage"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{telemetry.XRayAttribute},
	})
	if err != nil {
		log.Fatal(err)
	}
	received := service.ExtractReceived(context.Background(), out.Messages[0])
	same := trace.SpanContextFromContext(received).TraceID() == span.SpanContext().TraceID()
	fmt.Println("continues the trace:", same)
	// Output: continues the trace: true
}
