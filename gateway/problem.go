package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tracelab/taskservice/taskpb"
)

// A problem is an error response, in the form of RFC 9457.
type problem struct {
	Type    string       `json:"type"`
	Title   string       `json:"title"`
	Status  int          `json:"status"`
	Detail  string       `json:"detail,omitempty"`
	TraceID string       `json:"trace_id,omitempty"`
	Errors  []fieldError `json:"errors,omitempty"`
}

// A fieldError describes an invalid field of a request.
type fieldError struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

func (p *problem) Error() string { return p.Detail }

// refuse returns the problem of a request that can't be served as it is.
func refuse(code int, detail string, fields ...fieldError) *problem {
	return &problem{Status: code, Detail: detail, Errors: fields}
}

// statusClientClosed is nginx's status for a client that closed the connection, as HTTP has none.
const statusClientClosed = 499

// retryAfter is when a client may try again after a 503, in seconds: failures of the database and
// the queue that are worth another try are mostly over by then.
const retryAfter = "1"

// httpStatus is what each gRPC code is to an HTTP client.
var httpStatus = [...]int{
	codes.OK:                 http.StatusOK,
	codes.Canceled:           http.StatusGatewayTimeout, // of a client that is still there: see interrupted
	codes.Unknown:            http.StatusInternalServerError,
	codes.InvalidArgument:    http.StatusBadRequest,
	codes.DeadlineExceeded:   http.StatusGatewayTimeout,
	codes.NotFound:           http.StatusNotFound,
	codes.AlreadyExists:      http.StatusConflict,
	codes.PermissionDenied:   http.StatusForbidden,
	codes.ResourceExhausted:  http.StatusTooManyRequests,
	codes.FailedPrecondition: http.StatusConflict,
	codes.Aborted:            http.StatusConflict,
	codes.OutOfRange:         http.StatusBadRequest,
	codes.Unimplemented:      http.StatusNotImplemented,
	codes.Internal:           http.StatusInternalServerError,
	codes.Unavailable:        http.StatusServiceUnavailable,
	codes.DataLoss:           http.StatusInternalServerError,
	codes.Unauthenticated:    http.StatusUnauthorized,
}

// problemOf returns the problem that reports an error to the client: in full for errors that the
// client can fix, without details for failures of the system.
func problemOf(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	var h *echo.HTTPError
	if errors.As(err, &h) {
		return refuse(h.Code, "")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return refuse(http.StatusGatewayTimeout, "")
	}
	s, ok := status.FromError(err)
	if !ok || int(s.Code()) >= len(httpStatus) {
		return refuse(http.StatusInternalServerError, "")
	}
	code := httpStatus[s.Code()]
	switch reason := infoOf(err).GetReason(); {
	case reason == taskpb.ReasonKeyReused:
		return refuse(http.StatusUnprocessableEntity, s.Message())
	case reason == taskpb.ReasonUnreadable:
		return refuse(code, s.Message())
	case code >= http.StatusInternalServerError:
		return refuse(code, "")
	}
	return refuse(code, s.Message(), fieldErrors(s)...)
}

// infoOf returns the task service's ErrorInfo in an error, an empty one if it has none.
func infoOf(err error) *errdetails.ErrorInfo {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == taskpb.ErrorDomain {
			return info
		}
	}
	return &errdetails.ErrorInfo{}
}

func fieldErrors(s *status.Status) []fieldError {
	var fields []fieldError
	for _, detail := range s.Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			for _, v := range bad.GetFieldViolations() {
				fields = append(fields, fieldError{v.GetField(), v.GetDescription()})
			}
		}
	}
	return fields
}

// writeError answers with the problem that err describes. It can't replace a response of which the
// header has been sent.
func (g *gateway) writeError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p := *problemOf(err)
	p.Type = "about:blank"
	p.Title = http.StatusText(p.Status)
	if p.Status == statusClientClosed {
		p.Title = "Client Closed Request"
	}
	if sc := trace.SpanContextFromContext(c.Request().Context()); sc.HasTraceID() {
		p.TraceID = sc.TraceID().String()
	}
	body, err := json.Marshal(p)
	if err != nil {
		body = []byte(`{"type":"about:blank","status":500}`)
	}
	if p.Status == http.StatusServiceUnavailable {
		c.Response().Header().Set("Retry-After", retryAfter)
	}
	if err := c.Blob(p.Status, "application/problem+json", append(body, '\n')); err != nil {
		g.config.Telemetry.Logger.DebugContext(c.Request().Context(), "could not write the error", "error", err)
	}
}
