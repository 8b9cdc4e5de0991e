package codec_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// checkRead asserts what holds for any input: no panic, errors with a place, valid ids, and spans
// that can be written and read again.
func checkRead(t *testing.T, input []byte) {
	t.Helper()
	spans, warnings, err := codec.ReadAll(bytes.NewReader(input), "fuzz")
	if err != nil {
		var e *codec.Error
		// A file in an archive has a name after that of the archive.
		isNamed := func(name string) bool { return name == "fuzz" || strings.HasPrefix(name, "fuzz: ") }
		if !errors.As(err, &e) || e.Message == "" || !isNamed(e.Name) {
			t.Fatalf("%T %v", err, err)
		}
	}
	for _, w := range warnings {
		if w.Count < 1 || w.Message == "" || w.Kind == "" {
			t.Errorf("warning %+v", w)
		}
	}
	for i := range spans {
		s := &spans[i]
		if s.TraceID.IsZero() || s.SpanID.IsZero() || s.Origin == nil {
			t.Fatalf("span %d: trace %v, span %v, origin %v", i, s.TraceID, s.SpanID, s.Origin)
		}
	}
	_ = tree(spans, tracetree.Attributes)
	for _, write := range []func(*bytes.Buffer) error{
		func(b *bytes.Buffer) error { return codec.WriteOTLPJSON(b, spans) },
		func(b *bytes.Buffer) error { return codec.WriteStdoutTrace(b, spans) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if len(spans) == 0 {
			continue
		}
		again, _, err := codec.ReadAll(&b, "again")
		if err != nil || len(again) != len(spans) {
			t.Fatalf("%d spans were written, %d read: %v", len(spans), len(again), err)
		}
	}
}

func fuzzText(f *testing.F, seeds ...string) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(checkRead)
}

func FuzzReadOTLPJSON(f *testing.F) {
	var written bytes.Buffer
	if err := codec.WriteOTLPJSON(&written, someSpans(f)); err != nil {
		f.Fatal(err)
	}
	fuzzText(f, otlpLine, written.String(), `{"result":{}}{"trace":{"resourceSpans":[null]}}`,
		"[{},{\"resourceLogs\":[]}]",
		span(`"attributes":[{"key":"k","value":{"kvlistValue":{"values":[{"key":"b","value":{"bytesValue":"aGk="}}]}}}],"kind":"SPAN_KIND_CLIENT"`),
		span(`"links":[{"traceId":"sJRwlKEBCS/vbOP7PFpzqQ==","spanId":"S8gSGqCw3XE="}],"flags":768,"parentSpanId":"S8gSGqCw3XE="`))
}

func FuzzReadStdoutTrace(f *testing.F) {
	var written bytes.Buffer
	if err := codec.WriteStdoutTrace(&written, someSpans(f)); err != nil {
		f.Fatal(err)
	}
	fuzzText(f, written.String(),
		`{"SpanContext":{"TraceID":"00000000000000000000000000000001","SpanID":"0000000000000002"},`+
			`"Attributes":[{"Key":"a","Value":{"Type":"SLICE","Value":[{"Type":"MAP","Value":[{"Key":"b","Value":{"Type":"BYTESLICE","Value":"aGk="}}]}]}}]}`)
}

func FuzzReadJaeger(f *testing.F) {
	fuzzText(f, jaegerExample,
		jaegerSpan(`"tags":[{"key":"k","type":"binary","value":"aGk="}],"logs":[{}],"warnings":["x"]`), `{"data":[]}`)
}

func FuzzReadZipkin(f *testing.F) {
	fuzzText(f, zipkinExample, zipkinLine, "[["+zipkinLine+"]]", `[{"traceId":"1","id":"2","annotations":[`+
		`{"timestamp":1,"value":"cs","endpoint":{"serviceName":"a"}},{"timestamp":2,"value":"sr","endpoint":{"serviceName":"b"}}],`+
		`"binaryAnnotations":[{"key":"sa","value":true,"endpoint":{"port":1}},{"key":"x","value":5}]}]`)
}

func FuzzReadPythonConsole(f *testing.F) {
	fuzzText(f,
		`{"name":"a","context":{"trace_id":"0x1","span_id":"0x2","trace_state":"['{key=a, value=1}']"},"kind":"SpanKind.SERVER",`+
			`"parent_id":null,"start_time":"2025-01-09T14:21:04.8Z","status":{"status_code":"ERROR","description":"x"},"links":[{"context":{}}]}`)
}

func FuzzReadGrafana(f *testing.F) {
	fuzzText(f, `[{"schema":{"fields":[{"name":"traceID"},{"name":"spanID"},{"name":"logs"}]},"data":{"values":[["1"],["2"],[[{"timestamp":1}]]]}}]`,
		`{"data":[{"fields":[{"name":"traceID","values":["1"]},{"name":"spanID","values":["2"]}]}]}`,
		`{"traceID":"1","spanID":"2","operationName":"a","serviceName":"b","references":[{}],"tags":[{}]}`)
}

func FuzzReadNodeConsole(f *testing.F) {
	fuzzText(f, nodeExample,
		"{\n  traceId: '1' +\n 'a', x: [Object], y: [ 1, ... 3 more items ], z: Foo { a: undefined }, \"q\": `a\\`b` }")
}

func FuzzReadArchive(f *testing.F) {
	f.Add(zipped(f, file{"a", otlpLine}))
	f.Add(tarred(f, file{"a", otlpLine}))
	f.Fuzz(checkRead)
}

func FuzzReadCompressed(f *testing.F) {
	f.Add(gzipped(f, []byte(otlpLine)))
	f.Add(zstandard(f, []byte(otlpLine)))
	f.Add(prefixed(zstandard(f, []byte(otlpLine))))
	f.Fuzz(checkRead)
}

// FuzzReadOTLPProto also holds that what the Collector's own decoder reads is read the same.
func FuzzReadOTLPProto(f *testing.F) {
	message := marshal(f, someSpans(f))
	f.Add(message)
	f.Add(prefixed(message))
	f.Add(append([]byte{byte(len(message)), byte(len(message) >> 7)}, message...))
	f.Add(deepMessage(3))
	f.Fuzz(func(t *testing.T, input []byte) {
		checkRead(t, input)
		r := codec.NewReader(bytes.NewReader(input), "fuzz")
		spans, err := drain(r)
		if err != nil || r.Format() != codec.OTLPProto || len(r.Warnings()) > 0 {
			return
		}
		traces, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(input)
		if err != nil {
			return // a frame around the message, or stricter than need be
		}
		if diff := cmp.Diff(codec.FromPData(traces), spans, equal(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-pdata +ours):\n%s", diff)
		}
	})
}
