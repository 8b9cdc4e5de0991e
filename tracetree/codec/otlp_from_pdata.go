package codec

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	entityapi "go.opentelemetry.io/collector/pdata/xpdata/entity"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/value"
)

// FromPData converts what an OTLP receiver got, in its order. Spans of equal resources and scopes
// share one Origin. Spans keep their ids, invalid ones too; times after the year 2262 become
// unknown. Nothing of the given traces is kept, except for strings, which don't change.
func FromPData(traces ptrace.Traces) []tracetree.Span {
	spans := make([]tracetree.Span, 0, traces.SpanCount())
	known := make(origins)
	for _, rs := range traces.ResourceSpans().All() {
		from := resource{
			attributes: fromMap(rs.Resource().Attributes()), schema: rs.SchemaUrl(),
			dropped:  rs.Resource().DroppedAttributesCount(),
			entities: fromEntities(rs.Resource()),
		}
		for _, ss := range rs.ScopeSpans().All() {
			in := ss.Scope()
			origin := known.of(from,
				scope{in.Name(), in.Version(), fromMap(in.Attributes()), ss.SchemaUrl(), in.DroppedAttributesCount()})
			for _, s := range ss.Spans().All() {
				spans = append(spans, fromPSpan(s, origin))
			}
		}
	}
	return spans
}

func fromPSpan(s ptrace.Span, origin *tracetree.Origin) tracetree.Span {
	span := tracetree.Span{
		TraceID:       tracetree.TraceID(s.TraceID()),
		SpanID:        tracetree.SpanID(s.SpanID()),
		Parent:        tracetree.SpanID(s.ParentSpanID()),
		Name:          s.Name(),
		Start:         fromTimestamp(s.StartTimestamp()),
		End:           fromTimestamp(s.EndTimestamp()),
		Attributes:    fromMap(s.Attributes()),
		StatusMessage: s.Status().Message(),
		Origin:        origin,
		Kind:          tracetree.Kind(knownNumber(int64(s.Kind()), kindNames)),
		Status:        tracetree.Status(knownNumber(int64(s.Status().Code()), statusNames)),
		Rare: rareOrNil(tracetree.Rare{
			TraceState:        s.TraceState().AsRaw(),
			DroppedAttributes: s.DroppedAttributesCount(),
			DroppedEvents:     s.DroppedEventsCount(),
			DroppedLinks:      s.DroppedLinksCount(),
		}),
	}
	span.ParentRemote, span.Flags = parentOf(span.Parent, s.Flags()), s.Flags()
	span.Unended = span.Start != 0 && span.End == 0
	for _, e := range s.Events().All() {
		span.Events = append(span.Events, tracetree.Event{
			Name: e.Name(), Time: fromTimestamp(e.Timestamp()), Attributes: fromMap(e.Attributes()),
			DroppedAttributes: e.DroppedAttributesCount(),
		})
	}
	for _, l := range s.Links().All() {
		span.Links = append(span.Links, tracetree.Link{
			TraceID: tracetree.TraceID(l.TraceID()), SpanID: tracetree.SpanID(l.SpanID()), Attributes: fromMap(l.Attributes()),
			TraceState: l.TraceState().AsRaw(), Flags: l.Flags(), DroppedAttributes: l.DroppedAttributesCount(),
		})
	}
	return span
}

// fromEntities returns the entities that a resource describes.
func fromEntities(r pcommon.Resource) []tracetree.Attr {
	var entities []tracetree.Attr
	for _, e := range entityapi.ResourceEntityRefs(r).All() {
		texts := func(list pcommon.StringSlice) []tracetree.Value {
			var values []tracetree.Value
			for _, text := range list.All() {
				values = append(values, tracetree.String(text))
			}
			return values
		}
		entities = append(entities, entity(e.Type(), e.SchemaUrl(), texts(e.IdKeys()), texts(e.DescriptionKeys())))
	}
	return entities
}

func fromTimestamp(t pcommon.Timestamp) int64 {
	if n := int64(t); n > 0 {
		return n
	}
	return 0
}

func fromMap(m pcommon.Map) []tracetree.Attr {
	if m.Len() == 0 {
		return nil
	}
	attrs := make([]tracetree.Attr, 0, m.Len())
	for key, v := range m.All() {
		attrs = append(attrs, tracetree.Attr{Key: key, Value: fromPValue(v)})
	}
	return attrs
}

func fromPValue(v pcommon.Value) tracetree.Value {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return tracetree.String(v.Str())
	case pcommon.ValueTypeInt:
		return tracetree.Int(v.Int())
	case pcommon.ValueTypeDouble:
		return tracetree.Float(v.Double())
	case pcommon.ValueTypeBool:
		return tracetree.Bool(v.Bool())
	case pcommon.ValueTypeBytes:
		return value.Bytes(v.Bytes().AsRaw())
	case pcommon.ValueTypeSlice:
		var elements []tracetree.Value
		for _, e := range v.Slice().All() {
			elements = append(elements, fromPValue(e))
		}
		return value.Array(elements)
	case pcommon.ValueTypeMap:
		return value.Object(fromMap(v.Map()))
	default:
		return tracetree.Value{}
	}
}
