package codec_test

import (
	"io"
	"testing"

	"tracelab/tracetree/codec"
)

// A live reader returns the spans of a document before anything follows it.
func TestLiveReaderDoesNotWaitForMore(t *testing.T) {
	const otlp = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c",` +
		`"spanId":"eee19b7ec3c1b174","name":"a","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}`
	const stdout = `{"Name":"a","SpanContext":{"TraceID":"5b8efff798038103d269b633813fc60c","SpanID":"eee19b7ec3c1b174",` +
		`"TraceFlags":"01"},"StartTime":"2026-01-01T00:00:00Z","EndTime":"2026-01-01T00:00:01Z"}`
	const python = `{"name":"a","context":{"trace_id":"0x5b8efff798038103d269b633813fc60c","span_id":"0xeee19b7ec3c1b174",` +
		`"trace_state":"[]"},"kind":"SpanKind.INTERNAL","parent_id":null,"start_time":"2026-01-01T00:00:00.000000Z",` +
		`"end_time":"2026-01-01T00:00:01.000000Z","status":{"status_code":"UNSET"},"attributes":{},"events":[],"links":[],` +
		`"resource":{"attributes":{},"schema_url":""}}`
	const node = `{
  resource: { attributes: { 'service.name': 'shop' } },
  instrumentationScope: { name: 'x', version: undefined, schemaUrl: undefined },
  traceId: '5b8efff798038103d269b633813fc60c',
  parentSpanContext: undefined,
  traceState: undefined,
  name: 'a',
  id: 'eee19b7ec3c1b174',
  kind: 0,
  timestamp: 1767225600000000,
  duration: 1000,
  attributes: {},
  status: { code: 0 },
  events: [],
  links: []
}`
	for format, document := range map[codec.Format]string{
		codec.OTLPJSON: otlp, codec.StdoutTrace: stdout, codec.PythonConsole: python, codec.NodeConsole: node,
	} {
		t.Run(string(format), func(t *testing.T) {
			in, out := io.Pipe()
			reader := codec.NewReader(in, "pipe")
			reader.Live = true
			for range 3 {
				written := make(chan error, 1)
				go func() {
					_, err := io.WriteString(out, document+"\n")
					written <- err
				}()
				spans, err := reader.Next()
				if err != nil || len(spans) != 1 || spans[0].Name != "a" {
					t.Fatalf("%d spans, %v, want one", len(spans), err)
				}
				if err := <-written; err != nil {
					t.Fatal(err)
				}
			}
			if got := reader.Format(); got != format {
				t.Errorf("format %s, want %s", got, format)
			}
			if err := out.Close(); err != nil {
				t.Error(err)
			}
			if spans, err := reader.Next(); err != io.EOF {
				t.Errorf("%d spans, %v, want the end", len(spans), err)
			}
		})
	}
}
