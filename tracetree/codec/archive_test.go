package codec_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"tracelab/tracetree/codec"
)

// A file is a file in an archive.
type file struct{ name, text string }

func zipped(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		part, err := w.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(f.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(
			&tar.Header{Name: f.name, Mode: 0o600, Size: int64(len(f.text)), Typeflag: tar.TypeReg},
		); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestArchivesAreReadFileByFile(t *testing.T) {
	proto := string(marshal(t, someSpans(t)))
	files := []file{
		{"traces/a.json", otlpLine},
		{"traces/b.pb", proto},
		{"traces/c.json.gz", string(gzipped(t, []byte(zipkinLine)))},
		{"README.md", "# Traces of Tuesday\n"},
		{"__MACOSX/traces/._a.json", "\x00\x05"},
		{"traces/.DS_Store", "\x00"},
		{"traces/", ""},
	}
	readable := files[:3]
	tests := []struct {
		reason string
		input  []byte
		spans  int
		kinds  []codec.WarningKind
		fails  string
	}{
		{"zip", zipped(t, readable...), 4, []codec.WarningKind{codec.Microseconds}, ""},
		{"tar", tarred(t, readable...), 4, []codec.WarningKind{codec.Microseconds}, ""},
		{"tar.gz", gzipped(t, tarred(t, readable...)), 4, []codec.WarningKind{codec.Microseconds}, ""},
		{
			"archives in archives", zipped(t, file{"a.tgz", string(gzipped(t, tarred(t, readable[:2]...)))},
				file{"b.zip", string(zipped(t, readable[2]))}),
			4,
			[]codec.WarningKind{codec.Microseconds},
			"",
		},
		{
			"a broken archive among files", tarred(t, readable[0], file{"b.zip", "PK\x03\x04 is no zip"}, readable[2]),
			2,
			[]codec.WarningKind{codec.NotATrace, codec.Microseconds},
			"",
		},
		{
			"a tar that is cut off in a file", tarred(t, readable[0], file{"b.json", otlpLine + "\n" + otlpLine})[:512*3+200],
			2,
			[]codec.WarningKind{codec.CutDocument},
			"",
		},
		{
			"a tar that is cut off between files", tarred(t, readable[:2]...)[:512*2+100], 1,
			[]codec.WarningKind{codec.CutDocument},
			"",
		},
		{
			"an archive in an archive that has no traces", zipped(t, file{"a.zip", string(zipped(t, files[3]))}), 0, nil,
			"test: a.zip: README.md: byte 0: unknown trace format",
		},
		{
			"the first of the files that aren't read is the error", zipped(t, files[3], file{"x", ""}), 0, nil,
			"test: README.md: byte 0: unknown trace format",
		},
		{"a zip with other files", zipped(t, files...), 4, []codec.WarningKind{codec.Microseconds, codec.NotATrace}, ""},
		{"a zip without traces", zipped(t, files[3:]...), 0, nil, "test: README.md: byte 0: unknown trace format"},
		{"an empty zip", append([]byte("PK\x05\x06"), make([]byte, 18)...), 0, nil, "unknown trace format"},
		{
			"a zip that is cut off", zipped(t, readable...)[:100], 0, nil,
			"test: byte 0: read the archive: zip: not a valid zip file",
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans, warnings, err := codec.ReadAll(bytes.NewReader(test.input), "test")
			if len(spans) != test.spans || (err == nil) != (test.fails == "") ||
				err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Fatalf("%d spans, %v; want %d, %q", len(spans), err, test.spans, test.fails)
			}
			if len(test.kinds) != len(warnings) && test.fails == "" {
				t.Fatalf("warnings %v, want %v", warnings, test.kinds)
			}
			for i, kind := range test.kinds {
				if warnings[i].Kind != kind {
					t.Errorf("warning %v, want %s", warnings[i], kind)
				}
			}
		})
	}
	if _, err := strict(string(zipped(t, files...))); err == nil || !strings.HasPrefix(err.Error(), "test: README.md: ") {
		t.Errorf("strict: %v, want an error about README.md", err)
	}
}

// Without a bound an archive that contains itself would be read for ever.
func TestArchivesInArchivesHaveABound(t *testing.T) {
	input := zipped(t, file{"a.json", otlpLine})
	for range 6 {
		input = zipped(t, file{"a.zip", string(input)})
	}
	_, _, err := codec.ReadAll(bytes.NewReader(input), "test")
	if want := "more than 4 archives in each other"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestFormatsThatAreNotReadAreNamedWithTheWayOut(t *testing.T) {
	tests := []struct{ reason, input, want string }{
		{
			"X-Ray's traces", `{"Traces":[{"Id":"1-5759e988-bd862e3fe1be46a994272793","Segments":[]}]}`,
			"unsupported format: AWS X-Ray; send the spans to a Collector",
		},
		{
			"a segment of X-Ray",
			`{"trace_id":"1-5759e988-bd862e3fe1be46a994272793","id":"70de5b6f19ff9a0a","start_time":1.5,"name":"a"}`,
			"unsupported format: AWS X-Ray",
		},
		{
			"Datadog",
			`[[{"trace_id":1,"span_id":2,"parent_id":0,"name":"a","resource":"GET /","service":"web","start":1,"duration":2}]]`,
			"unsupported format: Datadog spans",
		},
		{
			"Elastic APM", "{\"metadata\":{\"service\":{}}}\n{\"transaction\":{\"id\":\"1\"}}",
			"unsupported format: Elastic APM events",
		},
		{
			"Elasticsearch", `{"took":1,"hits":{"hits":[{"_source":{"traceID":"1"}}]}}`,
			"unsupported format: Elasticsearch documents",
		},
		{
			"Tempo's search", `{"traces":[{"traceID":"1","rootServiceName":"a"}],"metrics":{}}`,
			"unsupported format: search results; they contain summaries only",
		},
		{
			"the Collector's debug text", "2024-01-02T03:04:05.678Z\tinfo\tResourceSpans #0\nResource SchemaURL: \n",
			"unsupported format: text of the Collector's debug exporter; add the Collector's file exporter",
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			_, _, err := codec.ReadAll(strings.NewReader(test.input), "test")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	// A span of Zipkin is not one of X-Ray, nor an attribute's name a format.
	for _, near := range []string{zipkinLine, strings.Replace(otlpLine, `"name"`, `"hits":{},"name"`, 1)} {
		if spans, _, err := codec.ReadAll(strings.NewReader(near), "test"); err != nil || len(spans) != 1 {
			t.Errorf("%s: %d spans, %v", near, len(spans), err)
		}
	}
}

func TestTempoV2ProtobufIsRead(t *testing.T) {
	trace := protoBytes(1, marshal(t, someSpans(t)))
	for reason, input := range map[string][]byte{
		"a trace":                 trace,
		"a trace and its metrics": append(append([]byte(nil), trace...), protoBytes(2, []byte{8, 1})...),
	} {
		r := codec.NewReader(bytes.NewReader(input), "test")
		spans, err := drain(r)
		if err != nil || len(spans) != 2 || r.Format() != codec.OTLPProto || len(r.Warnings()) > 0 {
			t.Errorf("%s: %d spans, %v, %s, %v", reason, len(spans), err, r.Format(), r.Warnings())
		}
	}
}

// protoBytes returns a field of a protobuf message.
func protoBytes(number byte, message []byte) []byte {
	head := []byte{number<<3 | 2}
	n := len(message)
	for ; n >= 0x80; n >>= 7 {
		head = append(head, byte(n)|0x80)
	}
	return append(append(head, byte(n)), message...)
}
