package stats

import (
	"cmp"
	"maps"
	"slices"

	"tracelab/tracetree"
)

// Map is a map of services: which endpoints each of them calls, how often, for how long, and with
// how many errors.
type Map struct {
	Nodes []Endpoint `json:"nodes"` // services first, then databases, queues and external ones, each by name
	Edges []Edge     `json:"edges"` // by From and then To, in the order of Nodes
}

// Edge is all calls from one endpoint to another one. From a service to a queue, a call is a
// message sent; from a queue to a service, a message processed.
type Edge struct {
	From      Endpoint   `json:"from"`
	To        Endpoint   `json:"to"`
	Calls     int        `json:"calls"` // at least 1
	Errors    int        `json:"errors"`
	ErrorRate float64    `json:"error_rate"`          // errors per call, from 0 to 1
	Durations *Durations `json:"durations,omitempty"` // nil: none is known
}

// ServiceMap returns the map of what is in the forests, each of which is looked at by itself: a
// call from a span of one forest to a span of another one is not found.
//
//   - A CLIENT and the span of the service that answers it are one call, as long as the CLIENT
//     took, and an error when either is in ERROR. INTERNAL spans may be between them. Several
//     answers of one service to one CLIENT, as of a retry that has no span, are one call, of which
//     the last answer counts.
//   - A span below a span of another service is a call without a CLIENT: it is as long as that
//     span.
//   - A CLIENT or PRODUCER that no service answers is a call to a database, a queue or an external
//     host, named by its attributes. If such spans are nested in one service, the inner one is the
//     call, except below a database call or a message: there, the inner one is only the transport.
//   - A CONSUMER is a call from the queue for every message that it is below or links to, so a
//     batch is as many calls as it has messages. Where the spans that sent them are not in the
//     forest, it is one call, from the queue that it names itself. A span that fetches messages for
//     CONSUMERs below it is not a call.
//   - So is another span that got a message: a root with a link to the span that sent it, or a span
//     of another service below that.
//
// Spans with the [tracetree.Duplicate] mark are left out. It takes O(n log n) time.
func ServiceMap(forests ...*tracetree.Forest) Map {
	type pair struct{ from, to Endpoint }
	nodes := make(map[Endpoint]bool)
	edges := make(map[pair]*tally)
	for _, f := range forests {
		findCalls(f, func(service string) {
			nodes[Endpoint{Service, service}] = true
		}, func(c call) {
			nodes[c.from], nodes[c.to] = true, true
			t := edges[pair{c.from, c.to}]
			if t == nil {
				t = &tally{}
				edges[pair{c.from, c.to}] = t
			}
			t.add(c.span, c.failed)
		})
	}
	m := Map{Nodes: slices.SortedFunc(maps.Keys(nodes), Endpoint.compare), Edges: make([]Edge, 0, len(edges))}
	if m.Nodes == nil {
		m.Nodes = []Endpoint{} // an empty list in JSON
	}
	for p, t := range edges {
		m.Edges = append(m.Edges, Edge{
			From:      p.from,
			To:        p.to,
			Calls:     t.calls,
			Errors:    t.errors,
			ErrorRate: t.errorRate(),
			Durations: durationsOf(t.durations),
		})
	}
	slices.SortFunc(m.Edges, func(a, b Edge) int { return cmp.Or(a.From.compare(b.From), a.To.compare(b.To)) })
	return m
}
