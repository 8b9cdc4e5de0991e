package codec

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"tracelab/tracetree"
)

// WriteOTLPJSON writes the spans as one OTLP JSON document on a line of its own, as the Collector's
// file exporter does: several such lines are one valid file. It groups the spans as [ToPData] does;
// ids are in lower-case hexadecimal.
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

// WriteStdoutTrace writes the spans as the stdouttrace exporter of the OpenTelemetry Go SDK v1.47
// does, a line for each, in their order. The exporter fails for floats that aren't JSON numbers;
// they are written as strings, which a [Reader] reads. [Losses] lists what the format can't hold.
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

// WithInputIDs returns the spans with the ids that they have in their input, which several of them
// may share; see [tracetree.Span.InputIDs].
func WithInputIDs(spans []tracetree.Span) []tracetree.Span {
	shown := slices.Clone(spans)
	for i := range shown {
		s := &shown[i]
		s.SpanID, s.Parent = s.InputIDs()
		if s.Rare != nil {
			rare := *s.Rare
			rare.OriginalID, rare.OriginalParent = tracetree.SpanID{}, tracetree.SpanID{}
			s.Rare = rareOrNil(rare)
		}
	}
	return shown
}

// Losses returns descriptions of what a format, OTLPJSON or StdoutTrace, can't hold of the spans,
// one for each kind of loss.
func Losses(to Format, spans []tracetree.Span) []string {
	var lost []string
	lose := func(what string) {
		if !slices.Contains(lost, what) {
			lost = append(lost, what)
		}
	}
	for i := range spans {
		s := &spans[i]
		if s.Start != 0 && s.End == 0 && !s.Unended {
			lose("unknown durations, which become 0")
		}
		if s.Rare != nil && !s.Rare.OriginalID.IsZero() {
			lose("ids that several spans share, all but one of which get another id")
		}
		switch to {
		case StdoutTrace:
			loseStdout(s, lose)
		default:
			if s.Start < 0 || s.End < 0 {
				lose("times before 1970, which become unknown")
			}
		}
	}
	return lost
}

func loseStdout(s *tracetree.Span, lose func(string)) {
	if !s.Parent.IsZero() && s.ParentRemote == tracetree.RemoteUnknown {
		lose("that it is unknown whether a parent is in another process: it becomes local")
	}
	o := s.Origin
	if o == nil {
		return
	}
	if o.ResourceSchema != "" {
		lose("schema URLs of resources")
	}
	if o.DroppedResource != 0 || o.DroppedScope != 0 {
		lose("dropped attribute counts of resources and scopes")
	}
	if len(o.Entities) > 0 {
		lose("entities of resources")
	}
}
