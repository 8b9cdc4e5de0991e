package receiver_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"tracelab/internal/sample"
	"tracelab/live/receiver"
	"tracelab/tracetree"
	"tracelab/tracetree/play"
)

// The exporters of the Go SDK deliver the trace of a CreateTask, whole.
func TestGoExporters(t *testing.T) {
	forest := tracetree.Build(sample.CreateTask(t))
	id := forest.Spans()[0].TraceID
	recorder := tracetest.NewSpanRecorder()
	err := play.Replay(t.Context(), forest, func(origin *tracetree.Origin) trace.TracerProvider {
		var attributes []attribute.KeyValue
		for _, a := range origin.Resource {
			attributes = append(attributes, attribute.String(a.Key, a.Value.Text()))
		}
		return sdktrace.NewTracerProvider(sdktrace.WithResource(resource.NewSchemaless(attributes...)),
			sdktrace.WithIDGenerator(play.RecordedIDs{}), sdktrace.WithSpanProcessor(recorder))
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, client := range map[string]func(*running) otlptrace.Client{
		"HTTP": func(r *running) otlptrace.Client {
			return otlptracehttp.NewClient(otlptracehttp.WithEndpointURL(r.httpURL + "/v1/traces"))
		},
		"HTTP, gzip": func(r *running) otlptrace.Client {
			return otlptracehttp.NewClient(otlptracehttp.WithEndpointURL(r.httpURL+"/v1/traces"),
				otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
		},
		"gRPC": func(r *running) otlptrace.Client {
			return otlptracegrpc.NewClient(otlptracegrpc.WithEndpoint(r.target), otlptracegrpc.WithInsecure())
		},
		"gRPC, gzip": func(r *running) otlptrace.Client {
			return otlptracegrpc.NewClient(otlptracegrpc.WithEndpoint(r.target), otlptracegrpc.WithInsecure(),
				otlptracegrpc.WithCompressor("gzip"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, receiver.Config{})
			exporter, err := otlptrace.New(t.Context(), client(r))
			if err != nil {
				t.Fatal(err)
			}
			err = exporter.ExportSpans(t.Context(), recorder.Ended())
			if err := errors.Join(err, exporter.Shutdown(t.Context())); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tracetree.Format(forest), r.tree(t, id)); diff != "" {
				t.Errorf("(-recorded +received):\n%s", diff)
			}
		})
	}
}

func TestRequestsThatAreTaken(t *testing.T) {
	for _, test := range []struct {
		reason, path string
		body         []byte
		header       []string
		want         answer
	}{
		{"JSON", "/v1/traces", []byte(order), []string{"Content-Type", jsonType}, answer{200, jsonType, "", "{}"}},
		{
			"JSON with a charset", "/v1/traces", []byte(order),
			[]string{"Content-Type", jsonType + "; charset=utf-8"},
			answer{200, jsonType, "", "{}"},
		},
		{
			"gzip", "/v1/traces", zipped(t, []byte(order)),
			[]string{"Content-Type", jsonType, "Content-Encoding", "gzip"},
			answer{200, jsonType, "", "{}"},
		},
		{"Zipkin", "/api/v2/spans", []byte(orderZipkin), []string{"Content-Type", jsonType}, answer{code: 202}},
		{
			"Zipkin, gzip", "/api/v2/spans", zipped(t, []byte(orderZipkin)),
			[]string{"Content-Type", jsonType, "Content-Encoding", "gzip"},
			answer{code: 202},
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			r := run(t, receiver.Config{})
			if got := post(t, r.httpURL+test.path, test.body, test.header...); got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
			if got, want := r.tree(t, orderID), "shop: order (root)\n"; got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

func TestNothingIsTakenForGood(t *testing.T) {
	r := run(t, receiver.Config{})
	for _, test := range []struct {
		path, contentType, body string
		want                    answer
	}{
		{"/v1/traces", protobuf, "", answer{200, protobuf, "", ""}},
		{"/v1/traces", jsonType, "{}", answer{200, jsonType, "", "{}"}},
		{"/api/v2/spans", jsonType, " [] ", answer{code: 202}},
	} {
		if got := post(t, r.httpURL+test.path, []byte(test.body), "Content-Type", test.contentType); got != test.want {
			t.Errorf("%s %q: %+v, want %+v", test.path, test.body, got, test.want)
		}
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	nested := strings.Repeat(`{"arrayValue":{"values":[`, 100) + strings.Repeat("]}}", 100)
	for _, test := range []struct {
		reason, path, body string
		header             []string
		code               int
		contentType, want  string
	}{
		{"no protobuf", "/v1/traces", "\xff\xff", []string{"Content-Type", protobuf}, 400, protobuf, "read traces"},
		{"no JSON", "/v1/traces", "{", []string{"Content-Type", jsonType}, 400, jsonType, `"code":3`},
		{
			"no ID", "/v1/traces", strings.Replace(order, "eee1", "xyz", 1),
			[]string{"Content-Type", jsonType},
			400, jsonType, "read traces",
		},
		{
			"values of JSON in each other", "/v1/traces", strings.Replace(order, `{"stringValue": "shop"}`, nested, 1),
			[]string{"Content-Type", jsonType},
			400, jsonType, "nested too deep",
		},
		{
			"no gzip", "/v1/traces", "{}",
			[]string{"Content-Type", jsonType, "Content-Encoding", "gzip"},
			400, jsonType, "gzip",
		},
		{
			"another compression", "/v1/traces", "{}",
			[]string{"Content-Type", jsonType, "Content-Encoding", "br"},
			415, jsonType, "want gzip",
		},
		{"another type", "/v1/traces", "{}", []string{"Content-Type", "text/x"}, 415, "text/plain; charset=utf-8", "text/x"},
		{"metrics", "/v1/metrics", "{}", []string{"Content-Type", jsonType}, 404, jsonType, "OTEL_METRICS_EXPORTER=none"},
		{"logs", "/v1/logs", "", []string{"Content-Type", protobuf}, 404, protobuf, "OTEL_LOGS_EXPORTER=none"},
		{"elsewhere", "/", "", nil, 404, "text/plain; charset=utf-8", "/v1/traces"},
		{"the API of sessions", "/test/sessions", "", nil, 404, "text/plain; charset=utf-8", "at the address of the page"},
		{
			"another host", "/v1/traces", order,
			[]string{"Content-Type", jsonType, "Host", "evil.example"},
			403, jsonType, "Host header",
		},
		{
			"a page of another site", "/v1/traces", order,
			[]string{"Content-Type", jsonType, "Origin", "https://evil.example"},
			403, jsonType, "another site",
		},
		{"no list", "/api/v2/spans", "{", []string{"Content-Type", jsonType}, 400, "text/plain; charset=utf-8", "read spans"},
		{
			"OTLP where Zipkin's JSON is wanted", "/api/v2/spans", order,
			[]string{"Content-Type", jsonType},
			400, "text/plain; charset=utf-8", "want Zipkin",
		},
		{
			"a list with a bad span", "/api/v2/spans", strings.Replace(orderZipkin, "eee1", "xyz", 1),
			[]string{"Content-Type", jsonType},
			400, "text/plain; charset=utf-8", "xyz",
		},
		{
			"Zipkin's protobuf", "/api/v2/spans", "",
			[]string{"Content-Type", protobuf},
			415, "text/plain; charset=utf-8", "want application/json",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			var log bytes.Buffer
			r := run(t, receiver.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
			got := post(t, r.httpURL+test.path, []byte(test.body), test.header...)
			if got.code != test.code || got.contentType != test.contentType || !strings.Contains(got.body, test.want) {
				t.Errorf("%+v, want %d, %s and %q", got, test.code, test.contentType, test.want)
			}
			if got := r.store.Stats().Received; got != 0 {
				t.Errorf("%d spans were taken", got)
			}
			if err := r.stop(); err != nil {
				t.Error(err)
			}
			if !strings.Contains(log.String(), "request refused") {
				t.Errorf("log %q, want the refusal", log.String())
			}
		})
	}
}

func TestPartialSuccessNamesTheFirstBadSpan(t *testing.T) {
	r := run(t, receiver.Config{})
	bad := strings.Replace(order, `[{"traceId"`, `[{"traceId": "5b8efff798038103d269b633813fc60c", "name": "lost"}, {"traceId"`, 1)
	got := post(t, r.httpURL+"/v1/traces", []byte(bad), "Content-Type", jsonType)
	body := strings.ReplaceAll(got.body, `": "`, `":"`) // protojson adds spaces at random
	for _, want := range []string{
		`"rejectedSpans":"1"`, "1 of 2 spans were not kept: span 0 (trace 5b8efff798038103d269b633813fc60c, span 0000",
	} {
		if got.code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%+v, want %q", got, want)
		}
	}
	if got, want := r.tree(t, orderID), "shop: order (root)\n"; got != want {
		t.Errorf("%q, want the good span to be kept: %q", got, want)
	}
	// Go's exporter reports a partial success as an error of its own.
	exporter, err := otlptrace.New(t.Context(), otlptracegrpc.NewClient(
		otlptracegrpc.WithEndpoint(r.target), otlptracegrpc.WithInsecure()))
	if err != nil {
		t.Fatal(err)
	}
	err = exporter.ExportSpans(t.Context(), invalidSpans())
	if err == nil || !strings.Contains(err.Error(), "1 of 1 spans were not kept: span 0") {
		t.Errorf("%v, want the partial success", err)
	}
	if err := exporter.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// Requests that have begun are finished before the receiver stops.
func TestStopFinishesRequests(t *testing.T) {
	begun, proceed := make(chan struct{}), make(chan struct{})
	added := 0
	r := run(t, receiver.Config{Add: func(_ context.Context, spans []tracetree.Span) (int, string) {
		close(begun)
		<-proceed
		added += len(spans)
		return 0, ""
	}})
	answered := make(chan answer, 1)
	go func() { answered <- post(t, r.httpURL+"/v1/traces", []byte(order), "Content-Type", jsonType) }()
	<-begun
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	select {
	case <-stopped:
		t.Fatal("the receiver stopped during a request")
	case <-time.After(10 * time.Millisecond):
	}
	close(proceed)
	if got := <-answered; got.code != http.StatusOK || added != 1 {
		t.Errorf("%+v, %d spans added", got, added)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestStatsCountRequests(t *testing.T) {
	r := run(t, receiver.Config{})
	post(t, r.httpURL+"/v1/traces", []byte(order), "Content-Type", jsonType)
	post(t, r.httpURL+"/v1/traces", []byte("{"), "Content-Type", jsonType)
	post(t, r.httpURL+"/api/v2/spans", []byte(orderZipkin), "Content-Type", jsonType)
	want := receiver.Stats{
		Requests: map[receiver.Requests]int64{
			{Protocol: "http/json", Code: "200"}: 1,
			{Protocol: "http/json", Code: "400"}: 1,
			{Protocol: "zipkin", Code: "202"}:    1,
		},
		Bytes: int64(len(order) + 1 + len(orderZipkin)),
	}
	if diff := cmp.Diff(want, r.Stats()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
