package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tracelab/gateway"
	"tracelab/telemetry"
)

// failing is a task service that answers with an error.
func failing(err error) *tasks {
	return &tasks{do: func(context.Context) error { return err }}
}

func TestGRPCCodesBecomeHTTPStatuses(t *testing.T) {
	tests := map[codes.Code]int{
		codes.Canceled:           http.StatusGatewayTimeout, // the client is still there
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
		17:                       http.StatusInternalServerError, // the first number without a meaning
		4000000000:               http.StatusInternalServerError,
	}
	for code, want := range tests {
		t.Run(code.String(), func(t *testing.T) {
			stub := failing(status.Error(code, "table tasks is gone"))
			p := wantProblem(t, ask(newGateway(t, gateway.Config{Tasks: stub}), request(t, "GET", "/tasks/42", "")), want)
			detail := "table tasks is gone"
			if want >= http.StatusInternalServerError {
				detail = "" // the client gets no details of our own failures
			}
			if p.Detail != detail {
				t.Errorf("detail is %q, want %q", p.Detail, detail)
			}
		})
	}
}

func TestErrorsThatAreNoStatusAreInternal(t *testing.T) {
	stub := failing(errors.New("table tasks is gone"))
	p := wantProblem(
		t,
		ask(newGateway(t, gateway.Config{Tasks: stub}), request(t, "GET", "/tasks/42", "")),
		http.StatusInternalServerError,
	)
	if p.Detail != "" || p.Title != "Internal Server Error" {
		t.Errorf("problem is %+v", p)
	}
}

func TestFieldsThatTheTaskServiceRefusesAreNamed(t *testing.T) {
	s, err := status.New(codes.InvalidArgument, "page_token is wrong").WithDetails(
		&errdetails.ErrorInfo{Reason: "not for clients"},
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{Field: "page_token", Description: "is wrong"}, {Field: "page_size", Description: "is, too"},
		}})
	if err != nil {
		t.Fatal(err)
	}
	p := wantProblem(
		t,
		ask(newGateway(t, gateway.Config{Tasks: failing(s.Err())}), request(t, "GET", "/tasks", "")),
		http.StatusBadRequest,
	)
	if len(p.Errors) != 2 || p.Errors[0].Field != "page_token" || p.Errors[0].Detail != "is wrong" ||
		p.Errors[1].Field != "page_size" {
		t.Errorf("errors are %+v", p.Errors)
	}
}

func TestProblemsNameTheirTrace(t *testing.T) {
	stub := failing(status.Error(codes.NotFound, "task not found"))
	service, recorder := traced(t, telemetry.Config{})
	p := wantProblem(
		t,
		ask(newGateway(t, gateway.Config{Telemetry: service, Tasks: stub}), request(t, "GET", "/tasks/42", "")),
		http.StatusNotFound,
	)
	if want := only(t, recorder).SpanContext().TraceID().String(); p.TraceID != want {
		t.Errorf("trace_id is %q, want %q", p.TraceID, want)
	}

	untraced := ask(newGateway(t, gateway.Config{Tasks: stub}), request(t, "GET", "/tasks/42", ""))
	if p := wantProblem(t, untraced, http.StatusNotFound); p.TraceID != "" {
		t.Errorf("an untraced problem has trace_id %q", p.TraceID)
	}
}

func TestTraceresponseIsOnlyForTracedRequests(t *testing.T) {
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	tests := []struct {
		name   string
		config func() telemetry.Service
		want   bool
		reason string
	}{
		{"traced", func() telemetry.Service { s, _ := traced(t, telemetry.Config{}); return s }, true, ""},
		{"untraced", func() telemetry.Service { return telemetry.Service{} }, false, "there is no trace to name"},
		{"untraced with a propagator", func() telemetry.Service {
			return telemetry.Service{Propagator: propagation.TraceContext{}}
		}, false, "the caller's trace is not gone on with"},
	}
	for _, test := range tests {
		handler := newGateway(t, gateway.Config{Telemetry: test.config(), Tasks: &tasks{}})
		got := ask(handler, create(t, "traceparent: "+parent)).Header().Get("traceresponse")
		if (got != "") != test.want {
			t.Errorf("%s: traceresponse is %q: %s", test.name, got, test.reason)
		}
	}
}
