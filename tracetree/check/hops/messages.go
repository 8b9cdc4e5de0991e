package hops

import (
	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
)

// lostMessages pairs the consumers that start a trace with the spans that sent the same message. An
// id is that of one message, so time doesn't matter, and one message may be delivered more than
// once. If a span of sending is below another one, the inner one is the sender.
func (h *Finder) lostMessages(taken map[int]bool) []Pair {
	senders := h.sendersOf(h.processed, keyAt)
	spans := h.forest.Spans()
	var pairs []Pair
	for _, r := range h.processed {
		from, ok := senders[keyAt(spans, r)]
		if ok && spans[from].TraceID != spans[r].TraceID && !taken[r] {
			pairs = append(pairs, Pair{from, r})
		}
	}
	return append(pairs, h.lostReceives(taken)...)
}

// lostReceives pairs the spans that receive a message with the spans that sent it, where nothing
// else in the receiving service is connected to the message: some instrumentations call the
// processing a receive. Where there is a span of processing, that one has to be connected.
func (h *Finder) lostReceives(taken map[int]bool) []Pair {
	senders := h.sendersOf(h.received, receivedKeyAt)
	if len(senders) == 0 {
		return nil
	}
	spans := h.forest.Spans()
	processed := map[Key]bool{}
	for i := range spans {
		if spans[i].Kind == tracetree.KindConsumer {
			processed[keyAt(spans, i)] = true
		}
	}
	var pairs []Pair
	for _, r := range h.received {
		key := receivedKeyAt(spans, r)
		from, ok := senders[key]
		if ok && spans[from].TraceID != spans[r].TraceID && !taken[r] && !processed[key] && !h.isConnected(from, r) {
			pairs = append(pairs, Pair{from, r})
		}
	}
	return pairs
}

// isConnected reports whether the message that was received is processed below the receive, or
// something of the receiver's service is below the span that sent it, by parent or by link.
func (h *Finder) isConnected(from, received int) bool {
	n := h.forest.Node(received)
	for child := range n.Children() {
		if child.Span().Kind == tracetree.KindConsumer {
			return true
		}
	}
	service := n.Span().Service()
	for child := range h.forest.Node(from).Children() {
		if child.Span().Service() == service && child.Span().Kind == tracetree.KindConsumer {
			return true
		}
	}
	return false
}

// sendersOf returns the span that sent each message that the receivers have a key of, if there is
// exactly one.
func (h *Finder) sendersOf(receivers []int, keyOf func([]tracetree.Span, int) Key) map[Key]int {
	const unknown, ambiguous = -1, -2
	spans := h.forest.Spans()
	senders := map[Key]int{}
	for _, r := range receivers {
		if key := keyOf(spans, r); key.Class == Message {
			senders[key] = unknown
		}
	}
	if len(senders) == 0 {
		return nil
	}
	for i := range spans {
		if kind := spans[i].Kind; kind != tracetree.KindProducer && kind != tracetree.KindClient {
			continue
		}
		key := keyAt(spans, i)
		sender, ok := senders[key]
		switch {
		case !ok || key.Class != Message:
		case sender == unknown, sender >= 0 && span.IsBelow(h.forest, h.forest.Node(i), h.forest.Node(sender)):
			senders[key] = i
		case sender >= 0 && span.IsBelow(h.forest, h.forest.Node(sender), h.forest.Node(i)):
		default:
			senders[key] = ambiguous
		}
	}
	for key, sender := range senders {
		if sender < 0 {
			delete(senders, key)
		}
	}
	return senders
}

func receivedKeyAt(spans []tracetree.Span, i int) Key {
	m := tracetree.MeaningOf(&spans[i])
	return messageKeyOf(&spans[i], &m)
}
