package check

import (
	"fmt"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/check/hops"
	"tracelab/tracetree/clock"
)

func receivedBeforeSent() Check {
	return Check{
		ID:       "received-before-sent",
		Title:    "a message is received or processed before it was sent",
		Severity: Warning,
		Doc: `A CONSUMER that begins before the span that sent its message, by more than a millisecond. It is for information
where something explains it: the clocks of the two processes differ, or the span is one of receiving and includes the time
of waiting for the message.

The time that the message waited in the queue comes out negative, and is left out of averages or distorts them. Where clocks
don't explain it, the consumer is connected to the wrong message.

Synchronize the clocks of the hosts. Begin the span of processing when the message has arrived, not when the poll begins. See
that parent or link come from the message itself, not from the one before it or from a context that was kept.`,
		Lesson: []string{"realistic durations"},
		bad: []example{
			{
				Why: "most messages arrive after they were sent: this one has the context of another one",
				Spans: `
					trace=1 span=1 service=shop kind=producer name="send orders" start=0s end=5ms
					trace=1 span=2 parent=1 service=mail kind=consumer name="process orders" start=8ms end=12ms
					trace=2 span=1 service=shop kind=producer name="send orders" start=100ms end=105ms
					trace=2 span=2 parent=1 service=mail kind=consumer name="process orders" start=108ms end=112ms
					trace=3 span=1 service=shop kind=producer name="send orders" start=200ms end=205ms
					trace=3 span=2 parent=1 service=mail kind=consumer name="process orders" start=50ms end=54ms`,
			},
			{
				Why: "the clock of the consumer is late",
				Spans: `
					span=1 service=shop kind=producer name="send orders" start=500ms end=505ms
					span=2 parent=1 service=mail kind=consumer name="process orders" start=10ms end=14ms`,
			},
		},
		good: []example{{
			Why: "a message arrives while the call that sends it still waits for its answer",
			Spans: `
				span=1 service=shop kind=producer name="send orders" start=0s end=5ms
				span=2 parent=1 service=mail kind=consumer name="process orders" start=3ms end=8ms`,
		}},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			if s.Kind != tracetree.KindConsumer || s.Start == 0 {
				return
			}
			sender, ok := senderOf(p.Forest, i)
			if !ok {
				return
			}
			d := stateOf[deliveries](p)
			from := p.Forest.Spans()[sender].Start
			pair := [2]clock.Process{clock.ProcessOf(&p.Forest.Spans()[sender]), clock.ProcessOf(s)}
			at := d.pairs[pair]
			if at == nil {
				at = &delivered{}
				if d.pairs == nil {
					d.pairs = map[[2]clock.Process]*delivered{}
				}
				d.pairs[pair] = at
			}
			at.all++
			if early := time.Duration(from - s.Start); early > clock.Tolerance {
				at.early++
				d.found = append(d.found,
					earlyDelivery{sender: sender, consumer: i, by: early, pair: at, local: pair[0] == pair[1]})
			}
		},
		run: func(p *pass) {
			for _, e := range stateOf[deliveries](p).found {
				reportEarly(p, e)
			}
		},
	}
}

// deliveries are the messages of which both ends are known.
type deliveries struct {
	pairs map[[2]clock.Process]*delivered
	found []earlyDelivery
}

// delivered counts the messages between two processes, and those that seem to arrive before they
// were sent.
type delivered struct{ all, early int }

type earlyDelivery struct {
	sender, consumer int
	by               time.Duration
	pair             *delivered
	local            bool // one process sent and received it
}

// senderOf returns the span that sent the message of a consumer: its parent or the one span that it
// links to.
func senderOf(f *tracetree.Forest, i int) (int, bool) {
	s := &f.Spans()[i]
	trace, id := s.TraceID, s.Parent
	if id.IsZero() {
		if len(s.Links) != 1 {
			return 0, false // of several messages, some may have been sent later than the first was received
		}
		trace, id = s.Links[0].TraceID, s.Links[0].SpanID
	}
	n, ok := f.Lookup(trace, id)
	if !ok || n.Span().Start == 0 {
		return 0, false
	}
	sends := n.Span().Kind == tracetree.KindProducer || tracetree.MeaningOf(n.Span()).Class == tracetree.ClassSend
	return n.Index(), sends
}

func reportEarly(p *pass, e earlyDelivery) {
	from, to := &p.Forest.Spans()[e.sender], &p.Forest.Spans()[e.consumer]
	severity := Warning
	causes := []string{
		"the consumer has the context of another message: one that was kept, or of the batch's first",
		"the clocks of the two hosts differ from time to time",
		"start times were set by hand",
	}
	offset := p.clocks().Between(from, to)
	switch {
	case hops.IsReceiving(to) && to.End >= from.Start:
		severity = Info
		causes = []string{
			"the span of receiving includes the time of waiting for the message",
			"the clocks of the two hosts differ",
		}
	case e.local:
	case e.by+offset <= clock.Tolerance:
		severity = Info
		causes = []string{fmt.Sprintf("the clocks of the two hosts differ: calls between them show %s", round(offset.Abs()))}
	case offset == 0 && 2*e.pair.early > e.pair.all:
		// Nothing contradicts a constant difference: most messages between the two are early.
		severity = Info
		causes = append([]string{"the clocks of the two hosts differ"}, causes[0], causes[2])
	}
	f := p.Report(e.consumer, fmt.Sprintf("the span starts %s before the message was sent", e.by),
		"a start after that of the span that sent the message", causes...)
	f.Severity = severity
	f.Related = append(f.Related, refTo(from))
}
