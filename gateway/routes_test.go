package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"tracelab/gateway"
	"tracelab/taskservice/taskpb"
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
		{"PUT", "/tasks", http.StatusMethodNotAllowed, "GET,HEAD,OPTIONS,POST", "the route is there, its method isn't"},
		{"DELETE", "/tasks", http.StatusMethodNotAllowed, "GET,HEAD,OPTIONS,POST", ""},
		{"PUT", "/tasks/42", http.StatusMethodNotAllowed, "DELETE,GET,HEAD,OPTIONS,PATCH", ""},
		{"BREW", "/tasks", http.StatusMethodNotAllowed, "GET,HEAD,OPTIONS,POST", "a method that nobody knows"},
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

// Over a real connection, as the server drops the body.
func TestHEADAnswersAsGETWithoutTheBody(t *testing.T) {
	for _, target := range []string{"/tasks", "/tasks/42", "/tasks?page_size=0", "/healthz", "/nothing"} {
		server := httptest.NewServer(newGateway(t, gateway.Config{Tasks: &tasks{}}))
		answer := func(method string) (int, string, int) {
			r, err := http.NewRequestWithContext(t.Context(), method, server.URL+target, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Error(err)
			}
			_ = response.Body.Close()
			return response.StatusCode, response.Header.Get("Content-Type"), len(body)
		}
		status, contentType, _ := answer("GET")
		gotStatus, gotType, length := answer("HEAD")
		if gotStatus != status || gotType != contentType || length != 0 {
			t.Errorf("HEAD %s is %d of %q with %d bytes, want %d of %q without a body",
				target, gotStatus, gotType, length, status, contentType)
		}
		server.Close()
	}
}

func TestIDsThatNoTaskCanHaveAreRefused(t *testing.T) {
	for _, id := range []string{"%00", "a%00b", "%0a", "%7f", "%C2%85", "%ff", "%c3%28", strings.Repeat("x", 2049)} {
		for _, method := range []string{"GET", "HEAD", "DELETE", "PATCH"} {
			stub, body := &tasks{}, ""
			if method == "PATCH" {
				body = `{"title":"a"}`
			}
			response := ask(newGateway(t, gateway.Config{Tasks: stub}), request(t, method, "/tasks/"+id, body))
			if response.Code != http.StatusBadRequest || stub.asked != nil {
				t.Errorf("%s /tasks/%.20s has status %d, the task service got %v", method, id, response.Code, stub.asked)
			}
		}
	}
	for escaped, id := range map[string]string{
		"a%20b": "a b", "%C3%A9": "é", "a%2Fb": "a/b", "%F0%9F%98%80": "😀", "a%252Fb": "a%2Fb", "%25": "%", "a!": "a!",
	} {
		stub := &tasks{}
		response := ask(newGateway(t, gateway.Config{Tasks: stub}), request(t, "GET", "/tasks/"+escaped, ""))
		if got := stub.asked.(*taskpb.GetTaskRequest).GetId(); response.Code != http.StatusOK || got != id {
			t.Errorf("GET /tasks/%s has status %d for task %q, want 200 for %q", escaped, response.Code, got, id)
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
	if got := allowed(response.Header()); response.Code != http.StatusNoContent || got != "DELETE,GET,HEAD,OPTIONS,PATCH" {
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
