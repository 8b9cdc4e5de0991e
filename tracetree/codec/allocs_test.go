package codec_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"tracelab/tracetree/codec"
)

// Most of what a span is made of needs no memory of its own: names and values are kept once, and
// fields that few spans have are left out. A variable that gets to the heap by accident costs an
// allocation for each span, and a tenth of the speed.
func TestSpansNeedFewAllocations(t *testing.T) {
	const spans = 2000
	for _, tt := range []struct {
		reason, before, span, after string
		most                        float64 // allocations of each span
	}{
		{
			"OTLP: the list of attributes, and the list of events with that of its attributes",
			`{"resourceSpans":[{"scopeSpans":[{"spans":[`,
			`{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"GET","startTimeUnixNano":"1",` +
				`"endTimeUnixNano":"2","attributes":[{"key":"a","value":{"stringValue":"b"}}],` +
				`"events":[{"name":"e","timeUnixNano":"1","attributes":[{"key":"a","value":{"stringValue":"b"}}]}]}`,
			`]}]}]}`, 3.5,
		},
		{
			"Jaeger: the record, tags, logs and their fields, and growing lists of the spans of a trace",
			`{"data":[{"traceID":"0af7651916cd43dd8448eb211c80319c","processes":{"p":{"serviceName":"s"}},"spans":[`,
			`{"traceID":"0af7651916cd43dd8448eb211c80319c","spanID":"b7ad6b7169203331","operationName":"GET","startTime":1,` +
				`"duration":1,"processID":"p","tags":[{"key":"a","type":"string","value":"b"}],` +
				`"logs":[{"timestamp":1,"fields":[{"key":"event","type":"string","value":"e"}]}]}`,
			`]}]}`, 4.5,
		},
		{
			"Zipkin: the record, tags, annotations, events and the service",
			`[`,
			`{"traceId":"0af7651916cd43dd8448eb211c80319c","id":"b7ad6b7169203331","name":"get","timestamp":1,"duration":1,` +
				`"localEndpoint":{"serviceName":"s"},"tags":{"a":"b"},"annotations":[{"timestamp":1,"value":"e"}]}`,
			`]`, 7.5,
		},
	} {
		// The ids differ, as those of real spans do.
		var file bytes.Buffer
		file.WriteString(tt.before)
		for i := range spans {
			if i > 0 {
				file.WriteByte(',')
			}
			file.WriteString(strings.ReplaceAll(tt.span, "b7ad6b7169203331", fmt.Sprintf("%016x", i+1)))
		}
		file.WriteString(tt.after)
		each := testing.AllocsPerRun(3, func() {
			read, _, err := codec.ReadAll(bytes.NewReader(file.Bytes()), "file")
			if err != nil || len(read) != spans {
				t.Fatalf("%s: %d spans, %v", tt.reason, len(read), err)
			}
		}) / spans
		t.Logf("%.2f allocations a span: %s", each, tt.reason)
		if each > tt.most {
			t.Errorf("%s: %.2f allocations a span, want at most %.1f", tt.reason, each, tt.most)
		}
	}
}
