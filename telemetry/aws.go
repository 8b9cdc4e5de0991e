package telemetry

import (
	"context"
	"errors"
	"sync"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// An Endpoint is where an AWS service is reached.
type Endpoint struct {
	// Region is the cloud.region: "eu-central-1".
	Region string
	// Address is the host's name, the server.address.
	Address string
	// Port is the server.port; 0 leaves it out.
	Port int
}

func (e Endpoint) region() []attribute.KeyValue {
	if e.Region == "" {
		return nil
	}
	return []attribute.KeyValue{semconv.CloudRegion(e.Region)}
}

func (e Endpoint) server() []attribute.KeyValue {
	var attrs []attribute.KeyValue
	if e.Address != "" {
		attrs = append(attrs, semconv.ServerAddress(e.Address))
	}
	if e.Port != 0 {
		attrs = append(attrs, semconv.ServerPort(e.Port))
	}
	return attrs
}

// rpcAttributes returns what all calls of one operation of an AWS API share.
func rpcAttributes(method string) []attribute.KeyValue {
	return []attribute.KeyValue{
		semconv.RPCSystemNameKey.String("aws-api"),
		semconv.RPCMethod(method),
	}
}

// An awsSpan is the part of a span that is known before the call and is the
// same for every call of one operation on one table or queue, so it is made
// once. Attributes that a sampler may decide by have to be there at the start of each span,
// and costs time on the dropped ones too; the rest is added only to those that
// record.
type awsSpan struct {
	name  string
	start []trace.SpanStartOption
	rest  []attribute.KeyValue
}

// awsSpans keeps the awsSpan of each operation and resource. There are as many
// as the program has tables and queues.
type awsSpans struct{ made sync.Map }

type awsSpanKey struct{ operation, resource string }

func (s *awsSpans) get(operation, resource string, describe func(operation, resource string) awsSpan) awsSpan {
	key := awsSpanKey{operation, resource}
	if made, ok := s.made.Load(key); ok {
		return made.(awsSpan)
	}
	made, _ := s.made.LoadOrStore(key, describe(operation, resource))
	return made.(awsSpan)
}

// An awsCall is a call under way, and its span.
type awsCall struct {
	trace.Span
	awsSpan
}

func (s awsSpan) begin(ctx context.Context, tracer trace.Tracer) (context.Context, awsCall) {
	ctx, span := tracer.Start(ctx, s.name, s.start...)
	return ctx, awsCall{span, s}
}

// annotate adds what was left out at the start, the request id, which the
// provider's support needs first, and more, to a span that records. metadata is
// called when there is no error.
//
// Here and in what it calls, errors are looked into only where there is one: a variable that
// errors.As may set is on the heap from its declaration on.
func (c awsCall) annotate(err error, metadata func() middleware.Metadata, more ...attribute.KeyValue) {
	if !c.IsRecording() {
		return
	}
	c.SetAttributes(c.rest...) // by themselves: they need no copy
	if id := requestID(err, metadata); id != "" {
		more = append(more, semconv.AWSRequestID(id))
	}
	if n := resends(err, metadata); n > 0 {
		more = append(more, semconv.HTTPRequestResendCount(n))
	}
	c.SetAttributes(more...)
}

// resends returns how often the SDK's client repeated the request of a call.
func resends(err error, metadata func() middleware.Metadata) int {
	if err == nil {
		attempts, _ := retry.GetAttemptResults(metadata())
		return len(attempts.Results) - 1
	}
	var exhausted *retry.MaxAttemptsError
	if errors.As(err, &exhausted) {
		return exhausted.Attempt - 1
	}
	return 0
}

func requestID(err error, metadata func() middleware.Metadata) string {
	if err == nil {
		id, _ := awsmiddleware.GetRequestIDMetadata(metadata())
		return id
	}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		return response.ServiceRequestID()
	}
	return ""
}

// orEmpty returns an empty input in place of nil, which the real clients take
// for one too.
func orEmpty[T any](in *T) *T {
	if in == nil {
		return new(T)
	}
	return in
}
