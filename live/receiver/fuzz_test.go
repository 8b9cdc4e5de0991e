package receiver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"tracelab/live/receiver"
	"tracelab/live/store"
	"tracelab/tracetree"
)

// fuzz sends any bytes: they are taken or refused, taken spans are counted, and each trace can be
// printed.
func fuzz(f *testing.F, path, contentType, encoding string, codes ...int) {
	f.Fuzz(func(t *testing.T, body string) {
		s := store.New(store.Config{})
		given := 0
		r := receiver.New(receiver.Config{
			MaxBody: 1 << 20,
			Add: func(_ context.Context, spans []tracetree.Span) (int, string) {
				given += len(spans)
				added := s.Add(spans)
				return added.Dropped, added.Problem
			},
		})
		url := "http://localhost" + path
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
		request.Header.Set("Content-Type", contentType)
		request.Header.Set("Content-Encoding", encoding)
		w := httptest.NewRecorder()
		r.Handler().ServeHTTP(w, request)
		if !slices.Contains(codes, w.Code) {
			t.Errorf("status %d, want one of %d", w.Code, codes)
		}
		stats := s.Stats()
		if kept := stats.Kept + stats.Dropped[store.DroppedInvalid]; kept != int64(given) {
			t.Errorf("%d spans were given, %d are counted", given, kept)
		}
		for _, sum := range s.Traces(store.Query{Limit: 10}) {
			trace, _ := s.Trace(sum.ID)
			if tracetree.Format(trace.Forest) == "" {
				t.Errorf("trace %v is empty", sum.ID)
			}
		}
	})
}

func FuzzProtobuf(f *testing.F) {
	f.Add("\n\x02\x12\x00")
	f.Add("\n\x0a\x12\x08\x12\x06\x2a\x04name")
	f.Add(string(nested(100)))
	fuzz(f, "/v1/traces", protobuf, "", 200, 400)
}

func FuzzJSON(f *testing.F) {
	f.Add(order)
	f.Add("null")
	fuzz(f, "/v1/traces", jsonType, "", 200, 400)
}

func FuzzZipkin(f *testing.F) {
	f.Add(orderZipkin)
	f.Add("[]")
	fuzz(f, "/api/v2/spans", jsonType, "", 202, 400)
}

func FuzzGzip(f *testing.F) {
	f.Add("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xaa\xae\x05\x04\x00\x00\xff\xff\x43\xbf\xa6\xa3\x02\x00\x00\x00") // {}
	fuzz(f, "/v1/traces", jsonType, "gzip", 200, 400, 413)
}

// FuzzGRPC sends any bytes as the message of a call: the answer is one of two codes, and the next
// call is answered.
func FuzzGRPC(f *testing.F) {
	f.Add([]byte("\n\x02\x12\x00"), false)
	f.Add([]byte("\n\x0a\x12\x08\x12\x06\x2a\x04name"), true)
	f.Add(nested(100), false)
	f.Add([]byte{0xff}, false)
	r := run(f, receiver.Config{MaxBody: 1 << 20})
	f.Fuzz(func(t *testing.T, body []byte, compress bool) {
		var options []grpc.CallOption
		if compress {
			options = append(options, grpc.UseCompressor("gzip"))
		}
		if got := call(t, r, body, options...); got.Code() != codes.OK && got.Code() != codes.InvalidArgument {
			t.Errorf("%v, want OK or INVALID_ARGUMENT", got)
		}
		if got := call(t, r, nil); got.Code() != codes.OK {
			t.Errorf("then: %v, want OK", got)
		}
	})
}

// FuzzRequest sends a good request to any path, by any method, with any headers: spans are taken at
// the two paths only.
func FuzzRequest(f *testing.F) {
	paths := []string{"/v1/traces", "/api/v2/spans", "/v1/metrics", "/v1/logs", "/", "//v1/traces", "/v1/traces/"}
	for _, path := range paths {
		f.Add("POST", path, jsonType, "", "localhost", "")
	}
	f.Add("POST", "/v1/traces", protobuf, "gzip", "evil.example", "null")
	f.Add("PUT", "/v1/traces", "application/json; charset=utf-8", "identity", "[::1]:4318", "http://[::1]:4318")
	f.Fuzz(func(t *testing.T, method, path, contentType, encoding, host, origin string) {
		taken := 0
		r := receiver.New(receiver.Config{Add: func(_ context.Context, spans []tracetree.Span) (int, string) {
			taken += len(spans)
			return 0, ""
		}})
		body := order
		if path == "/api/v2/spans" {
			body = orderZipkin
		}
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/", strings.NewReader(body))
		request.Method, request.URL.Path, request.Host = method, path, host
		request.Header = http.Header{"Content-Type": {contentType}, "Content-Encoding": {encoding}, "Origin": {origin}}
		w := httptest.NewRecorder()
		r.Handler().ServeHTTP(w, request)
		known := method == http.MethodPost && (path == "/v1/traces" || path == "/api/v2/spans")
		if w.Code >= 500 || taken > 0 && !known || taken > 0 != (w.Code/100 == 2) {
			t.Errorf("%s %q: status %d, %d spans were taken", method, path, w.Code, taken)
		}
		if answers := r.Stats().Requests; w.Code/100 != 3 && len(answers) != 1 {
			t.Errorf("%s %q: status %d, and the request is counted %d times: %v", method, path, w.Code, len(answers), answers)
		}
	})
}
