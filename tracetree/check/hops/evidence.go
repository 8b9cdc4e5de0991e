package hops

import (
	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
)

// Evidence is what the hops that kept their context show about those that lost it.
type Evidence struct {
	works    map[workingHop]bool
	injects  map[flow]bool
	extracts map[flow]bool
}

type workingHop struct {
	from, to span.Instance
	key      Key // as ServedKeyOf
}

// flow is one sort of hop at one process.
type flow struct {
	at    span.Instance
	class Class
}

func EvidenceOf(forest *tracetree.Forest) *Evidence {
	e := &Evidence{map[workingHop]bool{}, map[flow]bool{}, map[flow]bool{}}
	spans := forest.Spans()
	for i := range spans {
		s := &spans[i]
		if s.Kind != tracetree.KindServer && s.Kind != tracetree.KindConsumer {
			continue
		}
		above, ok := forest.Node(i).Parent() // by parent or by link
		if !ok || above.Span().Kind != tracetree.KindClient && above.Span().Kind != tracetree.KindProducer {
			continue
		}
		key := ServedKeyOf(s)
		class := key.Class
		if s.Kind == tracetree.KindConsumer {
			class = Message // whether or not it has an id
		}
		from, to := span.InstanceOf(above.Span()), span.InstanceOf(s)
		e.injects[flow{from, class}] = true
		e.extracts[flow{to, class}] = true
		if class != Message {
			e.works[workingHop{from, to, key}] = true
		}
	}
	return e
}

// Works reports whether context reached the server's process from the caller's
// in another call of the same operation.
func (e *Evidence) Works(caller, server *tracetree.Span) bool {
	return e.works[workingHop{span.InstanceOf(caller), span.InstanceOf(server), ServedKeyOf(server)}]
}

// Injects reports whether context that the process of a span sent arrived
// anywhere, over hops of a class.
func (e *Evidence) Injects(s *tracetree.Span, class Class) bool {
	return e.injects[flow{span.InstanceOf(s), class}]
}

// Extracts reports whether the process of a span continued a trace from
// anywhere, over hops of a class.
func (e *Evidence) Extracts(s *tracetree.Span, class Class) bool {
	return e.extracts[flow{span.InstanceOf(s), class}]
}
