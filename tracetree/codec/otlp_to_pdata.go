package codec

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	entityapi "go.opentelemetry.io/collector/pdata/xpdata/entity"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/value"
)

// ToPData converts spans for exporters and writers of OTLP. It groups them by Origin, in the order
// of each Origin's first span, and keeps the order of the spans within a group. The end of a span
// that has not ended is 0. [Losses] lists the fields that OTLP can't represent.
func ToPData(spans []tracetree.Span) ptrace.Traces {
	traces := ptrace.NewTraces()
	g := grouping{
		traces:    traces,
		origins:   make(map[*tracetree.Origin]ptrace.SpanSlice),
		resources: make(map[string]ptrace.ScopeSpansSlice),
		scopes:    make(map[string]ptrace.SpanSlice),
	}
	for i := range spans {
		toPSpan(&spans[i], g.spansOf(spans[i].Origin).AppendEmpty())
	}
	return traces
}

// grouping finds the place of a span by its origin.
type grouping struct {
	traces    ptrace.Traces
	origins   map[*tracetree.Origin]ptrace.SpanSlice
	resources map[string]ptrace.ScopeSpansSlice // by what is in a resource
	scopes    map[string]ptrace.SpanSlice       // by what is in a resource and a scope
}

func (g grouping) spansOf(origin *tracetree.Origin) ptrace.SpanSlice {
	if spans, ok := g.origins[origin]; ok {
		return spans
	}
	r, sc := partsOfOrigin(origin)
	key := appendResourceKey(nil, r)
	scopes, ok := g.resources[string(key)]
	if !ok {
		to := g.traces.ResourceSpans().AppendEmpty()
		to.SetSchemaUrl(r.schema)
		to.Resource().SetDroppedAttributesCount(r.dropped)
		toMap(r.attributes, to.Resource().Attributes())
		toEntities(r.entities, to.Resource())
		scopes = to.ScopeSpans()
		g.resources[string(key)] = scopes
	}
	key = appendScopeKey(key, sc)
	spans, ok := g.scopes[string(key)]
	if !ok {
		to := scopes.AppendEmpty()
		to.SetSchemaUrl(sc.schema)
		to.Scope().SetName(sc.name)
		to.Scope().SetVersion(sc.version)
		to.Scope().SetDroppedAttributesCount(sc.dropped)
		toMap(sc.attributes, to.Scope().Attributes())
		spans = to.Spans()
		g.scopes[string(key)] = spans
	}
	g.origins[origin] = spans
	return spans
}

func toPSpan(s *tracetree.Span, to ptrace.Span) {
	to.SetTraceID(pcommon.TraceID(s.TraceID))
	to.SetSpanID(pcommon.SpanID(s.SpanID))
	to.SetParentSpanID(pcommon.SpanID(s.Parent))
	to.SetName(s.Name)
	to.SetKind(ptrace.SpanKind(s.Kind))
	to.SetStartTimestamp(toTimestamp(s.Start))
	to.SetEndTimestamp(toTimestamp(endOf(s)))
	to.Status().SetCode(ptrace.StatusCode(s.Status))
	to.Status().SetMessage(s.StatusMessage)
	toMap(s.Attributes, to.Attributes())
	to.SetFlags(flagsOf(s))
	if r := s.Rare; r != nil {
		to.TraceState().FromRaw(r.TraceState)
		to.SetDroppedAttributesCount(r.DroppedAttributes)
		to.SetDroppedEventsCount(r.DroppedEvents)
		to.SetDroppedLinksCount(r.DroppedLinks)
	}
	for _, e := range s.Events {
		event := to.Events().AppendEmpty()
		event.SetName(e.Name)
		event.SetTimestamp(toTimestamp(e.Time))
		toMap(e.Attributes, event.Attributes())
		event.SetDroppedAttributesCount(e.DroppedAttributes)
	}
	for _, l := range s.Links {
		link := to.Links().AppendEmpty()
		link.SetTraceID(pcommon.TraceID(l.TraceID))
		link.SetSpanID(pcommon.SpanID(l.SpanID))
		toMap(l.Attributes, link.Attributes())
		link.TraceState().FromRaw(l.TraceState)
		link.SetFlags(l.Flags)
		link.SetDroppedAttributesCount(l.DroppedAttributes)
	}
}

// endOf returns the end of a span. Without one the span would be taken for unended: if its duration
// is only unknown, it ends when it starts, as the Collector translates such spans.
func endOf(s *tracetree.Span) int64 {
	if s.End == 0 && !s.Unended {
		return s.Start
	}
	return s.End
}

// flagsOf returns the flags of a span, including whether its parent is remote, if that is known.
func flagsOf(s *tracetree.Span) uint32 {
	switch s.ParentRemote {
	case tracetree.RemoteYes:
		return s.Flags | flagHasIsRemote | flagIsRemote
	case tracetree.RemoteNo:
		return s.Flags&^flagIsRemote | flagHasIsRemote
	}
	return s.Flags
}

func toEntities(entities []tracetree.Attr, to pcommon.Resource) {
	if len(entities) == 0 {
		return
	}
	refs := entityapi.ResourceEntityRefs(to)
	for _, e := range entities {
		ref := refs.AppendEmpty()
		ref.SetType(e.Key)
		_, members, _, _ := value.Parts(e.Value)
		for _, m := range members {
			switch m.Key {
			case "schemaUrl":
				ref.SetSchemaUrl(m.Value.Text())
			case "idKeys":
				toTexts(m.Value, ref.IdKeys())
			case "descriptionKeys":
				toTexts(m.Value, ref.DescriptionKeys())
			}
		}
	}
}

func toTexts(list tracetree.Value, to pcommon.StringSlice) {
	elements, _, _, _ := value.Parts(list)
	for _, e := range elements {
		to.Append(e.Text())
	}
}

func toTimestamp(t int64) pcommon.Timestamp { return pcommon.Timestamp(max(t, 0)) }

// toMap keeps the order, and of equal keys, which OTLP forbids, the last.
func toMap(attrs []tracetree.Attr, to pcommon.Map) {
	to.EnsureCapacity(len(attrs))
	for _, a := range attrs {
		toPValue(a.Value, to.PutEmpty(a.Key))
	}
}

func toPValue(v tracetree.Value, to pcommon.Value) {
	switch v.Kind() {
	case tracetree.StringValue:
		to.SetStr(v.Text())
	case tracetree.IntValue:
		n, _ := v.AsInt()
		to.SetInt(n)
	case tracetree.FloatValue:
		f, _ := v.AsFloat()
		to.SetDouble(f)
	case tracetree.BoolValue:
		to.SetBool(v == tracetree.Bool(true))
	case tracetree.JSONValue:
		elements, members, bytes, ok := value.Parts(v)
		switch {
		case !ok:
			to.SetStr(v.Text())
		case elements != nil:
			list := to.SetEmptySlice()
			for _, e := range elements {
				toPValue(e, list.AppendEmpty())
			}
		case members != nil:
			toMap(members, to.SetEmptyMap())
		default:
			to.SetEmptyBytes().FromRaw(bytes)
		}
	}
}
