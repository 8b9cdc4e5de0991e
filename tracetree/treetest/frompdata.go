package treetest

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"tracelab/tracetree"
)

// fromPData converts spans in their order. Those of one scope share one Origin.
func fromPData(traces ptrace.Traces) []tracetree.Span {
	spans := make([]tracetree.Span, 0, traces.SpanCount())
	for _, resource := range traces.ResourceSpans().All() {
		resourceAttributes := pdataAttributes(resource.Resource().Attributes())
		for _, scope := range resource.ScopeSpans().All() {
			origin := &tracetree.Origin{
				Resource:        resourceAttributes,
				ScopeName:       scope.Scope().Name(),
				ScopeVersion:    scope.Scope().Version(),
				ScopeAttributes: pdataAttributes(scope.Scope().Attributes()),
			}
			for _, s := range scope.Spans().All() {
				spans = append(spans, fromPDataSpan(s, origin))
			}
		}
	}
	return spans
}

func fromPDataSpan(s ptrace.Span, origin *tracetree.Origin) tracetree.Span {
	converted := tracetree.Span{
		TraceID:       tracetree.TraceID(s.TraceID()),
		SpanID:        tracetree.SpanID(s.SpanID()),
		Parent:        tracetree.SpanID(s.ParentSpanID()),
		Name:          s.Name(),
		Start:         int64(s.StartTimestamp()),
		End:           int64(s.EndTimestamp()),
		Attributes:    pdataAttributes(s.Attributes()),
		StatusMessage: s.Status().Message(),
		Origin:        origin,
		Kind:          pdataKind(s.Kind()),
		Status:        pdataStatus(s.Status().Code()),
		ParentRemote:  pdataRemote(s.Flags()),
	}
	for _, e := range s.Events().All() {
		converted.Events = append(converted.Events, tracetree.Event{
			Name: e.Name(), Time: int64(e.Timestamp()), Attributes: pdataAttributes(e.Attributes()),
		})
	}
	for _, l := range s.Links().All() {
		converted.Links = append(converted.Links, tracetree.Link{
			TraceID: tracetree.TraceID(l.TraceID()), SpanID: tracetree.SpanID(l.SpanID()), Attributes: pdataAttributes(l.Attributes()),
		})
	}
	rare := tracetree.Rare{
		TraceState:        s.TraceState().AsRaw(),
		DroppedAttributes: s.DroppedAttributesCount(),
		DroppedEvents:     s.DroppedEventsCount(),
		DroppedLinks:      s.DroppedLinksCount(),
	}
	if rare != (tracetree.Rare{}) {
		converted.Rare = &rare
	}
	return converted
}

func pdataKind(k ptrace.SpanKind) tracetree.Kind {
	switch k {
	case ptrace.SpanKindInternal:
		return tracetree.KindInternal
	case ptrace.SpanKindServer:
		return tracetree.KindServer
	case ptrace.SpanKindClient:
		return tracetree.KindClient
	case ptrace.SpanKindProducer:
		return tracetree.KindProducer
	case ptrace.SpanKindConsumer:
		return tracetree.KindConsumer
	default:
		return tracetree.KindUnspecified
	}
}

func pdataStatus(c ptrace.StatusCode) tracetree.Status {
	switch c {
	case ptrace.StatusCodeOk:
		return tracetree.StatusOK
	case ptrace.StatusCodeError:
		return tracetree.StatusError
	default:
		return tracetree.StatusUnset
	}
}

// pdataRemote reads the flags that say whether the parent is remote, and whether that is known.
func pdataRemote(flags uint32) tracetree.Remote {
	const hasIsRemote, isRemote = 0x100, 0x200 // SPAN_FLAGS_CONTEXT_…_MASK
	switch {
	case flags&hasIsRemote == 0:
		return tracetree.RemoteUnknown
	case flags&isRemote != 0:
		return tracetree.RemoteYes
	default:
		return tracetree.RemoteNo
	}
}

func pdataAttributes(m pcommon.Map) []tracetree.Attr {
	if m.Len() == 0 {
		return nil
	}
	list := make([]tracetree.Attr, 0, m.Len())
	for key, v := range m.All() {
		list = append(list, tracetree.Attr{Key: key, Value: pdataValue(v)})
	}
	return list
}

func pdataValue(v pcommon.Value) tracetree.Value {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return tracetree.String(v.Str())
	case pcommon.ValueTypeBool:
		return tracetree.Bool(v.Bool())
	case pcommon.ValueTypeInt:
		return tracetree.Int(v.Int())
	case pcommon.ValueTypeDouble:
		return tracetree.Float(v.Double())
	case pcommon.ValueTypeEmpty:
		return tracetree.Empty()
	default:
		var text strings.Builder
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(withoutNaN(v.AsRaw())); err != nil {
			return tracetree.String(err.Error()) // of what AsRaw returns, JSON has all but what withoutNaN replaces
		}
		return tracetree.JSON(strings.TrimSuffix(text.String(), "\n"))
	}
}

// withoutNaN replaces the numbers that JSON doesn't have by their names.
func withoutNaN(v any) any {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
	case []any:
		for i := range v {
			v[i] = withoutNaN(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = withoutNaN(v[key])
		}
	}
	return v
}
