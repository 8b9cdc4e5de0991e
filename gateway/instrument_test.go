package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	grpccodes "google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tracelab/gateway"
	"tracelab/telemetry"
)

// logTo returns a logger as services have it.
func logTo(b *bytes.Buffer) *slog.Logger {
	return slog.New(telemetry.NewLogHandler(slog.NewJSONHandler(b, nil)))
}

// panicking is a task service whose first call panics.
func panicking(value any) *tasks {
	var once sync.Once
	return &tasks{do: func(context.Context) error {
		once.Do(func() { panic(value) })
		return nil
	}}
}

func TestPanicIsA500AndOtherRequestsGoOn(t *testing.T) {
	for _, untraced := range []bool{false, true} {
		var log bytes.Buffer
		service, recorder := traced(t, telemetry.Config{Logger: logTo(&log)})
		if untraced {
			service.TracerProvider = nil
		}
		handler := newGateway(t, gateway.Config{Telemetry: service, Tasks: panicking("no table, password=hunter22")})

		p := wantProblem(t, ask(handler, request(t, "GET", "/tasks/42", "")), http.StatusInternalServerError)
		if p.Detail != "" {
			t.Errorf("detail is %q: a panic's value is nobody's business", p.Detail)
		}
		if response := ask(handler, request(t, "GET", "/tasks/42", "")); response.Code != http.StatusOK {
			t.Errorf("the next request has status %d", response.Code)
		}

		for _, part := range []string{
			`"msg":"panic"`, `"level":"ERROR"`, "no table, password=[redacted]", "instrument_test.go",
		} {
			if !strings.Contains(log.String(), part) {
				t.Errorf("the log (untraced: %v) doesn't have %s:\n%.2000s", untraced, part, &log)
			}
		}
		if strings.Contains(log.String(), "hunter22") {
			t.Errorf("the log (untraced: %v) has a secret", untraced)
		}
		if untraced {
			if n := len(recorder.Started()); n != 0 {
				t.Errorf("an untraced gateway makes %d spans", n)
			}
			continue
		}
		spans := recorder.Ended()
		if len(spans) != 2 {
			t.Fatalf("%d spans ended, want 2", len(spans))
		}
		if attrs := attributesOf(spans[0]); spans[0].Status().Code != codes.Error || attrs["error.type"] != "panic" ||
			attrs["http.response.status_code"] != "500" {
			t.Errorf("the span has status %v and attributes %v", spans[0].Status(), attrs)
		}
		if spans[1].Status().Code != codes.Unset {
			t.Errorf("the next span has status %v", spans[1].Status())
		}
		if id := spans[0].SpanContext().SpanID().String(); !strings.Contains(log.String(), id) {
			t.Error("the log doesn't name the span")
		}
	}
}

// A handler panics with http.ErrAbortHandler to have its connection dropped.
func TestAbortedRequestGoesOnToTheServer(t *testing.T) {
	service, recorder := traced(t, telemetry.Config{})
	handler := newGateway(t, gateway.Config{Telemetry: service, Tasks: panicking(http.ErrAbortHandler)})
	func() {
		defer func() {
			if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
				t.Errorf("recovered %v", err)
			}
		}()
		ask(handler, request(t, "GET", "/tasks/42", ""))
	}()
	if n := len(recorder.Ended()); n != 1 {
		t.Errorf("%d spans ended, want 1", n)
	}
	if response := ask(handler, request(t, "GET", "/tasks/42", "")); response.Code != http.StatusOK {
		t.Errorf("the next request has status %d", response.Code)
	}
}

