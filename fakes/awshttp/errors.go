package awshttp

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	smithy "github.com/aws/smithy-go"
)

// notImplemented is the code of the answer to what the real service can do and the fake can't.
const notImplemented = "NotImplemented"

// unsupported returns an error about what the fake can't do.
func unsupported(format string, args ...any) error {
	return fmt.Errorf("%s is %w", fmt.Sprintf(format, args...), errors.ErrUnsupported)
}

// validation returns DynamoDB's error for a request that it does not accept.
func validation(format string, args ...any) error {
	return &smithy.GenericAPIError{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}

// fail answers with an error, in the form that the service has for it.
func (a *api) fail(w http.ResponseWriter, requestID string, err error) {
	var response *awshttp.ResponseError
	var apiErr smithy.APIError
	var invalid smithy.InvalidParamsError
	switch {
	case errors.As(err, &apiErr) && errors.As(err, &response):
		a.answerError(w, response.ServiceRequestID(), response.HTTPStatusCode(), apiErr)
	case errors.As(err, &apiErr):
		a.answerError(w, requestID, http.StatusBadRequest, apiErr)
	case errors.As(err, &invalid):
		a.answerError(w, requestID, http.StatusBadRequest, a.missing(invalid))
	case errors.Is(err, errors.ErrUnsupported):
		var operation *smithy.OperationError
		if errors.As(err, &operation) { // the client adds its own
			err = operation.Err
		}
		a.answerError(w, requestID, http.StatusNotImplemented, &smithy.GenericAPIError{
			Code: notImplemented, Message: err.Error(), Fault: smithy.FaultServer,
		})
	default: // a lost connection, or the caller is gone
		reset(w)
	}
}

// answerError writes an error. The SDKs take its name from __type, and SQS's, in the older form,
// from x-amzn-query-error.
func (a *api) answerError(w http.ResponseWriter, requestID string, status int, err smithy.APIError) {
	if status == http.StatusServiceUnavailable && requestID == "" { // a load balancer's answer
		w.WriteHeader(status)
		return
	}
	name := a.shape(err)
	body := map[string]any{"__type": name, "message": err.ErrorMessage()}
	var condition *types.ConditionalCheckFailedException
	if errors.As(err, &condition) && condition.Item != nil {
		body["Item"] = encode(reflect.ValueOf(condition.Item))
	}
	_, short, _ := strings.Cut(name, "#")
	w.Header().Set("x-amzn-errortype", short)
	if a.queryErrors {
		sender := "Sender"
		if status >= http.StatusInternalServerError {
			sender = "Receiver"
		}
		w.Header().Set("x-amzn-query-error", err.ErrorCode()+";"+sender)
	}
	a.answer(w, requestID, status, body)
}

// shape returns the full name of an error: that of its type in the service's model, or of the
// errors that all services share.
func (a *api) shape(err smithy.APIError) string {
	if _, generic := err.(*smithy.GenericAPIError); !generic {
		return a.namespace + "#" + reflect.TypeOf(err).Elem().Name()
	}
	code := err.ErrorCode()
	if !a.queryErrors {
		return commonNamespace + "#" + code
	}
	// The codes whose names differ between SQS's protocols.
	name := map[string]string{
		"InvalidParameterValue": "InvalidParameterValueException",
		"MissingParameter":      "MissingRequiredParameterException",
		"ServiceUnavailable":    "ServiceUnavailableException",
	}[code]
	return commonNamespace + "#" + cmp.Or(name, code)
}

// missing returns the service's error for an input without a required member. The SDK's clients
// don't send such an input.
func (a *api) missing(invalid smithy.InvalidParamsError) smithy.APIError {
	name := "?"
	var first interface{ Field() string }
	if errs := invalid.Errs(); len(errs) > 0 && errors.As(errs[0], &first) {
		name = first.Field()
	}
	name = name[strings.LastIndexByte(name, '.')+1:]
	if a.queryErrors {
		return &smithy.GenericAPIError{
			Code: "MissingParameter", Message: "The request must contain the parameter " + name + ".",
			Fault: smithy.FaultClient,
		}
	}
	return &smithy.GenericAPIError{
		Code: "ValidationException",
		Message: fmt.Sprintf("1 validation error detected: Value null at '%s' failed to satisfy constraint: "+
			"Member must not be null", strings.ToLower(name[:1])+name[1:]),
	}
}

// reset closes the connection without an answer. A client sees a reset, as it does when a server
// crashes.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 has no connection to hijack: the stream is reset
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // so that Close sends a reset; without it, the client sees an EOF
	}
	_ = conn.Close()
}

// jsonBody marshals an answer, which holds texts, numbers and what encode returns.
func jsonBody(body any) []byte {
	text, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("encode an answer: %v", err))
	}
	return text
}
