package stats_test

import (
	"encoding/binary"

	"tracelab/tracetree"
)

// epoch is moment 0 of the traces in these tests, because a Unix time of 0 means that it isn't
// known.
const epoch = 1_000_000

type change func(*tracetree.Span)

// span makes an INTERNAL span of trace 1 and service svc, from one moment to another one in
// nanoseconds.
func span(id, parent uint64, name string, from, to int64, changes ...change) tracetree.Span {
	s := tracetree.Span{
		TraceID: traceID(1), SpanID: spanID(id), Name: name, Start: epoch + from, End: epoch + to,
		Origin: origin("svc"), Kind: tracetree.KindInternal,
	}
	if parent != 0 {
		s.Parent = spanID(parent)
	}
	for _, change := range changes {
		change(&s)
	}
	return s
}

func traceID(n uint64) (id tracetree.TraceID) {
	binary.BigEndian.PutUint64(id[8:], n)
	return id
}

func spanID(n uint64) (id tracetree.SpanID) {
	binary.BigEndian.PutUint64(id[:], n)
	return id
}

func origin(service string) *tracetree.Origin {
	return &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String(service)}}}
}

//go:noinline
func in(service string) change {
	return func(s *tracetree.Span) { s.Origin = origin(service) }
}

func kind(k tracetree.Kind) change {
	return func(s *tracetree.Span) { s.Kind = k }
}

var (
	server   = kind(tracetree.KindServer)
	client   = kind(tracetree.KindClient)
	producer = kind(tracetree.KindProducer)
	consumer = kind(tracetree.KindConsumer)
)

//go:noinline
func with(pairs ...string) change {
	return func(s *tracetree.Span) {
		for i := 0; i < len(pairs); i += 2 {
			s.Attributes = append(s.Attributes, tracetree.Attr{Key: pairs[i], Value: tracetree.String(pairs[i+1])})
		}
	}
}

//go:noinline
func trace(n uint64) change {
	return func(s *tracetree.Span) { s.TraceID = traceID(n) }
}

//go:noinline
func linkTo(trace, id uint64) change {
	return func(s *tracetree.Span) {
		s.Links = append(s.Links, tracetree.Link{TraceID: traceID(trace), SpanID: spanID(id)})
	}
}

func failed(s *tracetree.Span) { s.Status = tracetree.StatusError }

func untimed(s *tracetree.Span) { s.Start, s.End = 0, 0 }

func unended(s *tracetree.Span) { s.End, s.Unended = 0, true }
