package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestClockSkewIsOneFindingForEachPairOfProcesses(t *testing.T) {
	client, server := tracetree.KindClient, tracetree.KindServer
	// call is a call of 10 ms, and its server of 6 ms at another start.
	call := func(trace byte, begin, served int, more ...func(*tracetree.Span)) []tracetree.Span {
		return []tracetree.Span{
			oneSpan(1, 0, client, "shop", "GET", inTrace(trace), during(begin, begin+10)),
			oneSpan(2, 1, server, "prices", "GET /prices",
				append([]func(*tracetree.Span){inTrace(trace), during(served, served+6)}, more...)...),
		}
	}
	calls := func(lists ...[]tracetree.Span) (all []tracetree.Span) {
		for _, list := range lists {
			all = append(all, list...)
		}
		return all
	}
	testStructure(t, "clock-skew", []ruleCase{
		{reason: "inside of the call", spans: call(1, 0, 2)},
		{
			reason: "behind, in every call", spans: calls(call(1, 0, -500), call(2, 100, -400), call(3, 200, -300)),
			want: []string{"info: the clock of prices is about 502ms behind that of shop: 3 of 3 calls"},
		},
		{
			reason: "ahead", spans: call(1, 0, 2002),
			want: []string{"info: the clock of prices is about 2s ahead of that of shop: 1 of 1 calls"},
		},
		{reason: "one call of three", spans: calls(call(1, 0, 2), call(2, 100, -400), call(3, 200, 202))},
		{
			reason: "one of two instances",
			want:   []string{"info: the clock of prices (2) is about 502ms behind that of shop: 1 of 1 calls"},
			spans: calls(call(1, 0, 2, ofInstance("1")), call(2, 100, -400, ofInstance("2")),
				call(3, 200, 202, ofInstance("1"))),
		},
		{
			reason: "two servers, two findings",
			want:   []string{"info: the clock of prices (1)", "info: the clock of prices (2)"},
			spans:  calls(call(1, 0, -500, ofInstance("1")), call(2, 100, 9000, ofInstance("2"))),
		},
		{reason: "within one process", spans: []tracetree.Span{
			oneSpan(1, 0, client, "shop", "a", during(0, 10)), oneSpan(2, 1, server, "shop", "b", during(-500, -400)),
		}},
	})
}

func TestMessagesThatArriveBeforeTheyWereSent(t *testing.T) {
	producer, consumer := tracetree.KindProducer, tracetree.KindConsumer
	// message is sent for 5 ms, and processed for 4 ms.
	message := func(trace byte, sent, processed int, more ...func(*tracetree.Span)) []tracetree.Span {
		return []tracetree.Span{
			oneSpan(1, 0, producer, "shop", "send orders", inTrace(trace), during(sent, sent+5)),
			oneSpan(2, 1, consumer, "mail", "process orders",
				append([]func(*tracetree.Span){inTrace(trace), during(processed, processed+4)}, more...)...),
		}
	}
	join := func(lists ...[]tracetree.Span) (all []tracetree.Span) {
		for _, list := range lists {
			all = append(all, list...)
		}
		return all
	}
	linked := func(s *tracetree.Span) {
		s.Parent, s.TraceID = tracetree.SpanID{}, tracetree.TraceID{9}
		s.Links = []tracetree.Link{{TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{1}}}
	}
	// skewed is a call between the two services that shows that mail's clock is 510 ms late.
	skewed := []tracetree.Span{
		oneSpan(1, 0, tracetree.KindClient, "shop", "GET", inTrace(8), during(0, 20)),
		oneSpan(2, 1, tracetree.KindServer, "mail", "GET /", inTrace(8), during(-510, -490)),
	}
	const early = "the span starts 490ms before the message was sent"
	testStructure(t, "received-before-sent", []ruleCase{
		{reason: "after it was sent", spans: message(1, 0, 8)},
		{reason: "while it is still sent", spans: message(1, 0, 2)},
		{reason: "within what formats round", spans: message(1, 1, 0)},
		{reason: "hours later", spans: message(1, 0, 10_000_000)},
		{reason: "one message, nothing contradicts a skew", spans: message(1, 500, 10), want: []string{"info: " + early}},
		{reason: "by a link", spans: message(1, 500, 10, linked), want: []string{"info: " + early}},
		{
			reason: "two other messages are on time", want: []string{"warning: " + early},
			spans: join(message(1, 500, 10), message(2, 600, 610), message(3, 700, 720)),
		},
		{
			reason: "calls show the skew, other messages waited longer than it", want: []string{"info: " + early},
			spans: join(skewed, message(1, 500, 10), message(2, 600, 900), message(3, 700, 990)),
		},
		{
			reason: "calls show another skew", want: []string{"warning: the span starts 4.99s before the message was sent"},
			spans: join(skewed, message(1, 5000, 10)),
		},
		{
			reason: "one process: it has one clock", want: []string{"warning: " + early},
			spans: message(1, 500, 10, func(s *tracetree.Span) {
				s.Origin = &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String("shop")}}}
			}),
		},
		{
			reason: "receiving, which includes the wait", want: []string{"info: " + early},
			spans: message(1, 500, 10, texts("messaging.operation.type=receive"),
				func(s *tracetree.Span) { s.End = s.Start + 600_000_000 }),
		},
		{
			reason: "receiving, all over before it was sent, and others are on time", want: []string{"warning: " + early},
			spans: join(message(1, 500, 10, texts("messaging.operation.type=receive")), message(2, 600, 610),
				message(3, 700, 720)),
		},
		{reason: "below a call, not a message", spans: []tracetree.Span{
			oneSpan(1, 0, tracetree.KindServer, "shop", "GET", during(500, 510)),
			oneSpan(2, 1, consumer, "mail", "process orders", during(0, 5)),
		}},
		{reason: "a batch: the second message may be sent while the first is there", spans: join(
			message(1, 0, 2), message(2, 500, 600),
			[]tracetree.Span{
				oneSpan(3, 0, consumer, "mail", "process orders", inTrace(5), during(5, 700), linkedTo(1, 1), linkedTo(2, 1)),
			},
		)},
		{
			reason: "the sender is not in the capture",
			spans:  message(1, 500, 10, func(s *tracetree.Span) { s.Parent = tracetree.SpanID{7} }),
		},
		{reason: "no start", spans: message(1, 500, 10, func(s *tracetree.Span) { s.Start = 0 })},
	})
}
