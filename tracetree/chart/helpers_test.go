package chart_test

import "tracelab/tracetree"

// span is a span of a test, in milliseconds; its parent is the number of another one, from 1.
type span struct {
	service, name string
	parent        int
	start, end    int64
	edit          func(*tracetree.Span)
}

func build(trace byte, spans ...span) []tracetree.Span {
	var built []tracetree.Span
	for i, s := range spans {
		b := tracetree.Span{
			TraceID: tracetree.TraceID{trace}, SpanID: tracetree.SpanID{trace, byte(i + 1)}, Name: s.name,
			Start: 1e15 + s.start*1e6, End: 1e15 + s.end*1e6, Kind: tracetree.KindInternal,
			Origin: &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String(s.service)}}},
		}
		if s.parent > 0 {
			b.Parent = tracetree.SpanID{trace, byte(s.parent)}
		}
		if s.edit != nil {
			s.edit(&b)
		}
		built = append(built, b)
	}
	return built
}
