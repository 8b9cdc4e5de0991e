package receiver_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"go.uber.org/goleak"

	"tracelab/live/receiver"
	"tracelab/live/store"
	"tracelab/tracetree"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a receiver with a store, on two free ports.
type running struct {
	*receiver.Receiver
	store           *store.Store
	httpURL, target string // of the two ports
	stop            func() error
}

// run starts a receiver, whose config gets a store unless it has an Add. The receiver stops at the
// end of the test.
func run(t testing.TB, config receiver.Config) *running {
	t.Helper()
	r := &running{store: store.New(store.Config{})}
	if config.Add == nil {
		config.Add = func(_ context.Context, spans []tracetree.Span) (int, string) {
			added := r.store.Add(spans)
			return added.Dropped, added.Problem
		}
	}
	r.Receiver = receiver.New(config)
	l := receiver.Listeners{HTTP: listen(t), GRPC: listen(t)}
	scheme := "http://"
	if config.TLS != nil {
		scheme = "https://"
	}
	r.httpURL, r.target = scheme+l.HTTP.Addr().String(), l.GRPC.Addr().String()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx, l) }()
	stopped := false
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-done
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// answer is what the receiver answered.
type answer struct {
	code                     int
	contentType, retry, body string
}

// post posts a body; header has names and values.
func post(t *testing.T, url string, body []byte, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if r.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	h := response.Header
	return answer{response.StatusCode, h.Get("Content-Type"), h.Get("Retry-After"), string(text)}
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

const (
	jsonType = "application/json"
	protobuf = "application/x-protobuf"
)

// order is a request with a span in OTLP's JSON, and orderZipkin one in Zipkin's.
const (
	order = `{"resourceSpans": [{
		"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
		"scopeSpans": [{"spans": [{"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "order",
			"kind": 1, "startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": "1544712661000000000"}]}]
	}]}`
	orderZipkin = `[{"traceId": "5b8efff798038103d269b633813fc60c", "id": "eee19b7ec3c1b174", "name": "order",
		"timestamp": 1544712660000000, "duration": 1000000, "localEndpoint": {"serviceName": "shop"}}]`
)

var orderID = tracetree.TraceID{
	0x5b, 0x8e, 0xff, 0xf7, 0x98, 0x03, 0x81, 0x03, 0xd2, 0x69, 0xb6, 0x33, 0x81, 0x3f, 0xc6, 0x0c,
}

// tree returns the tree of a trace in the store, in notation.
func (r *running) tree(t *testing.T, id tracetree.TraceID) string {
	t.Helper()
	trace, ok := r.store.Trace(id)
	if !ok {
		t.Fatalf("there is no trace %v in the store: %+v, %+v", id, r.store.Stats(), r.Stats())
	}
	return tracetree.Format(trace.Forest)
}
