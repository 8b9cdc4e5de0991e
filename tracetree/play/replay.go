package play

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"tracelab/tracetree"
)

// Origins returns the TracerProvider of an origin. It is called once for each origin that is
// replayed. The provider has to generate IDs with [RecordedIDs].
type Origins func(*tracetree.Origin) trace.TracerProvider

// Replay creates recorded spans anew, with their IDs, times, attributes, events and links, so that
// samplers and processors handle them as if they happened now. A sampler's decision about a trace's
// root reaches the rest of the trace, and the spans that link to it, in place of the decision when
// they were recorded. Recorded attributes that are in without are left out.
//
// Roots begin in the order of their start. A span ends after its children. Origin may be nil, as in
// the spans. Replay returns the error of ctx when it ends before all is done.
func Replay(ctx context.Context, forest *tracetree.Forest, origins Origins, without ...attribute.Key) error {
	r := &replayer{
		origins: origins, tracers: map[*tracetree.Origin]trace.Tracer{}, without: without,
		made: map[spanKey]trace.SpanContext{}, roots: map[tracetree.TraceID]trace.SpanContext{},
	}
	tops := slices.Collect(forest.Tops())
	// Orphans come last, as they follow the root of their trace.
	slices.SortStableFunc(tops, func(a, b tracetree.Node) int {
		return cmp.Or(cmp.Compare(orphaned(a), orphaned(b)), cmp.Compare(a.Span().Start, b.Span().Start))
	})
	for _, top := range tops {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.replay(top)
	}
	return nil
}

func orphaned(n tracetree.Node) int {
	if n.Span().Parent == (tracetree.SpanID{}) {
		return 0
	}
	return 1
}

type spanKey struct {
	trace tracetree.TraceID
	span  tracetree.SpanID
}

type replayer struct {
	origins Origins
	tracers map[*tracetree.Origin]trace.Tracer
	without []attribute.Key

	made  map[spanKey]trace.SpanContext
	roots map[tracetree.TraceID]trace.SpanContext // of the first root of each trace
}

// above returns the context of a span's parent, which may be missing in the capture.
func (r *replayer) above(s *tracetree.Span) trace.SpanContext {
	if s.Parent == (tracetree.SpanID{}) {
		return trace.SpanContext{}
	}
	if made, ok := r.made[spanKey{s.TraceID, s.Parent}]; ok {
		return made
	}
	parent := trace.SpanContext{}.WithTraceID(trace.TraceID(s.TraceID)).WithSpanID(trace.SpanID(s.Parent)).
		WithRemote(true)
	if root, ok := r.roots[s.TraceID]; ok {
		return parent.WithTraceFlags(root.TraceFlags()).WithTraceState(root.TraceState())
	}
	state := trace.TraceState{}
	if s.Rare != nil {
		state, _ = trace.ParseTraceState(s.Rare.TraceState) // a bad one is as good as none
	}
	return parent.WithTraceFlags(trace.FlagsSampled).WithTraceState(state) // it would not be in a capture otherwise
}

func (r *replayer) replay(node tracetree.Node) {
	s := node.Span()
	ids := recordedIDs{trace.TraceID(s.TraceID), trace.SpanID(s.SpanID)}
	ctx := trace.ContextWithSpanContext(context.WithValue(context.Background(), recordedIDsKey{}, ids), r.above(s))
	attributes := slices.DeleteFunc(keyValues(s.Attributes), func(a attribute.KeyValue) bool {
		return slices.Contains(r.without, a.Key)
	})
	_, span := r.tracer(s.Origin).Start(ctx, s.Name,
		trace.WithTimestamp(timeOf(s.Start)), trace.WithSpanKind(sdkKinds[s.Kind]),
		trace.WithAttributes(attributes...), trace.WithLinks(r.links(s.Links)...))
	made := span.SpanContext()
	r.made[spanKey{s.TraceID, s.SpanID}] = made
	if _, ok := r.roots[s.TraceID]; !ok {
		r.roots[s.TraceID] = made
	}
	for _, event := range s.Events {
		span.AddEvent(event.Name, trace.WithTimestamp(timeOf(event.Time)),
			trace.WithAttributes(keyValues(event.Attributes)...))
	}
	switch s.Status {
	case tracetree.StatusError:
		span.SetStatus(codes.Error, s.StatusMessage)
	case tracetree.StatusOK:
		span.SetStatus(codes.Ok, "")
	}
	for child := range node.Children() {
		r.replay(child)
	}
	span.End(trace.WithTimestamp(timeOf(max(s.Start, s.End))))
}

func (r *replayer) tracer(origin *tracetree.Origin) trace.Tracer {
	tracer, ok := r.tracers[origin]
	if !ok {
		name, options := "", []trace.TracerOption{}
		if origin != nil {
			name = origin.ScopeName
			options = append(options, trace.WithInstrumentationVersion(origin.ScopeVersion),
				trace.WithInstrumentationAttributes(keyValues(origin.ScopeAttributes)...),
				trace.WithSchemaURL(origin.ScopeSchema))
		}
		tracer = r.origins(origin).Tracer(name, options...)
		r.tracers[origin] = tracer
	}
	return tracer
}

// links returns links, with what was decided now about the spans that they are to.
func (r *replayer) links(links []tracetree.Link) []trace.Link {
	converted := make([]trace.Link, len(links))
	for i, l := range links {
		sc, ok := r.made[spanKey{l.TraceID, l.SpanID}]
		if !ok {
			state, _ := trace.ParseTraceState(l.TraceState) // a bad one is as good as none
			sc = trace.SpanContext{}.WithTraceID(trace.TraceID(l.TraceID)).WithSpanID(trace.SpanID(l.SpanID)).
				WithTraceFlags(trace.TraceFlags(l.Flags)).WithTraceState(state)
		}
		converted[i] = trace.Link{SpanContext: sc, Attributes: keyValues(l.Attributes)}
	}
	return converted
}

// timeOf returns the zero time for an unknown one.
func timeOf(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds)
}

// RecordedIDs is an IDGenerator of the SDK for [Replay]: it returns the IDs that spans had when
// they were recorded.
type RecordedIDs struct{}

type recordedIDsKey struct{}

type recordedIDs struct {
	trace trace.TraceID
	span  trace.SpanID
}

// NewIDs returns the IDs of a span that begins a trace.
func (RecordedIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	ids, _ := ctx.Value(recordedIDsKey{}).(recordedIDs)
	return ids.trace, ids.span
}

// NewSpanID returns the ID of a span in a trace.
func (RecordedIDs) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	ids, _ := ctx.Value(recordedIDsKey{}).(recordedIDs)
	return ids.span
}
