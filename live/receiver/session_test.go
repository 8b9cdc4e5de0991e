package receiver_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/live/receiver"
	"tracelab/tracetree"
)

// named returns a running receiver whose requests' sessions go to the channel.
func named(t *testing.T) (*running, chan string) {
	names := make(chan string, 1)
	return run(t, receiver.Config{Add: func(ctx context.Context, _ []tracetree.Span) (int, string) {
		names <- receiver.Session(ctx)
		return 0, "about " + receiver.Session(ctx)
	}}), names
}

func TestRequestsNameTheirSession(t *testing.T) {
	long := strings.Repeat("x", 65)
	tests := []struct {
		reason, path, header string
		code                 int
		want                 string // the session, or a part of the error
	}{
		{"no session", "/v1/traces", "", 200, ""},
		{"the header of OTEL_EXPORTER_OTLP_HEADERS", "/v1/traces", "checkout", 200, "checkout"},
		{"the endpoint of an exporter, which appends the rest", "/sessions/checkout/v1/traces", "", 200, "checkout"},
		{"an endpoint that ends with a slash", "/sessions/checkout//v1/traces", "", 200, "checkout"},
		{"Zipkin", "/sessions/a.b_c-D9/api/v2/spans", "", 202, "a.b_c-D9"},
		{"both, of one session", "/sessions/checkout/v1/traces", "checkout", 200, "checkout"},
		{"both, of two", "/sessions/a/v1/traces", "b", 400, `the path names session "a", the header x-tracelab-session names "b"`},
		{"a session is no part of other paths", "/sessions/checkout/v1/logs", "", 404, "logs are not received"},
		{"the endpoint of traces, without its path", "/sessions/checkout", "", 404, "want OTLP traces at /v1/traces"},
		{"an empty name", "/sessions//v1/traces", "", 400, `the name of the session is "": want`},
		{"a name that can't be in a path", "/v1/traces", "a b", 400, `the name of the session is "a b": want 1 to 64 letters`},
		{"a long name", "/sessions/" + long + "/v1/traces", "", 400, "want 1 to 64 letters"},
		{"an escaped name", "/sessions/a%2Fb/v1/traces", "", 404, "want OTLP traces"},
	}
	r, names := named(t)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			body := order
			if strings.HasSuffix(tt.path, "spans") {
				body = orderZipkin
			}
			header := []string{"Content-Type", jsonType}
			if tt.header != "" {
				header = append(header, receiver.SessionHeader, tt.header)
			}
			got := post(t, r.httpURL+tt.path, []byte(body), header...)
			if got.code != tt.code {
				t.Fatalf("%d %s, want %d", got.code, got.body, tt.code)
			}
			if tt.code >= http.StatusBadRequest {
				// The errors are quoted as JSON.
				if !strings.Contains(strings.ReplaceAll(got.body, `\"`, `"`), tt.want) {
					t.Errorf("%s, want %s", got.body, tt.want)
				}
				return
			}
			if name := <-names; name != tt.want {
				t.Errorf("session %q, want %q", name, tt.want)
			}
			if warning := "about " + tt.want; tt.code == 200 && !strings.Contains(got.body, warning) {
				t.Errorf("%s, want the warning %q", got.body, warning)
			}
		})
	}
}

func TestCallsOverGRPCNameTheirSession(t *testing.T) {
	r, names := named(t)
	exporter, err := otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint(r.target), otlptracegrpc.WithInsecure(),
		otlptracegrpc.WithHeaders(map[string]string{receiver.SessionHeader: "checkout"}))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	_, span := provider.Tracer("test").Start(t.Context(), "order")
	span.End()
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if name := <-names; name != "checkout" {
		t.Errorf("session %q, want checkout", name)
	}
}
