package fakes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	smithy "github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Failure names a way in which a service fails, for Fault.Err. A fake answers with its own
// service's error, as the SDK's client would return it: [Throttled] is a
// ProvisionedThroughputExceededException of DynamoDB and a RequestThrottled of SQS.
type Failure string

// The failures. Retrying helps with all of them.
const (
	Throttled      Failure = "throttled"       // too many requests
	Internal       Failure = "internal"        // status 500
	Unavailable    Failure = "unavailable"     // status 503
	Empty503       Failure = "empty 503"       // status 503 without a body, as a load balancer sends it
	WriteConflict  Failure = "write conflict"  // another region writes the same item; DynamoDB only
	ConnectionLost Failure = "connection lost" // no answer at all: the connection is reset
)

// Error returns the failure's name. The errors that a fake returns are those of [Failure.DynamoDB]
// and [Failure.SQS].
func (f Failure) Error() string { return string(f) }

// DynamoDB returns the error that a DynamoDB client wraps for the failure, nil for a failure that
// DynamoDB doesn't have.
func (f Failure) DynamoDB() error { return failures(dynamodb.ServiceID)[f].err }

// SQS is like DynamoDB, for SQS.
func (f Failure) SQS() error { return failures(sqs.ServiceID)[f].err }

// answer is an error and the status code of the response that brings it; 0 if there is no response.
type answer struct {
	status int
	err    error
}

// failures returns the error that a service answers for each failure that it supports.
//
// The errors have the types into which the SDK's client decodes the real service's answers. The
// client sets the Fault of a GenericAPIError only for SQS, which sends it in a header.
func failures(service string) map[Failure]answer {
	unavailable := &smithy.GenericAPIError{Code: "ServiceUnavailable", Message: "Service is temporarily unavailable."}
	all := map[Failure]answer{
		Unavailable: {http.StatusServiceUnavailable, unavailable},
		Empty503:    {http.StatusServiceUnavailable, &smithy.GenericAPIError{Code: "UnknownError", Message: "UnknownError"}},
	}
	switch service {
	case dynamodb.ServiceID:
		all[Throttled] = answer{http.StatusBadRequest, &ddbtypes.ProvisionedThroughputExceededException{
			Message: aws.String("The level of configured provisioned throughput for the table was exceeded. " +
				"Consider increasing your provisioning level with the UpdateTable API."),
		}}
		all[Internal] = answer{
			http.StatusInternalServerError,
			&ddbtypes.InternalServerError{Message: aws.String("Internal server error")},
		}
		all[WriteConflict] = answer{http.StatusBadRequest, &ddbtypes.ReplicatedWriteConflictException{
			Message: aws.String("One or more items in this request are being modified by a request in another Region."),
		}}
	case sqs.ServiceID:
		unavailable.Fault = smithy.FaultServer
		all[Throttled] = answer{http.StatusBadRequest, &sqstypes.RequestThrottled{
			Message: aws.String("The request was denied due to request throttling."),
		}}
		all[Internal] = answer{http.StatusInternalServerError, &smithy.GenericAPIError{
			Code:    "InternalFailure",
			Message: "The request processing has failed because of an unknown error, exception or failure.",
			Fault:   smithy.FaultServer,
		}}
	}
	all[ConnectionLost] = answer{0, connectionReset(service)}
	return all
}

// connectionReset is what Go's HTTP client returns when the server resets the connection.
func connectionReset(service string) error {
	return &url.Error{
		Op: "Post", URL: "http://" + strings.ToLower(service) + ".local/",
		Err: &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)},
	}
}

// Failures returns all failures, in the order of their names.
func Failures() []Failure {
	all := maps.Clone(failures(sqs.ServiceID))
	maps.Copy(all, failures(dynamodb.ServiceID))
	return slices.Sorted(maps.Keys(all))
}

// failureNames lists the failures that a service has, in order.
func failureNames(service string) string {
	var names []string
	for _, f := range slices.Sorted(maps.Keys(failures(service))) {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// validation returns DynamoDB's error for a request that it does not accept.
func validation(format string, args ...any) error {
	return &smithy.GenericAPIError{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}

// invalidValue returns SQS's error for a parameter that it does not accept.
func invalidValue(format string, args ...any) error {
	return &smithy.GenericAPIError{
		Code:    "InvalidParameterValue",
		Message: fmt.Sprintf(format, args...),
		Fault:   smithy.FaultClient,
	}
}

// clientError gives err the layers that the SDK's client puts around it. A [Failure] becomes the
// service's own error; an API error becomes a response with a status; a context's end, a
// cancellation, and both that and a lost connection a response of status 0; what the client or the
// fake itself refuses stays as it is.
func clientError(service, op, requestID string, err error) error {
	status := 0
	var failure Failure
	if errors.As(err, &failure) {
		a := failures(service)[failure]
		status, err = a.status, a.err
	}
	var apiErr smithy.APIError
	var invalid smithy.InvalidParamsError
	switch {
	case errors.As(err, &apiErr):
		if status == 0 {
			status = statusCode(apiErr)
		}
		if failure == Empty503 {
			requestID = "" // the answer is not the service's
		}
		err = responseError(requestID, status, err)
	case errors.Is(err, errors.ErrUnsupported), errors.As(err, &invalid):
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		err = responseError("", 0, &smithy.CanceledError{Err: err})
	default:
		err = responseError("", 0, &smithyhttp.RequestSendError{Err: err})
	}
	return &smithy.OperationError{ServiceID: service, OperationName: op, Err: err}
}

func responseError(requestID string, status int, err error) error {
	statusLine := ""
	if status != 0 {
		statusLine = fmt.Sprintf("%d %s", status, http.StatusText(status))
	}
	header := http.Header{}
	if requestID != "" {
		header.Set("X-Amzn-Requestid", requestID)
	}
	return &awshttp.ResponseError{
		RequestID: requestID,
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{
				Status:     statusLine,
				StatusCode: status,
				Header:     header,
				Body:       http.NoBody,
			}},
			Err: err,
		},
	}
}

// statusCode returns the status code with which the services send an error that a Fault brings.
func statusCode(err smithy.APIError) int {
	switch {
	case strings.HasPrefix(err.ErrorCode(), "ServiceUnavailable"):
		return http.StatusServiceUnavailable
	case err.ErrorCode() == "InternalFailure", err.ErrorFault() == smithy.FaultServer:
		return http.StatusInternalServerError
	default:
		return http.StatusBadRequest
	}
}
