package codec

import "tracelab/tracetree"

// assembly puts spans of OTLP together with their resource and scope. Neither JSON nor protobuf says that these come
// first, although they do so in what is usually written: spans are held back while theirs are still to come.
type assembly struct {
	*state
	batch        []tracetree.Span
	resource     []tracetree.Attr
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

func (a *assembly) beginResource() { a.resource, a.haveResource = nil, false }

func (a *assembly) endResource() {
	a.haveResource = true // or there is none
	a.assign()
}

func (a *assembly) beginScope() { a.scope, a.haveScope, a.from = scope{}, false, len(a.batch) }

func (a *assembly) endScope() {
	a.held = append(a.held, heldSpans{a.from, len(a.batch), a.scope})
	a.from, a.haveScope = len(a.batch), true
	a.assign()
}

// assign gives the spans of the batch their origins, as far as they are known, and reports whether they all have one.
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
