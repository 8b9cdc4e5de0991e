package otlptest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"tracelab/tracetree"
	"tracelab/tracetree/treetest/internal/faketb"
	"tracelab/tracetree/treetest/otlptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// request is an OTLP request as an SDK of another language sends it.
func request(spans ...string) []byte {
	return []byte(`{"resourceSpans": [{
		"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
		"scopeSpans": [{"scope": {"name": "shop.js"}, "spans": [` + strings.Join(spans, ",") + `]}]
	}]}`)
}

const (
	orderSpan = `{"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "order", "kind": 1,
		"startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": "1544712661000000000"}`
	paySpan = `{"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b175", "parentSpanId": "eee19b7ec3c1b174",
		"name": "pay", "kind": 1, "flags": 257, "futureField": true,
		"startTimeUnixNano": "1544712660100000000", "endTimeUnixNano": "1544712660900000000",
		"attributes": [{"key": "amount", "value": {"intValue": "12"}}], "status": {"code": 2}}`
	otherSpan = `{"traceId": "5b8efff798038103d269b633813fc60d", "spanId": "eee19b7ec3c1b174", "name": "other", "kind": 1,
		"startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": "1544712661000000000"}`
)

// answer is what an endpoint answers.
type answer struct {
	Code              int
	ContentType, Body string
}

func send(ctx context.Context, url string, body []byte, header ...string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header.Get("Content-Type"), string(read)}, err
}

