package check_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

func TestConsumerLink(t *testing.T) {
	consumer, producer, internal := tracetree.KindConsumer, tracetree.KindProducer, tracetree.KindInternal
	far, near := parentIs(tracetree.RemoteYes), parentIs(tracetree.RemoteNo)
	alone := func(more ...func(*tracetree.Span)) []tracetree.Span {
		return []tracetree.Span{oneSpan(1, 0, consumer, "mail", "process order", more...)}
	}
	below := func(upper tracetree.Span, more ...func(*tracetree.Span)) []tracetree.Span {
		return []tracetree.Span{upper, oneSpan(2, 1, consumer, "mail", "process order", more...)}
	}
	batch := func(n int64) func(*tracetree.Span) { return count("messaging.batch.message_count", n) }
	none := []string{"error: a message is processed with neither"}
	testStructure(t, "consumer-link", []ruleCase{
		{reason: "neither parent nor link", spans: alone(), want: none},
		{reason: "a batch of one is a message", spans: alone(batch(1)), want: none},
		{reason: "below the loop that polls", spans: below(oneSpan(1, 0, internal, "mail", "poll"), near), want: none},
		{
			reason: "below a receive that has no links either",
			spans:  below(oneSpan(1, 0, consumer, "mail", "orders receive", texts("messaging.operation=receive"))),
			want:   none,
		},
		{
			reason: "a receive of three messages that links to two producers: one message had no context",
			spans: []tracetree.Span{oneSpan(1, 0, consumer, "mail", "orders receive", batch(3),
				texts("messaging.operation=receive"), linkedTo(8, 1), linkedTo(9, 1))},
			want: []string{"error: a batch of 3 messages has 2 links"},
		},
		{
			reason: "a receive of three messages without links: the instrumentation makes none",
			spans: []tracetree.Span{oneSpan(1, 0, consumer, "mail", "orders receive", batch(3),
				texts("messaging.operation=receive"))},
		},
		{
			reason: "a receive of three messages with all links, one of which was dropped",
			spans: []tracetree.Span{oneSpan(1, 0, consumer, "mail", "orders receive", batch(3),
				texts("messaging.operation=receive"), linkedTo(8, 1), linkedTo(9, 1),
				func(s *tracetree.Span) { s.Rare = &tracetree.Rare{DroppedLinks: 1} })},
		},
		{
			reason: "a receive with two links of three, and a consumer below it that is reported itself",
			spans: []tracetree.Span{
				oneSpan(1, 0, consumer, "mail", "orders receive", batch(3), texts("messaging.operation=receive"),
					linkedTo(8, 1), linkedTo(9, 1)),
				oneSpan(2, 1, consumer, "mail", "process orders", batch(3), linkedTo(8, 1), linkedTo(9, 1)),
			},
			want: []string{"error: a batch of 3 messages has 2 links"},
		},
		{reason: "a link", spans: alone(linkedTo(9, 1))},
		{
			reason: "links that the SDK dropped were there",
			spans:  alone(func(s *tracetree.Span) { s.Rare = &tracetree.Rare{DroppedLinks: 1} }),
		},
		{reason: "the parent is elsewhere", spans: []tracetree.Span{oneSpan(2, 1, consumer, "mail", "process order", far)}},
		{reason: "below the producer", spans: below(oneSpan(1, 0, producer, "shop", "send orders"))},
		{
			reason: "below a send that is a CLIENT, as some libraries have it",
			spans:  below(oneSpan(1, 0, tracetree.KindClient, "shop", "send orders")),
		},
		{
			reason: "below another service's span: its producer is missing, not the link",
			spans:  below(oneSpan(1, 0, internal, "shop", "order")),
		},
		{
			reason: "below a receive that has the link",
			spans:  below(oneSpan(1, 0, consumer, "mail", "receive", texts("messaging.operation.type=receive"), linkedTo(9, 1))),
		},
		{
			reason: "a service that sends to itself from within a job",
			spans:  below(oneSpan(1, 0, internal, "mail", "job"), far),
		},
		{
			reason: "below the function that a platform invokes", want: none,
			spans: below(oneSpan(1, 0, tracetree.KindServer, "mail", "handler"), near),
		},
		{
			reason: "the loop that polls is two levels up", want: none,
			spans: []tracetree.Span{
				oneSpan(3, 0, internal, "mail", "run"), oneSpan(1, 3, internal, "mail", "loop"),
				oneSpan(2, 1, consumer, "mail", "process order"),
			},
		},
		{
			reason: "below a CLIENT that receives", want: none,
			spans: below(
				oneSpan(1, 0, tracetree.KindClient, "mail", "SQS.ReceiveMessage", texts("messaging.operation.type=receive")),
			),
		},
		{
			reason: "a link to its own service's receive", want: none,
			spans: []tracetree.Span{
				oneSpan(1, 0, consumer, "mail", "receive orders", inTrace(2), texts("messaging.operation.type=receive")),
				oneSpan(2, 0, consumer, "mail", "process order", linkedTo(2, 1)),
			},
		},
		{
			reason: "links to its own receive and to the producer",
			spans: []tracetree.Span{
				oneSpan(1, 0, consumer, "mail", "receive orders", inTrace(2), texts("messaging.operation.type=receive")),
				oneSpan(2, 0, consumer, "mail", "process order", linkedTo(2, 1), linkedTo(9, 1)),
			},
		},
		{
			reason: "a service that sends to itself, by a PRODUCER",
			spans: []tracetree.Span{
				oneSpan(3, 0, tracetree.KindServer, "mail", "POST /mail"), oneSpan(1, 3, producer, "mail", "send mails"),
				oneSpan(2, 1, consumer, "mail", "process mails"),
			},
		},
		{reason: "named exactly poll, and it processes", spans: []tracetree.Span{
			oneSpan(1, 0, producer, "shop", "send orders"),
			oneSpan(2, 1, consumer, "mail", "poll", texts("messaging.operation.type=process")),
		}},
		{
			reason: "named exactly poll, it processes, and nothing connects it", want: none,
			spans: []tracetree.Span{oneSpan(2, 0, consumer, "mail", "poll", texts("messaging.operation.type=process"))},
		},
		{reason: "receiving, by the type of the operation", spans: alone(texts("messaging.operation.type=receive"))},
		{reason: "receiving, by the older name", spans: alone(texts("messaging.operation=receive"))},
		{reason: "polling, by the name of the operation", spans: alone(texts("messaging.operation.name=poll"))},
		{reason: "settling", spans: alone(texts("messaging.operation.name=ack"))},
		{reason: "receiving, by the span's name", spans: []tracetree.Span{oneSpan(1, 0, consumer, "mail", "orders receive")}},

		{reason: "a batch without links", spans: alone(batch(3)), want: []string{"error: a batch of 3 messages has no link"}},
		{
			reason: "too few links", spans: alone(batch(3), linkedTo(9, 1), linkedTo(9, 2)),
			want: []string{"error: a batch of 3 messages has 2 links"},
		},
		{
			reason: "a batch below the loop that polls", spans: below(oneSpan(1, 0, internal, "mail", "poll"), near, batch(3)),
			want: []string{"error: a batch of 3 messages has no link"},
		},
		{reason: "a link for each", spans: alone(batch(2), linkedTo(9, 1), linkedTo(9, 2))},
		{reason: "a link for each, to one sender", spans: alone(batch(2), linkedTo(9, 1), linkedTo(9, 1))},
		{
			reason: "one link to a sender of both",
			spans:  append(alone(batch(2), linkedTo(2, 1)), oneSpan(1, 0, producer, "shop", "send", inTrace(2), batch(2))),
		},
		{reason: "below the sender of both", spans: below(oneSpan(1, 0, producer, "shop", "send", batch(2)), batch(2))},
		{
			reason: "below the sender of one of three", spans: below(oneSpan(1, 0, producer, "shop", "send"), batch(3)),
			want: []string{"error: a batch of 3 messages has 1 link"},
		},
		{
			reason: "links that the SDK dropped count",
			spans:  alone(batch(3), linkedTo(9, 1), func(s *tracetree.Span) { s.Rare = &tracetree.Rare{DroppedLinks: 2} }),
		},
		{
			reason: "each message has its own span below, with its link",
			spans: append(alone(batch(2)),
				oneSpan(2, 1, consumer, "mail", "process order", linkedTo(9, 1)),
				oneSpan(3, 1, consumer, "mail", "process order", linkedTo(9, 2))),
		},
	})
}

