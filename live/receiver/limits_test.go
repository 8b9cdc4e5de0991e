package receiver_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"tracelab/internal/otlpserve"
	"tracelab/live/receiver"
	"tracelab/tracetree"
)

const export = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

// invalidSpans returns a span without IDs.
func invalidSpans() []sdktrace.ReadOnlySpan {
	return tracetest.SpanStubs{{Name: "lost"}}.Snapshots()
}

// call calls the trace service over gRPC.
func call(t *testing.T, r *running, body []byte, options ...grpc.CallOption) *status.Status {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+r.target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	options = append(options, grpc.ForceCodecV2(otlpserve.BytesCodec{}), grpc.MaxCallSendMsgSize(64<<20))
	var response []byte
	return status.Convert(conn.Invoke(t.Context(), export, body, &response, options...))
}

func TestLargeBodiesAreRefused(t *testing.T) {
	t.Parallel() // the server waits half a second before it closes a connection with more to read
	const limit = 64 << 10
	r := run(t, receiver.Config{MaxBody: limit})
	large := bytes.Repeat([]byte(" "), limit+1)
	for _, path := range []string{"/v1/traces", "/api/v2/spans"} {
		for _, body := range []struct {
			reason string
			body   []byte
			header []string
		}{
			{"plain", large, []string{"Content-Type", jsonType}},
			{"gzip", zipped(t, large), []string{"Content-Type", jsonType, "Content-Encoding", "gzip"}},
			{
				"gzip of gigabytes in many members", bytes.Repeat(zipped(t, large), 500),
				[]string{"Content-Type", jsonType, "Content-Encoding", "gzip"},
			},
		} {
			got := post(t, r.httpURL+path, body.body, body.header...)
			if got.code != http.StatusRequestEntityTooLarge || !strings.Contains(got.body, fmt.Sprint(limit)) {
				t.Errorf("%s, %s: %+v, want 413 with the limit", path, body.reason, got)
			}
		}
	}
	for _, options := range [][]grpc.CallOption{nil, {grpc.UseCompressor("gzip")}} {
		if got := call(t, r, large, options...); got.Code() != codes.ResourceExhausted {
			t.Errorf("gRPC: %v, want RESOURCE_EXHAUSTED", got)
		}
	}
	if got := call(t, r, nil); got.Code() != codes.OK {
		t.Errorf("gRPC, then: %v, want OK", got)
	}
}

func TestDeeplyNestedValuesAreRefused(t *testing.T) {
	r := run(t, receiver.Config{})
	for levels, want := range map[int]int{65: 200, 66: 400, 300_000: 400} {
		got := post(t, r.httpURL+"/v1/traces", nested(levels), "Content-Type", protobuf)
		if got.code != want {
			t.Errorf("%d levels: %d %.100q, want %d", levels, got.code, got.body, want)
		}
	}
	if got := call(t, r, nested(300_000)); got.Code() != codes.InvalidArgument {
		t.Errorf("gRPC: %v, want INVALID_ARGUMENT", got)
	}
}

// nested returns a request with a value that is nested in arrays.
func nested(levels int) []byte {
	var reversed []byte
	push := func(tag byte) {
		head := binary.AppendUvarint([]byte{tag}, uint64(len(reversed)))
		slices.Reverse(head)
		reversed = append(reversed, head...)
	}
	for range levels - 1 {
		push(1<<3 | 2) // ArrayValue.values
		push(5<<3 | 2) // AnyValue.array_value
	}
	for _, field := range []byte{2, 9, 2, 2, 1} { // KeyValue.value, Span.attributes, ScopeSpans.spans, …
		push(field<<3 | 2)
	}
	slices.Reverse(reversed)
	return reversed
}

