package check_test

import (
	"testing"

	"tracelab/tracetree"
)

// Some instrumentations, such as those of pika, of socket.io and of ActiveMQ for .NET, name the
// processing of a message a receive.
func TestBrokenPropagationOfMessagesThatAreOnlyReceived(t *testing.T) {
	const lost = "error: context was lost between shop and mail: span 0100000000000000 of trace " +
		"01000000000000000000000000000000 sent message m to orders, and span 0100000000000000, which receives it, "
	message := func(operation string) func(*tracetree.Span) {
		return texts("messaging.system=rabbitmq", "messaging.destination=orders", "messaging.message_id=m",
			"messaging.operation="+operation)
	}
	sent := oneSpan(1, 0, tracetree.KindProducer, "shop", "orders send", texts("messaging.system=rabbitmq",
		"messaging.destination=orders", "messaging.message_id=m"))
	receive := func(id, parent byte, more ...func(*tracetree.Span)) tracetree.Span {
		return oneSpan(id, parent, tracetree.KindConsumer, "mail", "orders receive",
			append([]func(*tracetree.Span){message("receive"), inTrace(2)}, more...)...)
	}
	process := func(id, parent byte, more ...func(*tracetree.Span)) tracetree.Span {
		return oneSpan(id, parent, tracetree.KindConsumer, "mail", "orders process",
			append([]func(*tracetree.Span){message("process"), inTrace(2)}, more...)...)
	}
	work := oneSpan(2, 1, tracetree.KindClient, "mail", "INSERT mails", inTrace(2), texts("db.system=postgresql"))
	testStructure(t, "broken-propagation", []ruleCase{
		{
			reason: "the receive is all that there is of the message, and the work is below it",
			spans:  []tracetree.Span{sent, receive(1, 0), work},
			want:   []string{lost + "starts trace 02000000000000000000000000000000"},
		},
		{
			reason: "below a parent that is absent",
			spans:  []tracetree.Span{sent, receive(1, 9)},
			want: []string{
				lost + "starts trace 02000000000000000000000000000000 below a parent that the capture lacks (0900000000000000)",
			},
		},
		{reason: "it links to the send", spans: []tracetree.Span{sent, receive(1, 0, linkedTo(1, 1)), work}},
		{
			reason: "the message is processed beside it, with a link",
			spans:  []tracetree.Span{sent, receive(1, 0), process(3, 0, linkedTo(1, 1))},
		},
		{
			reason: "the message is processed below it, with a link but no ID of the message",
			spans: []tracetree.Span{
				sent, receive(1, 0),
				oneSpan(3, 1, tracetree.KindConsumer, "mail", "orders process", inTrace(2), linkedTo(1, 1)),
			},
		},
		{
			reason: "the message is processed without context: one finding, about the processing",
			spans:  []tracetree.Span{sent, receive(1, 0), process(3, 1)},
			want: []string{
				"error: context was lost between shop and mail: span 0100000000000000 of trace " +
					"01000000000000000000000000000000 sent message m to orders, and span 0300000000000000, which processes it",
			},
		},
		{
			reason: "a CLIENT that receives: the processing may have no span at all",
			spans: []tracetree.Span{
				sent, oneSpan(1, 0, tracetree.KindClient, "mail", "orders receive", message("receive"), inTrace(2)),
			},
		},
		{
			reason: "it begins another service's trace that has the send too",
			spans: []tracetree.Span{
				sent, oneSpan(2, 1, tracetree.KindConsumer, "mail", "orders receive", message("receive")),
			},
		},
		{
			reason: "settling is not receiving",
			spans: []tracetree.Span{
				sent, oneSpan(1, 0, tracetree.KindConsumer, "mail", "orders ack", message("ack"), inTrace(2)),
			},
		},
	})
}
