package check

import (
	"slices"
	"strconv"

	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
)

func missingIOSpan() Check {
	const insert = "db: PutItem (orders table)"
	config := Config{Routes: []Route{{Label: "shop: POST /order", IO: []string{insert, "sqs: SendMessage (orders)"}}}}
	return Check{
		ID:       "missing-io-span",
		Title:    "a database or queue span that the config requires is missing",
		Severity: Error,
		Doc: `A request to a route, or a call of a method, that succeeded without a span that the config requires below it: a query, a
message. Only the routes in the config are checked.

Most of the time and most failures are in databases and queues. Without their spans, a trace suggests that the service itself
was slow.

Instrument the client of the database or the queue, and pass it the context of the request: with another context the span
exists, but in a trace of its own. If the route no longer does this I/O, remove it from the config.`,
		Mistakes: []string{"missing DB/queue spans"},
		bad: []example{{
			Why:    "the client of the queue is not instrumented",
			Tree:   "shop: POST /order (root)\n  db: PutItem (orders table)",
			Config: config,
		}},
		good: []example{
			{
				Why: "I/O may be anywhere below, in another service too",
				Tree: "shop: POST /order (root)\n  store: /store.Store/Add\n    db: PutItem (orders table)\n" +
					"    sqs: SendMessage (orders)",
				Config: config,
			},
			{
				Why:    "a request that was refused has nothing to store",
				Tree:   "shop: POST /order (root) {http.response.status_code=400}",
				Config: config,
			},
		},
		run: func(p *pass) {
			if len(p.Config.Routes) > 0 {
				newIOFinder(p).walk()
			}
		},
	}
}

// ioFinder walks over the trees and counts the required spans of I/O. Those below
// a route's span are the ones counted between its beginning and its end.
type ioFinder struct {
	pass   *pass
	routes map[string]*Route
	seen   map[string]int // how often each required label has been seen
	open   []openRoute
}

type openRoute struct {
	node   tracetree.Node
	route  *Route
	before []int // of each I/O, how often it had been seen
}

func newIOFinder(p *pass) *ioFinder {
	w := &ioFinder{pass: p, routes: map[string]*Route{}, seen: map[string]int{}}
	for i := range p.Config.Routes {
		route := &p.Config.Routes[i]
		w.routes[route.Label] = route
		for _, io := range route.IO {
			w.seen[io] = 0
		}
	}
	return w
}

func (w *ioFinder) walk() {
	type step struct {
		node tracetree.Node
		end  bool // the route's span is over
	}
	var stack []step
	push := func(nodes []tracetree.Node) {
		for _, n := range slices.Backward(nodes) {
			stack = append(stack, step{node: n})
		}
	}
	push(slices.Collect(w.pass.Forest.Tops()))
	for len(stack) > 0 {
		s := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if s.end {
			w.close()
			continue
		}
		label := tracetree.Label(s.node.Span())
		if _, wanted := w.seen[label]; wanted {
			w.seen[label]++
		}
		if route, ok := w.routes[label]; ok && span.Succeeded(s.node.Span()) {
			w.begin(s.node, route)
			stack = append(stack, step{end: true})
		}
		push(slices.Collect(s.node.Children()))
	}
}

func (w *ioFinder) begin(n tracetree.Node, route *Route) {
	o := openRoute{node: n, route: route, before: make([]int, len(route.IO))}
	for i, io := range route.IO {
		o.before[i] = w.seen[io]
	}
	w.open = append(w.open, o)
}

func (w *ioFinder) close() {
	o := w.open[len(w.open)-1]
	w.open = w.open[:len(w.open)-1]
	for i, io := range o.route.IO {
		if slices.Contains(o.route.IO[:i], io) {
			continue // a label that is listed twice is required twice, and reported once
		}
		wanted, got := 0, w.seen[io]-o.before[i]
		for _, other := range o.route.IO {
			if other == io {
				wanted++
			}
		}
		if got < wanted {
			w.pass.Report(o.node.Index(), times(got)+" of "+io+" below it", times(wanted)+" of "+io,
				"the client that does this I/O is not instrumented",
				"it is called with a context other than the request's, so that its span is in another trace",
				"the code took a path without this I/O")
		}
	}
}

func times(n int) string {
	switch n {
	case 0:
		return "0 spans"
	case 1:
		return "1 span"
	default:
		return strconv.Itoa(n) + " spans"
	}
}