func TestLargeHeadersAreRefused(t *testing.T) {
	t.Parallel() // the server waits half a second before it closes a connection with more to read
	r := run(t, receiver.Config{})
	raw, err := net.Dial("tcp", strings.TrimPrefix(r.httpURL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	head := "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nX-Large: " + strings.Repeat("x", 20<<10) + "\r\n"
	// The server may close the connection before it has read all.
	if _, err := io.WriteString(raw, head); err != nil && !isReset(err) {
		t.Fatal(err)
	}
	text, err := io.ReadAll(raw)
	if !strings.Contains(string(text), "431 Request Header Fields Too Large") {
		t.Errorf("the answer is %q, %v, want 431", text, err)
	}
	conn, err := grpc.NewClient("passthrough:///"+r.target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx := metadata.AppendToOutgoingContext(t.Context(), "x-large", strings.Repeat("x", 64<<10))
	var response []byte
	err = conn.Invoke(ctx, export, []byte(nil), &response, grpc.ForceCodecV2(otlpserve.BytesCodec{}))
	if code := status.Code(err); code == codes.OK {
		t.Error("gRPC took a large header")
	}
	if got := r.store.Stats().Received; got != 0 {
		t.Errorf("%d spans were taken", got)
	}
}

// While one request takes all memory, another one is sent away, with the time after which it may
// come again.
func TestRequestsWithoutMemoryAreSentAway(t *testing.T) {
	t.Parallel() // requests wait a while for memory
	const limit = 64 << 10
	begun, proceed := make(chan struct{}), make(chan struct{})
	r := run(t, receiver.Config{
		MaxBody: limit, Memory: 1, // enough for one request of the largest size
		Add: func(context.Context, []tracetree.Span) (int, string) {
			close(begun)
			<-proceed
			return 0, ""
		},
	})
	first := make(chan answer, 1)
	go func() { first <- post(t, r.httpURL+"/v1/traces", []byte(order), "Content-Type", jsonType) }()
	<-begun
	second := make(chan answer, 1)
	go func() { second <- post(t, r.httpURL+"/v1/traces", []byte(order), "Content-Type", jsonType) }()
	failure := call(t, r, nil)
	if got := <-second; got.code != http.StatusServiceUnavailable || got.retry != "1" || !strings.Contains(got.body, `"code":14`) {
		t.Errorf("%+v, want 503 with Retry-After", got)
	}
	var retry *errdetails.RetryInfo
	for _, detail := range failure.Details() {
		retry, _ = detail.(*errdetails.RetryInfo)
	}
	if failure.Code() != codes.Unavailable || retry.GetRetryDelay().AsDuration() != time.Second {
		t.Errorf("gRPC: %v, %v, want UNAVAILABLE with a delay", failure, retry)
	}
	close(proceed)
	if got := <-first; got.code != http.StatusOK {
		t.Errorf("%+v, want the first request to be taken", got)
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	const limit = 3
	r := run(t, receiver.Config{Connections: limit, Timeout: time.Minute})
	for _, address := range []string{strings.TrimPrefix(r.httpURL, "http://"), r.target} {
		var open []net.Conn
		for range limit {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, conn)
		}
		further, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		// It is closed, whereas the server of the others waits for them.
		if n, err := io.Copy(io.Discard, further); n != 0 || err != nil && !isReset(err) {
			t.Errorf("%s: %d bytes, %v, want a closed connection", address, n, err)
		}
		for _, conn := range append(open, further) {
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if got := r.Stats().RefusedConnections; got != 2 {
		t.Errorf("%d connections are counted, want 2", got)
	}
}

func isReset(err error) bool {
	var failed *net.OpError
	return errors.As(err, &failed)
}

// A sender that begins a request and doesn't go on is dropped after the timeout.
func TestSlowSendersAreDropped(t *testing.T) {
	r := run(t, receiver.Config{Timeout: 50 * time.Millisecond})
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.httpURL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = io.WriteString(conn, "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"+
		"Content-Length: 100\r\n\r\n{")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(conn) // ends when the server closes the connection
	if !strings.Contains(string(text), "400 Bad Request") {
		t.Errorf("the answer is %q, want 400", text)
	}

	client, err := grpc.NewClient("passthrough:///"+r.target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	stream, err := client.NewStream(t.Context(), &grpc.StreamDesc{ClientStreams: true}, export,
		grpc.ForceCodecV2(otlpserve.BytesCodec{}))
	if err != nil {
		t.Fatal(err)
	}
	var response []byte
	if err := stream.RecvMsg(&response); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("gRPC: %v, want DEADLINE_EXCEEDED", err)
	}
}

func TestTokenIsRequired(t *testing.T) {
	r := run(t, receiver.Config{Token: "sesame"})
	for _, path := range []string{"/v1/traces", "/api/v2/spans"} {
		got := post(t, r.httpURL+path, []byte(order), "Content-Type", jsonType)
		if got.code != http.StatusUnauthorized || !strings.Contains(got.body, "Authorization: Bearer") {
			t.Errorf("%s: %+v, want 401 with a sentence", path, got)
		}
	}
	got := post(t, r.httpURL+"/v1/traces", []byte(order), "Content-Type", jsonType, "Authorization", "Bearer sesame")
	if got.code != http.StatusOK {
		t.Errorf("%+v, want the request with the token to be taken", got)
	}
	if got := call(t, r, nil); got.Code() != codes.Unauthenticated || !strings.Contains(got.Message(), "Bearer") {
		t.Errorf("gRPC: %v, want UNAUTHENTICATED with a sentence", got)
	}
	exporter, err := otlptrace.New(t.Context(), otlptracegrpc.NewClient(otlptracegrpc.WithEndpoint(r.target),
		otlptracegrpc.WithInsecure(), otlptracegrpc.WithHeaders(map[string]string{"authorization": "Bearer sesame"})))
	if err != nil {
		t.Fatal(err)
	}
	err = exporter.ExportSpans(t.Context(), nil)
	if err := errors.Join(err, exporter.Shutdown(t.Context())); err != nil {
		t.Errorf("gRPC with the token: %v", err)
	}
}

func TestTLS(t *testing.T) {
	issuer := httptest.NewTLSServer(nil) // has a certificate for 127.0.0.1
	defer issuer.Close()
	r := run(t, receiver.Config{TLS: &tls.Config{Certificates: issuer.TLS.Certificates}})
	trusted := x509.NewCertPool()
	trusted.AddCert(issuer.Certificate())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Post(r.httpURL+"/v1/traces", jsonType, strings.NewReader(order))
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%s, %v, want 200", response.Status, err)
	}
	exporter, err := otlptrace.New(t.Context(), otlptracegrpc.NewClient(otlptracegrpc.WithEndpoint(r.target),
		otlptracegrpc.WithTLSCredentials(credentials.NewClientTLSFromCert(trusted, ""))))
	if err != nil {
		t.Fatal(err)
	}
	err = exporter.ExportSpans(t.Context(), nil)
	if err := errors.Join(err, exporter.Shutdown(t.Context())); err != nil {
		t.Errorf("gRPC: %v", err)
	}
}
