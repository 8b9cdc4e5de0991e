package gateway_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"tracelab/gateway"
	"tracelab/telemetry"
)

func TestUnknownRoutesAndMethodsAreProblems(t *testing.T) {
	tests := []struct {
		method, target string
		status         int
		allow          string // methods, sorted
		reason         string
	}{
		{"GET", "/", http.StatusNotFound, "", ""},
		{"GET", "/nothing/here", http.StatusNotFound, "", ""},
		{"GET", "/tasks/", http.StatusNotFound, "", "a task's id is not empty"},
		{"POST", "/task", http.StatusNotFound, "", ""},
		{"PUT", "/tasks", http.StatusMethodNotAllowed, "GET,OPTIONS,POST", "the route is there, its method isn't"},
		{"DELETE", "/tasks", http.StatusMethodNotAllowed, "GET,OPTIONS,POST", ""},
		{"PUT", "/tasks/42", http.StatusMethodNotAllowed, "DELETE,GET,OPTIONS,PATCH", ""},
		{"HEAD", "/tasks/42", http.StatusMethodNotAllowed, "DELETE,GET,OPTIONS,PATCH", "nothing answers without a body"},
		{"BREW", "/tasks", http.StatusMethodNotAllowed, "GET,OPTIONS,POST", "a method that nobody knows"},
	}
	handler := newGateway(t, gateway.Config{Tasks: &tasks{}})
	for _, test := range tests {
		response := ask(handler, request(t, test.method, test.target, ""))
		wantProblem(t, response, test.status)
		if got := allowed(response.Header()); got != test.allow {
			t.Errorf("%s %s allows %q, want %q: %s", test.method, test.target, got, test.allow, test.reason)
		}
	}
}

func allowed(header http.Header) string {
	methods := strings.Split(header.Get("Allow"), ", ")
	slices.Sort(methods)
	return strings.Join(methods, ",")
}

func TestOptionsSaysWhatARouteAllows(t *testing.T) {
	response := ask(newGateway(t, gateway.Config{Tasks: &tasks{}}), request(t, "OPTIONS", "/tasks/42", ""))
	if got := allowed(response.Header()); response.Code != http.StatusNoContent || got != "DELETE,GET,OPTIONS,PATCH" {
		t.Errorf("status %d allows %q", response.Code, got)
	}
}

func TestHealthCheckNeedsNoTaskServiceAndNoSpan(t *testing.T) {
	stub := &tasks{}
	service, recorder := traced(t, telemetry.Config{})
	response := ask(newGateway(t, gateway.Config{Telemetry: service, Tasks: stub}), request(t, "GET", "/healthz", ""))
	if n := len(recorder.Started()); n != 0 {
		t.Errorf("%d spans", n)
	}
	if response.Code != http.StatusOK || response.Body.String() != "ok\n" || stub.asked != nil {
		t.Errorf("status %d with %q, and the task service was asked %v", response.Code, response.Body, stub.asked)
	}
}

// traced returns the telemetry of a gateway all of whose spans are recorded.
func traced(t testing.TB, config telemetry.Config) (telemetry.Service, *tracetest.SpanRecorder) {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	config.Processors = []sdktrace.SpanProcessor{recorder}
	return telemetry.NewPipeline(config).Service("gateway"), recorder
}

// only returns the one span that has ended.
func only(t testing.TB, recorder *tracetest.SpanRecorder) sdktrace.ReadOnlySpan {
	t.Helper()
	spans := recorder.Ended()
	if len(spans) != 1 {
		t.Fatalf("%d spans ended, want 1", len(spans))
	}
	return spans[0]
}

func attributesOf(span sdktrace.ReadOnlySpan) map[string]string {
	attrs := map[string]string{}
	for _, attr := range span.Attributes() {
		attrs[string(attr.Key)] = attr.Value.String()
	}
	return attrs
}

func TestSpanNamesHaveTheRouteAndNeverThePath(t *testing.T) {
	tests := []struct{ method, target, name, route, reason string }{
		{"GET", "/tasks/42", "GET /tasks/:id", "/tasks/:id", ""},
		{"GET", "/tasks?page_size=1", "GET /tasks", "/tasks", ""},
		{"GET", "/nothing/here", "GET", "", "an unknown path is no route: there are any number"},
	}
	for _, test := range tests {
		service, recorder := traced(t, telemetry.Config{})
		ask(newGateway(t, gateway.Config{Telemetry: service, Tasks: &tasks{}}), request(t, test.method, test.target, ""))
		span := only(t, recorder)
		if route := attributesOf(span)["http.route"]; span.Name() != test.name || route != test.route {
			t.Errorf("%s %s is the span %q with route %q, want %q with %q: %s",
				test.method, test.target, span.Name(), route, test.name, test.route, test.reason)
		}
	}
}
