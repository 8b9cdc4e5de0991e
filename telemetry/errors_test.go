package telemetry_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	otelcodes "go.opentelemetry.io/otel/codes"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tracelab/telemetry"
)

// answered returns an error of the AWS SDK about an answer; a status of 0 is that of none.
func answered(status int, err error) error {
	response := &smithyhttp.Response{Response: &http.Response{StatusCode: status}}
	return fmt.Errorf("operation error: %w", &awshttp.ResponseError{
		ResponseError: &smithyhttp.ResponseError{Response: response, Err: err},
	})
}

func TestErrorTypes(t *testing.T) {
	throttled := &types.ProvisionedThroughputExceededException{}
	tests := []struct {
		err    error
		want   string
		reason string
	}{
		{throttled, "ProvisionedThroughputExceededException", "an AWS error has a code"},
		{fmt.Errorf("put item: %w", throttled), "ProvisionedThroughputExceededException", "however deep"},
		{errors.Join(errors.New("one"), throttled), "ProvisionedThroughputExceededException", "among others, too"},
		{&smithy.GenericAPIError{Message: "no code"}, "*smithy.GenericAPIError", "without a code its type is all there is"},
		{answered(503, &smithy.GenericAPIError{Code: "UnknownError"}), "503", "an empty answer has a status only"},
		{answered(503, &json.SyntaxError{}), "503", "so has the page of a load balancer"},
		{answered(400, throttled), "ProvisionedThroughputExceededException", "a code says more than its status"},
		{answered(0, fmt.Errorf("send: %w", context.Canceled)), "canceled", "there was no answer"},
		{answered(200, io.ErrUnexpectedEOF), "_OTHER", "the status is not what failed"},
		{context.Canceled, "canceled", ""},
		{fmt.Errorf("get: %w", context.DeadlineExceeded), "deadline_exceeded", ""},
		{status.Error(codes.NotFound, "task 42"), "NOT_FOUND", "the message is not part of the type"},
		{fmt.Errorf("call: %w", status.Error(codes.Unavailable, "")), "UNAVAILABLE", ""},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, "_OTHER", "the innermost error decides, and has no type"},
		{
			fmt.Errorf("open: %w", &fs.PathError{Err: net.UnknownNetworkError("x")}), "net.UnknownNetworkError",
			"the innermost error decides",
		},
		{errors.New("task 42 is broken"), "_OTHER", "a text is not a type: there could be any number"},
		{fmt.Errorf("task %d is broken", 42), "_OTHER", ""},
		{errors.Join(errors.New("one"), errors.New("two")), "_OTHER", "a list of texts"},
		{fmt.Errorf("%w and %w", errors.New("one"), errors.New("two")), "_OTHER", "a list of texts"},
	}
	for _, test := range tests {
		if got := telemetry.ErrorType(test.err); got != test.want {
			t.Errorf("type of %T %q is %s, want %s: %s", test.err, test.err, got, test.want, test.reason)
		}
	}
}

func TestCodeNamesAreThoseOfTheSpecification(t *testing.T) {
	tests := map[codes.Code]string{
		codes.OK: "OK", codes.Canceled: "CANCELLED", codes.Unknown: "UNKNOWN", codes.InvalidArgument: "INVALID_ARGUMENT",
		codes.DeadlineExceeded: "DEADLINE_EXCEEDED", codes.NotFound: "NOT_FOUND", codes.AlreadyExists: "ALREADY_EXISTS",
		codes.PermissionDenied: "PERMISSION_DENIED", codes.ResourceExhausted: "RESOURCE_EXHAUSTED",
		codes.FailedPrecondition: "FAILED_PRECONDITION", codes.Aborted: "ABORTED", codes.OutOfRange: "OUT_OF_RANGE",
		codes.Unimplemented: "UNIMPLEMENTED", codes.Internal: "INTERNAL", codes.Unavailable: "UNAVAILABLE",
		codes.DataLoss: "DATA_LOSS", codes.Unauthenticated: "UNAUTHENTICATED", 99: "99",
	}
	for code, want := range tests {
		if got := telemetry.CodeName(code); got != want {
			t.Errorf("the name of code %d is %s, want %s", code, got, want)
		}
	}
}

func TestFailMarksTheSpan(t *testing.T) {
	long := strings.Repeat("é", 300) // 600 bytes
	tests := []struct {
		name        string
		err         error
		status      otelcodes.Code
		description string
		errorType   string
		reason      string
	}{
		{"nil", nil, otelcodes.Unset, "", "", "nothing failed"},
		{"error", errors.New("no luck"), otelcodes.Error, "no luck", "_OTHER", ""},
		{
			"secret", errors.New("refused password=hunter22"), otelcodes.Error, "refused password=[redacted]", "_OTHER",
			"a status goes where spans go",
		},
		{
			"long", errors.New("x" + long), otelcodes.Error, "x" + long[:510], "_OTHER",
			"512 bytes are kept, in whole characters",
		},
		{
			"typed", status.Error(codes.Aborted, "try again"), otelcodes.Error, "rpc error: code = Aborted desc = try again",
			"ABORTED", "",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			service, recorder := recorded(t, telemetry.Config{})
			_, span := service.Tracer().Start(t.Context(), "order")
			telemetry.Fail(span, test.err)
			span.End()
			got := only(t, recorder)
			if got.Status().Code != test.status || got.Status().Description != test.description {
				t.Errorf(
					"status is %v %q, want %v %q: %s", got.Status().Code, got.Status().Description, test.status, test.description,
					test.reason,
				)
			}
			if !utf8.ValidString(got.Status().Description) {
				t.Error("the status is not UTF-8")
			}
			if errorType := textOf(got.Attributes())["error.type"]; errorType != test.errorType {
				t.Errorf("error.type is %q, want %q", errorType, test.errorType)
			}
		})
	}
}

func TestFailLeavesASpanThatIsOver(t *testing.T) {
	service, recorder := recorded(t, telemetry.Config{})
	_, span := service.Tracer().Start(t.Context(), "order")
	span.End()
	telemetry.Fail(span, errors.New("too late"))
	if got := only(t, recorder).Status().Code; got != otelcodes.Unset {
		t.Errorf("status is %v", got)
	}
}
