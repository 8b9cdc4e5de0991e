package fakes

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	smithy "github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// ErrThrottled is DynamoDB's ProvisionedThroughputExceededException, for Fault.Err.
func ErrThrottled() error {
	return &ddbtypes.ProvisionedThroughputExceededException{
		Message: aws.String("The level of configured provisioned throughput for the table was exceeded. " +
			"Consider increasing your provisioning level with the UpdateTable API."),
	}
}

// ErrInternal is an InternalServerError, status 500, for Fault.Err.
func ErrInternal() error {
	return &ddbtypes.InternalServerError{Message: aws.String("Internal server error")}
}

// ErrUnavailable is a ServiceUnavailable, status 503, for Fault.Err.
func ErrUnavailable() error {
	return &smithy.GenericAPIError{
		Code:    "ServiceUnavailable",
		Message: "Service is temporarily unavailable.",
		Fault:   smithy.FaultServer,
	}
}

func validation(format string, args ...any) error {
	return &smithy.GenericAPIError{
		Code:    "ValidationException",
		Message: fmt.Sprintf(format, args...),
		Fault:   smithy.FaultClient,
	}
}

func invalidValue(format string, args ...any) error {
	return &smithy.GenericAPIError{
		Code:    "InvalidParameterValue",
		Message: fmt.Sprintf(format, args...),
		Fault:   smithy.FaultClient,
	}
}

// clientError gives err the layers that the SDK's client puts around it. An API error becomes a response with a
// status; a context's end, a cancellation; what the client or the fake itself refuses stays as it is.
func clientError(service, op, requestID string, err error) error {
	var apiErr smithy.APIError
	var invalid smithy.InvalidParamsError
	switch {
	case errors.As(err, &apiErr):
		err = responseError(requestID, apiErr, err)
	case errors.Is(err, errors.ErrUnsupported), errors.As(err, &invalid):
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		err = &smithy.CanceledError{Err: err}
	default:
		err = &smithyhttp.RequestSendError{Err: err}
	}
	return &smithy.OperationError{ServiceID: service, OperationName: op, Err: err}
}

func responseError(requestID string, apiErr smithy.APIError, err error) error {
	status := statusCode(apiErr)
	header := http.Header{}
	header.Set("X-Amzn-Requestid", requestID)
	return &awshttp.ResponseError{
		RequestID: requestID,
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{
				Status:     fmt.Sprintf("%d %s", status, http.StatusText(status)),
				StatusCode: status,
				Header:     header,
				Body:       http.NoBody,
			}},
			Err: err,
		},
	}
}

func statusCode(err smithy.APIError) int {
	switch {
	case err.ErrorCode() == "ServiceUnavailable":
		return http.StatusServiceUnavailable
	case err.ErrorFault() == smithy.FaultServer:
		return http.StatusInternalServerError
	default:
		return http.StatusBadRequest
	}
}
