package sampling

import (
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// A verdict is what was decided about a trace.
type verdict struct {
	keep bool
	drop DropReason // why, when it is not kept

	// For a kept trace: the reason, "" when it was chance, and the threshold that
	// its probability follows from, if that is known.
	reason    string
	known     bool
	threshold threshold
}

// chance decides about the sampled traces of a group to which no reason
// applies: all of them are kept, or none. The trace ids alone say which. If one
// of a share s is kept of those that a head sampler of probability p let through,
// their adjusted counts become 1/(p·s).
func (g *tailGroup) chance(rest float64) bool {
	tr := g.oldest(func(tr *tailTrace) bool { return tr.sampled })
	return tr != nil && tr.random >= tr.threshold.of(rest)
}

// verdicts decides about the group. Without a reason, and without chance, a
// trace is dropped for the given one.
func (g *tailGroup) verdicts(p *TailPolicy, now time.Time, otherwise DropReason) func(*tailTrace) verdict {
	if reason := g.reason(p, now); reason != "" {
		return func(*tailTrace) verdict { return verdict{keep: true, reason: reason, known: true} }
	}
	if v := g.followed; v != nil && v.reason == "" {
		// It is kept whatever its own chance was. How likely that was is known when it would have
		// been kept anyway.
		return func(tr *tailTrace) verdict {
			return verdict{keep: true, known: tr.sampled && tr.known && p.Rest >= 1, threshold: tr.threshold}
		}
	} else if v != nil {
		return func(*tailTrace) verdict { return *v }
	}
	lucky := g.chance(p.Rest)
	return func(tr *tailTrace) verdict {
		if !lucky || !tr.sampled {
			return verdict{drop: otherwise}
		}
		return verdict{keep: true, known: tr.known, threshold: tr.threshold.of(p.Rest)}
	}
}

// span returns a span of a kept trace as it is exported: sampled, as it was
// after all, and with the probability of that. Other processes have received
// the decision of the head sampler.
//
// In a group one trace's number decides for all. Where that is another's, and this
// trace's would not have passed, the threshold is left out of the tracestate: by
// its own rule the trace could not be there. Its root has the ratio all the same.
func (v *verdict) span(span sdktrace.ReadOnlySpan) sdktrace.ReadOnlySpan {
	sc := span.SpanContext()
	root := !span.Parent().IsValid()
	before, had := thresholdIn(sc.TraceState())
	writes := v.known && randomnessOf(sc.TraceID(), sc.TraceState()) >= v.threshold
	if sc.IsSampled() && had == writes && (!had || before == v.threshold) && v.reason == "" &&
		(!root || writes == v.known) {
		return span
	}
	kept := &keptSpan{ReadOnlySpan: span, attributes: span.Attributes()}
	digits := ""
	if writes {
		digits = v.threshold.String()
	}
	kept.spanContext = sc.
		WithTraceFlags(sc.TraceFlags().WithSampled(true)).
		WithTraceState(setOT(sc.TraceState(), otThreshold, digits))
	if root {
		kept.attributes = v.attributes(kept.attributes)
	}
	return kept
}

// attributes returns a root's attributes with the ratio and the reason.
func (v *verdict) attributes(attrs []attribute.KeyValue) []attribute.KeyValue {
	out := make([]attribute.KeyValue, 0, len(attrs)+2)
	out = append(out, attrs...)
	out = slices.DeleteFunc(out, func(attr attribute.KeyValue) bool { return attr.Key == RatioKey })
	if v.known {
		out = append(out, RatioKey.Float64(v.threshold.probability()))
	}
	if v.reason != "" {
		out = append(out, ReasonKey.String(v.reason))
	}
	return out
}

// keptSpan is a span with what its verdict changes.
type keptSpan struct {
	sdktrace.ReadOnlySpan
	spanContext trace.SpanContext
	attributes  []attribute.KeyValue
}

func (s *keptSpan) SpanContext() trace.SpanContext   { return s.spanContext }
func (s *keptSpan) Attributes() []attribute.KeyValue { return s.attributes }

// maxVerdicts is how many decisions are remembered for spans that come late:
// about 10 MB of them.
const maxVerdicts = 1 << 16

// verdictMemory remembers the latest verdicts.
type verdictMemory struct {
	of   map[trace.TraceID]*verdict
	ring []trace.TraceID // in the order of the decisions
	next int             // where the oldest is, when the ring is full
}

func newVerdictMemory() verdictMemory { return verdictMemory{of: map[trace.TraceID]*verdict{}} }

func (m *verdictMemory) add(id trace.TraceID, v *verdict) {
	m.of[id] = v
	if len(m.ring) < maxVerdicts {
		m.ring = append(m.ring, id)
		return
	}
	delete(m.of, m.ring[m.next])
	m.ring[m.next] = id
	m.next = (m.next + 1) % maxVerdicts
}
