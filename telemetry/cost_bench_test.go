package telemetry_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"go.opentelemetry.io/otel/propagation"

	"tracelab/telemetry"
)

// BenchmarkDecorators is what a recorded span of a call costs, next to the call without one. The
// clients are stubs, and nothing is exported.
func BenchmarkDecorators(b *testing.B) {
	at := telemetry.Endpoint{Region: "eu-central-1", Address: "dynamodb.eu-central-1.amazonaws.com", Port: 443}
	put := &dynamodb.PutItemInput{TableName: aws.String("tasks")}
	update := &dynamodb.UpdateItemInput{
		TableName:                aws.String("tasks"),
		UpdateExpression:         aws.String("SET #status = :processed, updated_at = :now"),
		ExpressionAttributeNames: map[string]string{"#status": "status"},
	}
	message := &sqs.SendMessageInput{QueueUrl: aws.String(queueURL), MessageBody: aws.String("{}")}
	for _, mode := range []string{"untraced", "recorded"} {
		service := telemetry.Service{Name: "shop"}
		if mode == "recorded" {
			service = telemetry.NewPipeline(telemetry.Config{}).Service("shop")
		}
		db, queue := telemetry.DynamoDB(&stubDB{}, service, at), telemetry.SQS(&stubQueue{}, service, at)
		for _, call := range []struct {
			name string
			do   func(context.Context) error
		}{
			{"PutItem", func(ctx context.Context) error { _, err := db.PutItem(ctx, put); return err }},
			{"UpdateItem", func(ctx context.Context) error { _, err := db.UpdateItem(ctx, update); return err }},
			{"SendMessage", func(ctx context.Context) error { _, err := queue.SendMessage(ctx, message); return err }},
		} {
			b.Run(mode+"/"+call.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := call.do(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkHTTPEdge is what it costs to read the context of a request.
func BenchmarkHTTPEdge(b *testing.B) {
	edge := telemetry.HTTPEdge(telemetry.Propagator())
	for name, header := range map[string]http.Header{
		"new-trace": {"Accept": {"*/*"}},
		"continued": {"Traceparent": {callerParent}},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				edge.Extract(b.Context(), propagation.HeaderCarrier(header))
			}
		})
	}
}
