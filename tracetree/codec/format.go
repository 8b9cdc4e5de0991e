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
)

// format describes how one format is recognized and read. It is either JSON, recognized by keys and read by document, or
// something else, recognized by head and read by stream.
type format struct {
	name Format
	hint string // how to recognize a document of it, for the message about unknown JSON; "" for formats that aren't JSON

	keys     func(has func(key string) bool) bool // whether an object with these keys is a document
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
	}
}

// formatOf returns the JSON format of an object with these keys, or nil when they don't tell.
func formatOf(keys []string) *format {
	has := func(key string) bool { return slices.Contains(keys, key) }
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
