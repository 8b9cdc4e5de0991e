package hops

import (
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
)

// IdentifiesProducer reports whether a consumer is connected to what sent its message: by a link,
// or by a parent that is not of its own process or that sends. The loop that polls, the span of
// receiving and the function that a platform invokes are of the consumer's own process, and aren't
// producers. A link or a parent that the capture lacks is assumed to lead to the producer.
func IdentifiesProducer(f *tracetree.Forest, n tracetree.Node) bool {
	s := n.Span()
	if s.Rare != nil && s.Rare.DroppedLinks > 0 {
		return true
	}
	for i := range s.Links {
		if linksToProducer(f, s, &s.Links[i]) {
			return true
		}
	}
	for range span.MaxAncestors {
		if n.Span().Parent.IsZero() {
			return false
		}
		above, ok := span.Parent(f, n)
		// A context from outside the process can only have come with the message. But
		// instrumentations of receivers write their own span into the message that they hand over.
		ownReceive := ok && above.Span().Service() == s.Service() &&
			above.Span().Kind == tracetree.KindConsumer && IsReceiving(above.Span())
		if !ok || n.Span().ParentRemote == tracetree.RemoteYes && !ownReceive {
			return ok || !isInvocation(n.Span())
		}
		if isProducer(above.Span()) || above.Span().Service() != s.Service() {
			return true
		}
		if len(above.Span().Links) > 0 && above.Span().Kind == tracetree.KindConsumer {
			return IdentifiesProducer(f, above) // a batch, and a span for each of its messages
		}
		n = above
	}
	return true
}

// isInvocation reports whether a span is that of a function that a platform invoked: the parent is
// then the platform's, such as the X-Ray trace of a Lambda function, and not what sent the messages
// of the invocation.
func isInvocation(s *tracetree.Span) bool {
	return s.Kind == tracetree.KindServer && span.Text(s, "faas.invocation_id", "faas.execution", "faas.trigger") != ""
}

// assumesProducer reports whether a consumer without links is connected to what sent its message
// only if a parent that the capture lacks is: that of an ancestor in its own service.
func assumesProducer(f *tracetree.Forest, n tracetree.Node) bool {
	service := n.Span().Service()
	if len(n.Span().Links) > 0 {
		return false
	}
	for range span.MaxAncestors {
		above, ok := span.Parent(f, n)
		if !ok {
			return !n.Span().Parent.IsZero()
		}
		if isProducer(above.Span()) || above.Span().Service() != service || len(above.Span().Links) > 0 {
			return false
		}
		n = above
	}
	return false
}

// linksToProducer reports whether a link of a consumer may lead to the span that sent its message.
func linksToProducer(f *tracetree.Forest, s *tracetree.Span, link *tracetree.Link) bool {
	to, ok := f.Lookup(link.TraceID, link.SpanID)
	if !ok {
		return true
	}
	return isProducer(to.Span()) || to.Span().Service() != s.Service()
}

// isProducer reports whether a span of the consumer's own service can have sent a message: a
// PRODUCER, a CLIENT that does not receive, or a span whose kind the format doesn't give.
func isProducer(s *tracetree.Span) bool {
	switch s.Kind {
	case tracetree.KindProducer, tracetree.KindUnspecified:
		return true
	case tracetree.KindClient:
		return !IsReceiving(s)
	}
	return false
}

// IsReceiving reports whether a span fetches or settles messages, by its operation or else by its
// name.
func IsReceiving(s *tracetree.Span) bool {
	operation := span.Text(s, "messaging.operation.type", "messaging.operation.name", "messaging.operation")
	if operation == "" {
		if span.Text(s, "messaging.system") == "" && s.Kind != tracetree.KindConsumer {
			return isReceivingMethod(span.Text(s, "rpc.method"))
		}
		first, rest, _ := strings.Cut(s.Name, " ")
		last := rest[strings.LastIndexByte(rest, ' ')+1:]
		return isReceivingName(first) || isReceivingName(last) ||
			isReceivingMethod(s.Name[strings.LastIndexByte(s.Name, '.')+1:])
	}
	return isReceivingName(operation)
}

func isReceivingName(operation string) bool {
	switch strings.ToLower(operation) {
	case "receive", "poll", "settle", "ack", "nack", "delete", "commit":
		return true
	}
	return isReceivingMethod(operation)
}

// isReceivingMethod reports whether an operation of SQS fetches or settles messages:
// "SQS/ReceiveMessage", "DeleteMessageBatch".
func isReceivingMethod(method string) bool {
	switch strings.TrimSuffix(method[strings.LastIndexByte(method, '/')+1:], "Batch") {
	case "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility":
		return true
	}
	return false
}
