package check

import "tracelab/tracetree"

// evidence is what the hops that went well tell about those that didn't.
type evidence struct {
	works    map[workingHop]bool
	injects  map[flow]bool
	extracts map[flow]bool
}

type workingHop struct {
	from, to instance
	key      hopKey // as servedKeyOf
}

// flow is one sort of hop at one process.
type flow struct {
	at    instance
	class hopClass
}

func evidenceOf(forest *tracetree.Forest) *evidence {
	e := &evidence{map[workingHop]bool{}, map[flow]bool{}, map[flow]bool{}}
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
		key := servedKeyOf(s)
		class := key.class
		if s.Kind == tracetree.KindConsumer {
			class = messageHop // whether or not it has an id
		}
		from, to := instanceOf(above.Span()), instanceOf(s)
		e.injects[flow{from, class}] = true
		e.extracts[flow{to, class}] = true
		if class != messageHop {
			e.works[workingHop{from, to, key}] = true
		}
	}
	return e
}
