package codec

import (
	"encoding/json"
	"fmt"
	"io"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"tracelab/tracetree"
)

// WriteOTLPJSON writes the spans as one OTLP JSON document on a line of its own, as the Collector's file exporter does:
// several such lines are one valid file. It groups the spans as [ToPData] does; ids are in lower-case hexadecimal.
func WriteOTLPJSON(w io.Writer, spans []tracetree.Span) error {
	var marshaler ptrace.JSONMarshaler
	text, err := marshaler.MarshalTraces(ToPData(spans))
	if err != nil {
		return fmt.Errorf("encode OTLP JSON: %w", err)
	}
	if _, err := w.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write OTLP JSON: %w", err)
	}
	return nil
}

// WriteStdoutTrace writes the spans as the stdouttrace exporter of the OpenTelemetry Go SDK v1.47 does, a line for each,
// in their order. The format doesn't say whether it is unknown where a parent is, and what it has to say about dropped
// attributes of events and links, schema URLs and trace flags is not in a [tracetree.Span]: the flags are written as
// sampled. The exporter fails for floats that are no JSON numbers; they are written as strings, which a [Reader] reads.
func WriteStdoutTrace(w io.Writer, spans []tracetree.Span) error {
	children := make(map[spanKey]int)
	for i := range spans {
		if s := &spans[i]; !s.Parent.IsZero() && s.ParentRemote != tracetree.RemoteYes {
			children[spanKey{s.TraceID, s.Parent}]++
		}
	}
	encoder := json.NewEncoder(w)
	for i := range spans {
		s := &spans[i]
		if err := encoder.Encode(newStub(s, children[spanKey{s.TraceID, s.SpanID}])); err != nil {
			return fmt.Errorf("write stdouttrace: span %v: %w", s.SpanID, err)
		}
	}
	return nil
}
