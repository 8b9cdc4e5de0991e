// Package fromsdk converts spans of the OpenTelemetry Go SDK into spans of tracetree. It is apart
// from package codec, as the tests of other programs import it through treetest, and those programs
// should not have to link pdata.
package fromsdk

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/value"
)

// Spans converts the given spans, in their order. Spans of equal resources and scopes share one
// Origin. A span that has not ended is marked as unended. The result keeps no reference to the
// given spans.
//
// Spans reads every span once. It is as safe for concurrent use as the given spans are.
func Spans(spans []sdktrace.ReadOnlySpan) []tracetree.Span {
	origins := make(map[originKey]*tracetree.Origin)
	converted := make([]tracetree.Span, len(spans))
	for i, s := range spans {
		converted[i] = fromSDK(s, origins)
	}
	return converted
}

func fromSDK(s sdktrace.ReadOnlySpan, origins map[originKey]*tracetree.Origin) tracetree.Span {
	status := s.Status()
	return tracetree.Span{
		TraceID:       tracetree.TraceID(s.SpanContext().TraceID()),
		SpanID:        tracetree.SpanID(s.SpanContext().SpanID()),
		Parent:        tracetree.SpanID(s.Parent().SpanID()),
		Name:          s.Name(),
		Start:         nanoseconds(s.StartTime()),
		End:           nanoseconds(s.EndTime()),
		Attributes:    attributes(s.Attributes()),
		Events:        events(s.Events()),
		Links:         links(s.Links()),
		StatusMessage: status.Description,
		Origin:        origin(s.Resource(), s.InstrumentationScope(), origins),
		Rare:          rare(s),
		Kind:          kind(s.SpanKind()),
		Status:        statusCode(status.Code),
		ParentRemote:  parentRemote(s.Parent()),
		Unended:       s.EndTime().IsZero(),
		Flags:         uint32(s.SpanContext().TraceFlags()),
	}
}

// originKey identifies an origin. A Distinct is a hash of attributes that is made for use in maps.
type originKey struct {
	resource, scope attribute.Distinct
	name, version   string
	urls            [2]string // of the schemas
}

func origin(r *resource.Resource, scope instrumentation.Scope,
	known map[originKey]*tracetree.Origin,
) *tracetree.Origin {
	key := originKey{
		r.Equivalent(), scope.Attributes.Equivalent(), scope.Name, scope.Version,
		[2]string{r.SchemaURL(), scope.SchemaURL},
	}
	if o, ok := known[key]; ok {
		return o
	}
	o := &tracetree.Origin{
		Resource:        attributes(r.Attributes()),
		ResourceSchema:  r.SchemaURL(),
		ScopeName:       scope.Name,
		ScopeVersion:    scope.Version,
		ScopeAttributes: attributes(scope.Attributes.ToSlice()),
		ScopeSchema:     scope.SchemaURL,
	}
	known[key] = o
	return o
}

// nanoseconds returns 0 for the zero time, which is an unknown time.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func attributes(from []attribute.KeyValue) []tracetree.Attr {
	if len(from) == 0 {
		return nil
	}
	list := make([]tracetree.Attr, len(from))
	for i, a := range from {
		list[i] = tracetree.Attr{Key: string(a.Key), Value: valueOf(a.Value)}
	}
	return list
}

func valueOf(v attribute.Value) tracetree.Value {
	switch v.Type() {
	case attribute.EMPTY:
		return tracetree.Value{}
	case attribute.BOOL:
		return tracetree.Bool(v.AsBool())
	case attribute.INT64:
		return tracetree.Int(v.AsInt64())
	case attribute.FLOAT64:
		return tracetree.Float(v.AsFloat64())
	case attribute.STRING:
		return tracetree.String(v.AsString())
	case attribute.BYTESLICE:
		return value.Bytes(v.AsByteSlice())
	case attribute.BOOLSLICE:
		return array(v.AsBoolSlice(), tracetree.Bool)
	case attribute.INT64SLICE:
		return array(v.AsInt64Slice(), tracetree.Int)
	case attribute.FLOAT64SLICE:
		return array(v.AsFloat64Slice(), tracetree.Float)
	case attribute.STRINGSLICE:
		return array(v.AsStringSlice(), tracetree.String)
	case attribute.SLICE:
		return array(v.AsSlice(), valueOf)
	case attribute.MAP:
		return value.Object(attributes(v.AsMap()))
	default:
		return tracetree.String(v.String()) // a type that is newer than this package
	}
}

func array[T any](elements []T, of func(T) tracetree.Value) tracetree.Value {
	list := make([]tracetree.Value, len(elements))
	for i, e := range elements {
		list[i] = of(e)
	}
	return value.Array(list)
}

func events(from []sdktrace.Event) []tracetree.Event {
	if len(from) == 0 {
		return nil
	}
	list := make([]tracetree.Event, len(from))
	for i, e := range from {
		list[i] = tracetree.Event{
			Name: e.Name, Time: nanoseconds(e.Time), Attributes: attributes(e.Attributes),
			DroppedAttributes: uint32(e.DroppedAttributeCount),
		}
	}
	return list
}

func links(from []sdktrace.Link) []tracetree.Link {
	if len(from) == 0 {
		return nil
	}
	list := make([]tracetree.Link, len(from))
	for i, l := range from {
		list[i] = tracetree.Link{
			TraceID:           tracetree.TraceID(l.SpanContext.TraceID()),
			SpanID:            tracetree.SpanID(l.SpanContext.SpanID()),
			TraceState:        l.SpanContext.TraceState().String(),
			Attributes:        attributes(l.Attributes),
			DroppedAttributes: uint32(l.DroppedAttributeCount),
			Flags:             linkFlags(l.SpanContext),
		}
	}
	return list
}

// linkFlags returns the flags of a link as OTLP has them: W3C's, and whether it is known that the
// span is in another process.
func linkFlags(linked trace.SpanContext) uint32 {
	const hasIsRemote, isRemote = 0x100, 0x200
	flags := uint32(linked.TraceFlags())
	if linked.IsRemote() {
		flags |= hasIsRemote | isRemote
	}
	return flags
}

func rare(s sdktrace.ReadOnlySpan) *tracetree.Rare {
	r := tracetree.Rare{
		TraceState:        s.SpanContext().TraceState().String(),
		DroppedAttributes: uint32(s.DroppedAttributes()),
		DroppedEvents:     uint32(s.DroppedEvents()),
		DroppedLinks:      uint32(s.DroppedLinks()),
	}
	if r == (tracetree.Rare{}) {
		return nil
	}
	return &r
}

func kind(k trace.SpanKind) tracetree.Kind {
	switch k {
	case trace.SpanKindInternal:
		return tracetree.KindInternal
	case trace.SpanKindServer:
		return tracetree.KindServer
	case trace.SpanKindClient:
		return tracetree.KindClient
	case trace.SpanKindProducer:
		return tracetree.KindProducer
	case trace.SpanKindConsumer:
		return tracetree.KindConsumer
	default:
		return tracetree.KindUnspecified
	}
}

func statusCode(c codes.Code) tracetree.Status {
	switch c {
	case codes.Ok:
		return tracetree.StatusOK
	case codes.Error:
		return tracetree.StatusError
	default:
		return tracetree.StatusUnset
	}
}

func parentRemote(parent trace.SpanContext) tracetree.Remote {
	switch {
	case !parent.SpanID().IsValid():
		return tracetree.RemoteUnknown
	case parent.IsRemote():
		return tracetree.RemoteYes
	default:
		return tracetree.RemoteNo
	}
}
