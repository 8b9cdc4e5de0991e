package otlptest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tracelab/tracetree"
	"tracelab/tracetree/treetest"
)

// FuzzExport sends any bytes in both encodings: they are taken or refused, and what is taken can be
// printed.
func FuzzExport(f *testing.F) {
	f.Add(`{"resourceSpans": [{"scopeSpans": [{"spans": [
		{"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "order", "kind": 1,
			"startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": 1544712661000000000, "flags": 257,
			"attributes": [{"key": "list", "value": {"arrayValue": {"values": [{"doubleValue": "NaN"}]}}}],
			"events": [{"name": "retry"}], "links": [{"spanId": "eee19b7ec3c1b174"}], "status": {"code": 2}}
	]}]}]}`)
	f.Add("{}")
	f.Add("null")
	f.Add(
		"{\"resourceSpans\": [{\"scopeSpans\": [{\"spans\": [{\"traceId\": \"\xff\"}]}]}]}",
	) // the error quotes what is no UTF-8
	f.Add("\n\x02\x12\x00")
	f.Add("\n\x0a\x12\x08\x12\x06\x2a\x04name")
	f.Fuzz(func(t *testing.T, body string) {
		e := &Endpoint{Recorder: treetest.Record(t)}
		for _, contentType := range []string{"application/json", "application/x-protobuf"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/traces", strings.NewReader(body))
			r.Header.Set("Content-Type", contentType)
			w := httptest.NewRecorder()
			e.service().ServeHTTP(w, r)
			if w.Code != http.StatusOK && w.Code != http.StatusBadRequest || w.Header().Get("Content-Type") != contentType {
				t.Errorf("%s: got %d, %s", contentType, w.Code, w.Header().Get("Content-Type"))
			}
		}
		pattern, err := tracetree.Parse(tracetree.Format(e.Forest()))
		if err != nil {
			t.Fatal(err)
		}
		if report := pattern.Match(e.Forest()); report != nil {
			t.Errorf("the spans don't match what is printed of them:\n%v", report)
		}
	})
}
