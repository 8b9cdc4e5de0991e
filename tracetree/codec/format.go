package codec

import (
	"bufio"
	"slices"
	"strings"
)

// Format is a format that spans are read from.
type Format string

// The formats. Each is recognized by its content.
const (
	OTLPJSON    Format = "otlp-json"
	OTLPProto   Format = "otlp-proto"
	StdoutTrace Format = "stdouttrace"
	Jaeger      Format = "jaeger"
	Zipkin      Format = "zipkin"

	PythonConsole Format = "python-console"
)

// format describes how one format is recognized and read. It is either JSON, recognized by keys and read by document, or
// something else, recognized by head and read by stream.
type format struct {
	name Format
	hint string // how to recognize a document of it, for the message about unknown JSON; "" for formats that aren't JSON

	// keys reports whether an object is a document. has reports whether it has a key, in OTLP's spelling; "key{" asks for
	// one whose value is an object, "key[" for an array.
	keys     func(has func(key string) bool) bool
	document func(in input) document

	head   func(head []byte, whole bool) bool // whether an input that starts so, or is no more than that, has the format
	stream func(src *bufio.Reader, s *state) stream
}

// formats returns all formats. The first one that recognizes an input reads it.
func formats() []format {
	return []format{
		{name: OTLPProto, head: isOTLPProto, stream: newOTLPProto},
		{name: OTLPJSON, hint: "OTLP (resourceSpans)", keys: isOTLPJSON, document: newOTLPJSON},
		{name: Jaeger, hint: "Jaeger (data)", keys: isJaeger, document: newJaeger},
		{name: Zipkin, hint: "Zipkin (traceId, id)", keys: isZipkin, document: newZipkin},
		{name: StdoutTrace, hint: "stdouttrace (SpanContext)", keys: isStdoutTrace, document: newStdoutTrace},
		{name: PythonConsole, hint: "Python's console exporter (context, parent_id)", keys: isPythonConsole, document: newPythonConsole},
	}
}

// formatNamed returns the format of a name.
func formatNamed(name Format) *format {
	for _, f := range formats() {
		if f.name == name {
			return &f
		}
	}
	return nil
}

// formatOf returns the JSON format of an object with these keys, each with the bracket of its value, or nil when they
// don't tell.
func formatOf(keys []string) *format {
	has := func(want string) bool {
		return slices.ContainsFunc(keys, func(key string) bool {
			return key == want || strings.TrimRight(key, "{[") == want || string(canonical([]byte(key))) == want ||
				strings.TrimRight(string(canonical([]byte(key))), "{[") == want
		})
	}
	for _, f := range formats() {
		if f.keys != nil && f.keys(has) {
			return &f
		}
	}
	return nil
}

// hints returns what a trace document can be, as a list for messages.
func hints() string {
	var all []string
	for _, f := range formats() {
		if f.hint != "" {
			all = append(all, f.hint)
		}
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " or " + all[last]
}
