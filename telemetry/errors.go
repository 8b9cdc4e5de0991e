package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tracelab/internal/redact"
)

// maxStatus is how many bytes of an error's text a span's status keeps.
const maxStatus = 512

// Fail marks the span as failed: status ERROR with the error's text, its
// secrets masked, and error.type. A nil error changes nothing.
func Fail(span trace.Span, err error) {
	if err == nil || !span.IsRecording() {
		return
	}
	span.SetStatus(otelcodes.Error, errorText(err))
	span.SetAttributes(errorType(err))
}

// Mask writes an attribute again with its secrets masked, where it has any: for
// what other instrumentation records as it comes.
func Mask(span trace.Span, key attribute.Key, value string) {
	if masked := redact.Attribute(string(key), value); masked != value {
		span.SetAttributes(key.String(masked))
	}
}

func errorText(err error) string { return truncate(redact.Text(err.Error()), maxStatus) }

func errorType(err error) attribute.KeyValue {
	return semconv.ErrorTypeKey.String(ErrorType(err))
}

// noAWSCode is the SDK's code for an answer without one, such as the page of a load balancer.
const noAWSCode = "UnknownError"

// ErrorType returns the value of error.type for an error, of which there are
// few enough to count by: the code of an AWS error ("ThrottlingException"), or the HTTP status code
// of an answer without one ("503"), the name of a gRPC status code ("UNAVAILABLE"), "canceled" or
// "deadline_exceeded" for a context that ended, "panic" for a [PanicError], else the Go type of the
// innermost error.
func ErrorType(err error) string {
	var panicked *PanicError
	if errors.As(err, &panicked) {
		return "panic"
	}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != "" && api.ErrorCode() != noAWSCode {
		return api.ErrorCode()
	}
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.HTTPStatusCode() >= http.StatusMultipleChoices {
		return strconv.Itoa(answer.HTTPStatusCode())
	}
	switch {
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "deadline_exceeded"
	}
	if s, ok := status.FromError(err); ok {
		return CodeName(s.Code())
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	switch name := fmt.Sprintf("%T", err); name {
	case "*errors.errorString", "*errors.joinError", "*fmt.wrapErrors":
		return semconv.ErrorTypeOther.Value.AsString() // the type carries no information
	default:
		return name
	}
}

// CodeName returns the name of a gRPC status code as the gRPC specification
// and rpc.response.status_code spell it: "NOT_FOUND".
func CodeName(c codes.Code) string {
	return code.Code(c).String()
}