func post(t *testing.T, url string, body []byte, header ...string) answer {
	t.Helper()
	got, err := send(t.Context(), url, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func postJSON(t *testing.T, endpoint *otlptest.Endpoint, body []byte) {
	t.Helper()
	got := post(t, endpoint.URL()+"/v1/traces", body, "Content-Type", "application/json; charset=utf-8")
	if diff := cmp.Diff(answer{http.StatusOK, "application/json", "{}"}, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

func zipped(t *testing.T, body []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestEndpointTakesJSON(t *testing.T) {
	t.Parallel()
	endpoint := otlptest.Receive(t)
	postJSON(t, endpoint, request(orderSpan, paySpan))
	endpoint.Expect(`
		shop: order (root)
		  shop: pay !error {amount=12, @scope=shop.js}
	`)
	if got := endpoint.Spans()[1].ParentRemote; got != tracetree.RemoteNo {
		t.Errorf("parent remote: %v, want what the flags say", got)
	}
}

// TestEndpointTakesWhatExportersSend is about the exporters of the Go SDK, which read the
// environment alone.
func TestEndpointTakesWhatExportersSend(t *testing.T) {
	tests := []struct {
		reason, compression string
		protocol            otlptest.Protocol
		exporter            func(context.Context) (sdktrace.SpanExporter, error)
	}{
		{
			"HTTP",
			"none",
			otlptest.HTTPProtobuf,
			func(ctx context.Context) (sdktrace.SpanExporter, error) { return otlptracehttp.New(ctx) },
		},
		{
			"HTTP with gzip",
			"gzip",
			otlptest.HTTPProtobuf,
			func(ctx context.Context) (sdktrace.SpanExporter, error) { return otlptracehttp.New(ctx) },
		},
		{
			"gRPC",
			"none",
			otlptest.GRPC,
			func(ctx context.Context) (sdktrace.SpanExporter, error) { return otlptracegrpc.New(ctx) },
		},
		{
			"gRPC with gzip",
			"gzip",
			otlptest.GRPC,
			func(ctx context.Context) (sdktrace.SpanExporter, error) { return otlptracegrpc.New(ctx) },
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			endpoint := otlptest.Receive(t)
			for _, variable := range endpoint.Environ(test.protocol) {
				name, value, _ := strings.Cut(variable, "=")
				t.Setenv(name, value)
			}
			t.Setenv("OTEL_EXPORTER_OTLP_COMPRESSION", test.compression)
			exporter, err := test.exporter(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter),
				sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"))))
			tr := tp.Tracer("lib", trace.WithInstrumentationVersion("v1"))
			ctx, outer := tr.Start(t.Context(), "order", trace.WithSpanKind(trace.SpanKindServer))
			_, inner := tr.Start(ctx, "pay", trace.WithAttributes(
				attribute.Int(
					"n",
					7,
				),
				attribute.Float64("f", 0.5),
				attribute.Bool("b", true),
				attribute.StringSlice("list", []string{"a", "<b>"}),
			),
				trace.WithLinks(trace.LinkFromContext(ctx)))
			inner.AddEvent("retry", trace.WithAttributes(attribute.Int("attempt", 2)))
			inner.SetStatus(codes.Error, "refused")
			inner.End()
			outer.End()
			if err := tp.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			endpoint.Expect(`
				shop: order (root) {@kind=server, @scope=lib}
				  shop: pay !error {= n=7, f=0.5, b=true, list="[\"a\",\"<b>\"]", @event=retry}          <- linked span
			`)
		})
	}
}

func TestExpectWaitsForSpansThatArriveLater(t *testing.T) {
	t.Parallel()
	endpoint := otlptest.Receive(t)
	postJSON(t, endpoint, request(paySpan)) // the child before its parent
	if got, want := tracetree.Format(endpoint.Forest()), "shop: pay (orphan) !error\n"; got != want {
		t.Errorf("before the parent came: got %s", got)
	}
	sent := make(chan error, 1)
	go func() {
		_, err := send(t.Context(), endpoint.URL()+"/v1/traces", zipped(t, request(orderSpan)),
			"Content-Type", "application/json", "Content-Encoding", "gzip")
		sent <- err
	}()
	endpoint.Within(time.Minute).Expect(`
		shop: order (root)
		  shop: pay !error
	`)
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

func TestSpansOfTheTestAndOfAnotherProcessAreOneTree(t *testing.T) {
	t.Parallel()
	endpoint := otlptest.Receive(t)
	ctx, call := endpoint.TracerProvider("test").Tracer("").Start(t.Context(), "call")
	_, open := endpoint.TracerProvider("test").Tracer("").Start(ctx, "render")
	parent := call.SpanContext()
	received := strings.NewReplacer(
		"5b8efff798038103d269b633813fc60c", parent.TraceID().String(),
		"eee19b7ec3c1b174", parent.SpanID().String(),
	).Replace(paySpan)
	call.End()
	postJSON(t, endpoint, request(received))
	if got, want := len(endpoint.Spans()), 3; got != want || !endpoint.Spans()[1].Unended {
		t.Errorf("got %d spans, want %d, the second of which is open", got, want)
	}
	open.End()
	endpoint.Expect(`
		test: call (root)
		  test: render
		  shop: pay !error
	`)
}

func TestTwoTracesInOneBatchStayTwo(t *testing.T) {
	t.Parallel()
	endpoint := otlptest.Receive(t)
	postJSON(t, endpoint, request(paySpan, otherSpan, orderSpan)) // otherSpan has the span id of orderSpan
	endpoint.Expect(`
		shop: other (root)

		shop: order (root)
		  shop: pay !error
	`)
}

func TestEndpointsDoNotMix(t *testing.T) {
	t.Parallel()
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			endpoint := otlptest.Receive(t)
			postJSON(t, endpoint, request(strings.Replace(orderSpan, "order", fmt.Sprintf("order %d", i), 1)))
			endpoint.Expect(fmt.Sprintf("shop: order %d (root)", i))
		})
	}
}

func TestEndpointStopsAtCleanup(t *testing.T) {
	t.Parallel()
	tb := faketb.New(t)
	endpoint := otlptest.Receive(tb)
	tb.End()
	if len(tb.Failures) != 0 {
		t.Errorf("failed: %q", tb.Failures)
	}
	for _, address := range []string{strings.TrimPrefix(endpoint.URL(), "http://"), endpoint.GRPCAddr()} {
		if conn, err := net.Dial("tcp", address); err == nil {
			t.Errorf("%s still takes connections after the cleanup", address)
			_ = conn.Close()
		}
	}
}

func TestEnvironKeepsTheHostsThatNeedNoProxy(t *testing.T) {
	t.Setenv("NO_PROXY", "example.org")
	t.Setenv("no_proxy", "")
	endpoint := otlptest.Receive(t)
	got := make(map[string]string)
	for _, variable := range endpoint.Environ(otlptest.HTTPJSON) {
		name, value, _ := strings.Cut(variable, "=")
		got[name] = value
	}
	want := map[string]string{
		"OTEL_SDK_DISABLED":                  "false",
		"OTEL_TRACES_EXPORTER":               "otlp",
		"OTEL_METRICS_EXPORTER":              "none",
		"OTEL_LOGS_EXPORTER":                 "none",
		"OTEL_TRACES_SAMPLER":                "parentbased_always_on",
		"OTEL_BSP_SCHEDULE_DELAY":            "100",
		"OTEL_EXPORTER_OTLP_ENDPOINT":        endpoint.URL(),
		"OTEL_EXPORTER_OTLP_PROTOCOL":        "http/json",
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": endpoint.URL() + "/v1/traces",
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json",
		"NO_PROXY":                           "example.org,127.0.0.1",
		"no_proxy":                           "127.0.0.1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