// A cause that the producer reports is certain, and not only likely.
func TestConsumerLinkNamesTheCauseThatTheProducerSays(t *testing.T) {
	spans := []tracetree.Span{
		oneSpan(2, 0, tracetree.KindConsumer, "mail", "process order", texts("messaging.message.id=m1")),
		oneSpan(3, 0, tracetree.KindConsumer, "mail", "process order", texts("messaging.message.id=m2")),
		oneSpan(1, 0, tracetree.KindProducer, "shop", "send orders",
			texts("messaging.message.id=m1", `tracelab.propagation.dropped_fields=["traceparent"]`)),
	}
	var causes []string
	for _, f := range check.RunEach(check.All(), check.Input{Forest: tracetree.Build(spans)}, check.Config{}).Findings {
		if f.Check == "consumer-link" {
			causes = append(causes, f.Causes[0])
		}
	}
	want := []string{
		"the message had no room for traceparent, as the span that sent it reports: SQS allows 10 attributes",
		"the receiver does not ask for the attributes of the message: SQS sends only those that are named",
	}
	if diff := cmp.Diff(want, causes); diff != "" {
		t.Errorf("first causes (-want +got):\n%s", diff)
	}
}

// Only SQS has to be asked for a message's attributes, and limits them.
func TestConsumerLinkSuspectsSQSOnlyWhereItCanBe(t *testing.T) {
	for system, want := range map[string]int{"aws_sqs": 4, "AmazonSQS": 4, "": 4, "kafka": 2, "rabbitmq": 2} {
		spans := []tracetree.Span{
			oneSpan(1, 0, tracetree.KindConsumer, "mail", "process orders", texts("messaging.system="+system)),
		}
		in := check.Input{Forest: tracetree.Build(spans)}
		r := check.Run([]check.Check{checkNamed(t, "consumer-link")}, in, check.Config{})
		if len(r.Findings) != 1 || len(r.Findings[0].Causes) != want {
			t.Errorf("system %q: findings are %+v, want one with %d causes", system, r.Findings, want)
		}
	}
}
