package codec

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"tracelab/tracetree"
)

// ToPData converts spans for exporters and writers of OTLP. It groups them by Origin, in the order in which those come
// up, and keeps the order of the spans within. What OTLP can't hold is not there: times before 1970 become 0, not
// known, and that a span has not ended is told by its end of 0.
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
	o := origin
	if o == nil {
		o = new(tracetree.Origin)
	}
	key := appendAttrsKey(nil, o.Resource)
	scopes, ok := g.resources[string(key)]
	if !ok {
		resource := g.traces.ResourceSpans().AppendEmpty()
		toMap(o.Resource, resource.Resource().Attributes())
		scopes = resource.ScopeSpans()
		g.resources[string(key)] = scopes
	}
	key = appendTextKey(key, o.ScopeName)
	key = appendTextKey(key, o.ScopeVersion)
	key = appendAttrsKey(key, o.ScopeAttributes)
	spans, ok := g.scopes[string(key)]
	if !ok {
		s := scopes.AppendEmpty()
		s.Scope().SetName(o.ScopeName)
		s.Scope().SetVersion(o.ScopeVersion)
		toMap(o.ScopeAttributes, s.Scope().Attributes())
		spans = s.Spans()
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
	to.SetEndTimestamp(toTimestamp(s.End))
	to.Status().SetCode(ptrace.StatusCode(s.Status))
	to.Status().SetMessage(s.StatusMessage)
	toMap(s.Attributes, to.Attributes())
	switch s.ParentRemote {
	case tracetree.RemoteYes:
		to.SetFlags(flagHasIsRemote | flagIsRemote)
	case tracetree.RemoteNo:
		to.SetFlags(flagHasIsRemote)
	}
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
	}
	for _, l := range s.Links {
		link := to.Links().AppendEmpty()
		link.SetTraceID(pcommon.TraceID(l.TraceID))
		link.SetSpanID(pcommon.SpanID(l.SpanID))
		toMap(l.Attributes, link.Attributes())
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
		elements, members, bytes, ok := parts(v)
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