func TestOnlyFailuresOfOursHaveAnErrorType(t *testing.T) {
	tests := []struct {
		err       error
		status    codes.Code
		errorType string
		level     string
		reason    string
	}{
		{nil, codes.Unset, "", "INFO", ""},
		{status.Error(grpccodes.NotFound, ""), codes.Unset, "", "INFO", "4xx is the caller's fault"},
		{status.Error(grpccodes.Canceled, ""), codes.Error, "504", "ERROR", "the client is still there"},
		{status.Error(grpccodes.Unavailable, ""), codes.Error, "503", "ERROR", ""},
		{status.Error(grpccodes.DeadlineExceeded, ""), codes.Error, "504", "ERROR", ""},
		{errors.New("broken"), codes.Error, "500", "ERROR", ""},
	}
	for _, test := range tests {
		var log bytes.Buffer
		service, recorder := traced(t, telemetry.Config{Logger: logTo(&log)})
		ask(newGateway(t, gateway.Config{Telemetry: service, Tasks: failing(test.err)}), request(t, "GET", "/tasks/42", ""))
		span := only(t, recorder)
		if got := attributesOf(span)["error.type"]; span.Status().Code != test.status || got != test.errorType {
			t.Errorf(
				"after %v: status %v, error.type %q, want %v, %q: %s",
				test.err,
				span.Status(),
				got,
				test.status,
				test.errorType,
				test.reason,
			)
		}
		if want := `"level":"` + test.level + `","msg":"request served"`; !strings.Contains(log.String(), want) {
			t.Errorf("after %v the log doesn't have %s:\n%s", test.err, want, &log)
		}
	}
}

// asked is a sampler that keeps what it was asked.
type asked struct{ parameters []sdktrace.SamplingParameters }

func (s *asked) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	s.parameters = append(s.parameters, p)
	return sdktrace.AlwaysSample().ShouldSample(p)
}

func (*asked) Description() string { return "asked" }

func TestSamplerIsAskedWithTheRoute(t *testing.T) {
	sampler := &asked{}
	service, _ := traced(t, telemetry.Config{Sampler: sampler})
	ask(newGateway(t, gateway.Config{Telemetry: service, Tasks: &tasks{}}), request(t, "GET", "/tasks/42", ""))
	if len(sampler.parameters) != 1 {
		t.Fatalf("asked %d times, want once", len(sampler.parameters))
	}
	p := sampler.parameters[0]
	route := slices.IndexFunc(p.Attributes, func(attr attribute.KeyValue) bool { return attr.Key == "http.route" })
	if p.Name != "GET /tasks/:id" || p.Kind != trace.SpanKindServer || route < 0 ||
		p.Attributes[route].Value.AsString() != "/tasks/:id" {
		t.Errorf("asked about %v %q with %v", p.Kind, p.Name, p.Attributes)
	}
}

func TestUnsampledRequestIsServedAndNamedAlike(t *testing.T) {
	service, recorder := traced(t, telemetry.Config{Sampler: sdktrace.NeverSample()})
	response := ask(newGateway(t, gateway.Config{Telemetry: service, Tasks: &tasks{}}), create(t))
	if response.Code != http.StatusCreated || len(recorder.Started()) != 0 {
		t.Errorf("status %d, %d spans", response.Code, len(recorder.Started()))
	}
	if got := response.Header().Get("traceresponse"); !strings.HasSuffix(got, "-02") {
		t.Errorf("traceresponse is %q, want the flags of a trace that is not sampled, with a random ID", got)
	}
}

// Secrets that a caller puts into a path or a header must not get into the trace.
func TestSecretsOfARequestAreNotOnItsSpan(t *testing.T) {
	tests := []struct{ where, target, header string }{
		{"query", "/tasks?page_token=dA&access_token=hunter22abc", ""},
		{"header", "/tasks", "Authorization: Bearer hunter22abc"},
		{"cookie", "/tasks", "Cookie: session=hunter22abc"},
		{"key", "/tasks", "Idempotency-Key: hunter22abc"},
	}
	for _, test := range tests {
		t.Run(test.where, func(t *testing.T) {
			service, recorder := traced(t, telemetry.Config{})
			var headers []string
			if test.header != "" {
				headers = append(headers, test.header)
			}
			ask(
				newGateway(t, gateway.Config{Telemetry: service, Tasks: &tasks{}}),
				request(t, "GET", test.target, "", headers...),
			)
			span := only(t, recorder)
			for key, value := range attributesOf(span) {
				if strings.Contains(value, "hunter22abc") {
					t.Errorf("the secret of the %s is in %s: %q", test.where, key, value)
				}
			}
		})
	}
}
