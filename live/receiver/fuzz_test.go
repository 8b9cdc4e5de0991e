package receiver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"tracelab/live/receiver"
	"tracelab/live/store"
	"tracelab/tracetree"
)

// fuzz sends any bytes: they are taken or refused, taken spans are counted, and each trace can be printed.
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
