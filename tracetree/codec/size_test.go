package codec_test

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"tracelab/internal/slow"
	"tracelab/tracetree/codec"
)

// TestAFileOfAnySizeTakesLittleMemory reads documents that are larger than what their reading may
// take, without keeping the spans.
func TestAFileOfAnySizeTakesLittleMemory(t *testing.T) {
	const (
		span    = `{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002","name":"a","attributes":[{"key":"k","value":{"stringValue":"v"}}]},`
		allowed = 8 << 20
	)
	size := slow.Times(48, 12) << 20
	message := marshal(t, someSpans(t))
	tests := []struct {
		reason           string
		head, body, tail string
	}{
		{
			"one document of one scope", `{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[`, span,
			`null]}]}]}`,
		},
		{
			"one document of many resources", `{"resourceSpans":[`,
			`{"resource":{},"scopeSpans":[{"spans":[` + strings.TrimSuffix(span, ",") + `]}]},`, `null]}`,
		},
		{"lines", "", otlpLine + "\n", ""},
		{"one list of Jaeger's traces", `{"data":[`, jaegerSpan(`"startTime":1,"duration":1`) + ",", `{"spans":[]}]}`},
		{"what is skipped", `{"resourceSpans":[],"x":[`, span, "0]}"},
		{"one message of protobuf", "", string(message), ""},
		{"messages of protobuf with lengths", "", string(prefixed(message)), ""},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			body := strings.Repeat(test.body, 64<<10/len(test.body)+1)
			parts := []io.Reader{strings.NewReader(test.head)}
			for range size / len(body) {
				parts = append(parts, strings.NewReader(body))
			}
			r := codec.NewReader(io.MultiReader(append(parts, strings.NewReader(test.tail))...), "test")
			before, most := heapInUse(), int64(0)
			for n := 0; ; n++ {
				_, err := r.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if n%100 == 0 {
					most = max(most, heapInUse())
				}
			}
			most = max(most, heapInUse())
			if most-before > allowed {
				t.Errorf("%d bytes in use, want at most %d for an input of %d", most-before, allowed, size)
			}
			runtime.KeepAlive(r)
		})
	}
}
