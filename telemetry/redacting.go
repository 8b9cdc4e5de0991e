package telemetry

import (
	"context"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Redacting returns an exporter that masks what package redact finds sensitive
// before it hands spans on: in their names, attributes, events, links and status
// messages, in tracestates, and in their resources and scopes. A span without
// anything to mask is handed on as it is. Masking happens in the goroutine that
// exports, not in that of the span.
//
// It changes what is exported, never the span: processors see what was recorded.
// It is safe for concurrent use if next is.
func Redacting(next sdktrace.SpanExporter) sdktrace.SpanExporter {
	return &redactingExporter{next: next, masker: newMasker()}
}

// Masked returns the spans as [Redacting] hands them on: the same slice when there is nothing to
// mask.
func Masked(spans []sdktrace.ReadOnlySpan) []sdktrace.ReadOnlySpan {
	return (&redactingExporter{masker: newMasker()}).masked(spans)
}

type redactingExporter struct {
	next sdktrace.SpanExporter

	mu     sync.Mutex // not held while next exports
	masker *masker
}

func (e *redactingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	return e.next.ExportSpans(ctx, e.masked(spans))
}

func (e *redactingExporter) Shutdown(ctx context.Context) error { return e.next.Shutdown(ctx) }

// masked returns the spans with their secrets masked: the same slice when there
// are no secrets.
func (e *redactingExporter) masked(spans []sdktrace.ReadOnlySpan) []sdktrace.ReadOnlySpan {
	e.mu.Lock()
	defer e.mu.Unlock()
	masked, cloned := spans, false
	for i, span := range spans {
		if out, changed := e.masker.span(span); changed {
			if !cloned {
				masked, cloned = slices.Clone(spans), true
			}
			masked[i] = out
		}
	}
	return masked
}

// maskedSpan is a span with some parts replaced.
type maskedSpan struct {
	sdktrace.ReadOnlySpan
	name        string
	spanContext trace.SpanContext
	parent      trace.SpanContext
	attributes  []attribute.KeyValue
	events      []sdktrace.Event
	links       []sdktrace.Link
	status      sdktrace.Status
	resource    *resource.Resource
	scope       instrumentation.Scope
}

func (s *maskedSpan) Name() string                                { return s.name }
func (s *maskedSpan) SpanContext() trace.SpanContext              { return s.spanContext }
func (s *maskedSpan) Parent() trace.SpanContext                   { return s.parent }
func (s *maskedSpan) Attributes() []attribute.KeyValue            { return s.attributes }
func (s *maskedSpan) Events() []sdktrace.Event                    { return s.events }
func (s *maskedSpan) Links() []sdktrace.Link                      { return s.links }
func (s *maskedSpan) Status() sdktrace.Status                     { return s.status }
func (s *maskedSpan) Resource() *resource.Resource                { return s.resource }
func (s *maskedSpan) InstrumentationScope() instrumentation.Scope { return s.scope }

// InstrumentationLibrary is the older name of InstrumentationScope, which the
// interface still has.
func (s *maskedSpan) InstrumentationLibrary() instrumentation.Scope { return s.scope }

// span returns the span with its secrets masked, and whether there were any.
func (m *masker) span(span sdktrace.ReadOnlySpan) (sdktrace.ReadOnlySpan, bool) {
	var masked maskedSpan
	var changed [9]bool
	masked.name, changed[0] = m.rules.Text(span.Name())
	masked.attributes, changed[1] = m.attributes(span.Attributes())
	masked.events, changed[2] = m.events(span.Events())
	masked.links, changed[3] = m.links(span.Links())
	masked.status = span.Status()
	masked.status.Description, changed[4] = m.rules.Text(masked.status.Description)
	masked.resource, changed[5] = m.resource(span.Resource())
	masked.scope, changed[6] = m.scope(span.InstrumentationScope())
	masked.spanContext, changed[7] = maskSpanContext(span.SpanContext())
	masked.parent, changed[8] = maskSpanContext(span.Parent())
	if changed == [9]bool{} {
		return span, false
	}
	kept := masked // only a span with a secret is put on the heap
	kept.ReadOnlySpan = span
	return &kept, true
}
