package cli_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"tracelab/telemetry"
)

// A client's header is in no line of stderr, whichever part of the process writes it: OpenTelemetry
// passes what it can't read to a global error handler, which writes to the process's own stderr.
func TestServiceKeepsHeadersOffStderr(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be interrupted from outside on Windows")
	}
	const secret = "hunter2"
	for _, tt := range []struct {
		reason, name, value string
		dropped             bool // the span names the field that could not be read
	}{
		{"baggage that the parser refuses", "Baggage", "password=" + secret + "-ü", true},
		{"a member that it refuses next to one that it reads", "Baggage", "tenant_id=acme,password=" + secret + "-ü", true},
		{"a key that it refuses", "Baggage", secret + " ü=1", true},
		{"an escape that it refuses", "Baggage", "password=" + secret + "%zz", true},
		{"more than it reads", "Baggage", "password=" + secret + strings.Repeat("x", 9000), true},
		{"baggage that it reads", "Baggage", "password=" + secret, false},
		{"a traceparent of another form", "Traceparent", "00-" + secret, false},
		{"a tracestate that it refuses", "Tracestate", "password=" + secret + "-ü", false},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			gateway, url := startLoneGateway(t, []string{"OTEL_TRACES_EXPORTER=console"})
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/tasks", nil)
			if err != nil {
				t.Fatal(err)
			}
			if tt.name == "Tracestate" { // it is read only next to a traceparent
				request.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
			}
			request.Header[tt.name] = []string{tt.value}
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			answer, err := transport.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if err := gateway.interrupt(t); err != nil {
				t.Errorf("the gateway ended with %v", err)
			}
			text := gateway.stderr.String()
			if answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, `"Name":"GET /tasks"`) {
				t.Fatalf("status %d, want 503 and the span of the request:\n%s", answer.StatusCode, text)
			}
			if strings.Contains(text, secret) {
				t.Errorf("stderr has the header:\n%s", text)
			}
			key := fmt.Sprintf("%q", telemetry.DroppedFieldsKey)
			if strings.Contains(text, key) != tt.dropped {
				t.Errorf("stderr with %s: %v, want %v:\n%s", key, !tt.dropped, tt.dropped, text)
			}
		})
	}
}
