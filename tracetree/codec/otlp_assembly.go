package codec

import "tracelab/tracetree"

// maxHeld is how many spans of a resource wait for what follows them.
const maxHeld = 4096

// assembly combines spans of OTLP with their resource and scope. The URLs of the schemas
// follow the spans in what is usually written, and neither JSON nor protobuf demands that the rest
// comes first: spans are held back until their resource has been read. If there are too many, those
// whose resource and scope are known go without the URLs.
type assembly struct {
	*state
	batch        []tracetree.Span
	resource     resource
	haveResource bool
	scope        scope
	haveScope    bool
	from         int         // the first span of the current scope in the batch
	held         []heldSpans // of earlier scopes of the current resource
}

// heldSpans are spans of one scope in the batch.
type heldSpans struct {
	from, to int
	scope    scope
}

// begin begins a batch; no span is held back then.
func (a *assembly) begin(batch []tracetree.Span) { a.batch, a.from = batch, len(batch) }

func (a *assembly) beginResource() { a.resource, a.haveResource = resource{}, false }

func (a *assembly) endResource() {
	a.haveResource = true // or absent
	a.assign()
}

func (a *assembly) beginScope() { a.scope, a.haveScope, a.from = scope{}, false, len(a.batch) }

func (a *assembly) endScope() {
	a.held = append(a.held, heldSpans{a.from, len(a.batch), a.scope})
	a.from, a.haveScope = len(a.batch), true
}

// ready reports whether the batch is large enough to be returned, and all its spans have their
// origins.
func (a *assembly) ready() bool {
	switch {
	case len(a.batch) < a.state.batch:
		return false
	case len(a.held) == 0 && a.from == len(a.batch):
		return true
	}
	return len(a.batch) >= maxHeld && a.assign()
}

// assign gives the spans of the batch their origins, as far as they are known, and reports whether
// they all have one.
func (a *assembly) assign() bool {
	if !a.haveResource && (len(a.held) > 0 || a.from < len(a.batch)) {
		return false
	}
	for _, h := range a.held {
		a.setOrigin(h.from, h.to, h.scope)
	}
	a.held = a.held[:0]
	if a.from < len(a.batch) {
		if !a.haveScope {
			return false
		}
		a.setOrigin(a.from, len(a.batch), a.scope)
		a.from = len(a.batch)
	}
	return true
}

func (a *assembly) setOrigin(from, to int, s scope) {
	if from == to {
		return
	}
	origin := a.origins.of(a.resource, s)
	for i := from; i < to; i++ {
		a.batch[i].Origin = origin
	}
}

// complete returns the spans of the batch that have all that belongs to them, after an error.
func (a *assembly) complete() []tracetree.Span {
	if a.assign() {
		return a.batch
	}
	if len(a.held) > 0 {
		return a.batch[:a.held[0].from]
	}
	return a.batch[:a.from]
}
