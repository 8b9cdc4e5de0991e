package main

import (
	"errors"
	"fmt"
	"slices"

	"tracelab/tracetree"
)

// lawful returns an error unless what a sampler kept of the given traces is within the laws of every
// tail sampler: a trace is kept whole, the parent of a kept span is kept, and nothing is there that
// wasn't given. A trace with an error, or a slow one, is kept.
func lawful(sampler string, given, kept traces) error {
	var errs []error
	broken := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf(sampler+" "+format, args...))
	}
	for id, t := range kept {
		source := given[id]
		for _, span := range t.spans {
			switch original, found := source.spans[span.SpanID]; {
			case !found:
				broken("invented span %s of trace %s", span.SpanID, id)
			case !alike(original, span):
				broken("changed span %s of trace %s from %+v to %+v", span.SpanID, id, original, span)
			}
			if _, found := source.spans[span.Parent]; found {
				if _, found := t.spans[span.Parent]; !found {
					broken("lost the parent of span %s of trace %s", span.SpanID, id)
				}
			}
		}
		if len(t.spans) < len(source.spans) {
			broken("kept %d of %d spans of trace %s", len(t.spans), len(source.spans), id)
		}
		if t.copies > 0 {
			broken("kept spans of trace %s more than once", id)
		}
	}
	for id := range wanted(given) {
		if _, found := kept[id]; !found {
			broken("lost trace %s, which has an error or is slow", id)
		}
	}
	return errors.Join(errs[:min(len(errs), 10)]...)
}

// alike reports whether a sampler left a span as it was. It may record its decision, in attributes
// of its own.
func alike(a, b tracetree.Span) bool {
	type link struct {
		trace tracetree.TraceID
		span  tracetree.SpanID
	}
	links := func(s tracetree.Span) (all []link) {
		for _, l := range s.Links {
			all = append(all, link{l.TraceID, l.SpanID})
		}
		return all
	}
	for _, attr := range a.Attributes {
		if v, found := b.Attr(attr.Key); !found || v.Text() != attr.Value.Text() {
			return false
		}
	}
	return a.Parent == b.Parent && a.Name == b.Name && a.Kind == b.Kind && a.Start == b.Start && a.End == b.End &&
		a.Status == b.Status && a.StatusMessage == b.StatusMessage && a.Service() == b.Service() &&
		slices.Equal(links(a), links(b))
}
