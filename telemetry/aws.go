package telemetry

import (
	"context"
	"errors"
	"sync"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
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

func (e Endpoint) attributes() []attribute.KeyValue {
	var attrs []attribute.KeyValue
	if e.Region != "" {
		attrs = append(attrs, semconv.CloudRegion(e.Region))
	}
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
// same for every call of one operation on one table or queue. It is made once:
// the sampler is to see these attributes, so they have to be there at the
// start of each span, the dropped ones too.
type awsSpan struct {
	name  string
	start []trace.SpanStartOption
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

func (s awsSpan) begin(ctx context.Context, tracer trace.Tracer) (context.Context, trace.Span) {
	return tracer.Start(ctx, s.name, s.start...)
}

// finishAWS records what every AWS call has in common once it is over: the
// request id, for which the provider's support asks first. metadata is called
// when there is no error.
func finishAWS(span trace.Span, err error, metadata func() middleware.Metadata) {
	id, response := "", (*awshttp.ResponseError)(nil)
	if err == nil {
		id, _ = awsmiddleware.GetRequestIDMetadata(metadata())
	} else if errors.As(err, &response) {
		id = response.ServiceRequestID()
	}
	if id != "" {
		span.SetAttributes(semconv.AWSRequestID(id))
	}
}
