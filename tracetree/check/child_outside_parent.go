package check

import (
	"fmt"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/check/hops"
	"tracelab/tracetree/clock"
)

func childOutsideParent() Check {
	return Check{
		ID:       "child-outside-parent",
		Title:    "a span is not within the time of its parent",
		Severity: Warning,
		Doc: `A span that starts before its parent, or that goes on after its parent in the same process has ended, by more than a
millisecond. Across processes only a start is looked at, before the parent or after its end, and for information; where
most calls between the two are like that, their clocks differ, which clock-skew reports once. A message is processed after
it was sent, a server may end its span after it has answered, work goes on below a span of receiving that has ended, and a
span that also links to its parent declares that its parent doesn't wait: none of that is flagged.

The parent's duration does not contain its work, so the work is missing from what the request seems to take.

End the parent when what it waits for is done: wait for the goroutine, await the promise. Give work that goes on after the
answer a trace of its own with a link to this one. Keep the clocks of hosts in step with NTP.`,
		Lesson: []string{"realistic durations"},
		bad: []example{{
			Why:  "the function did not wait for what it started",
			Tree: "shop: GET /cart (root) [=10ms]\n  shop: load prices [=30ms at +5ms]",
		}},
		good: []example{{
			Why: "the server's clock is late, which is clock-skew's finding",
			Spans: `
				span=1 service=shop kind=client name=GET start=0s end=10ms
				span=2 parent=1 service=prices kind=server name="GET /prices" start=-40ms end=-32ms`,
		}, {
			Why: "a message is processed after the send has ended",
			Tree: "shop: POST /order (root)\n  sqs: SendMessage (orders)\n" +
				"    mailer: process order-placed          ← linked span",
		}, {
			Why: "a server ends its span a little after the client has the answer",
			Spans: `
				span=1 service=shop kind=client name=GET start=0s end=10ms
				span=2 parent=1 service=prices kind=server name="GET /prices" start=3ms end=11ms`,
		}},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			above, ok := callerOf(p.Forest.Node(i))
			if !ok {
				return
			}
			early := time.Duration(above.Span().Start - s.Start)
			late := time.Duration(s.End - above.Span().End)
			if early <= clock.Tolerance && late <= clock.Tolerance {
				return
			}
			if early <= clock.Tolerance && hops.IsReceiving(above.Span()) {
				return // receiving ends when the message has arrived, and its processing comes after that
			}
			if remote(s, above.Span()) {
				if p.clocks().Between(above.Span(), s) == 0 {
					reportRemote(p, i, above, early)
				}
				return
			}
			f := reportOutside(p, i, early, late)
			f.Related = append(f.Related, refTo(above.Span()))
		},
	}
}

// callerOf returns the parent, if its time should contain that of the node. Other checks report
// spans whose own times are wrong or unknown.
func callerOf(n tracetree.Node) (tracetree.Node, bool) {
	above, ok := n.Parent()
	if !ok {
		return above, false
	}
	s, parent := n.Span(), above.Span()
	if parent.SpanID != s.Parent || parent.TraceID != s.TraceID || n.Has(tracetree.Linked) {
		return above, false
	}
	if s.Kind == tracetree.KindConsumer || s.Kind == tracetree.KindProducer || parent.Kind == tracetree.KindProducer {
		return above, false
	}
	length, known := s.Duration()
	parentLength, parentKnown := parent.Duration()
	return above, known && parentKnown && length >= 0 && parentLength > 0
}

// remote reports whether a span and its parent are, or may be, of two processes.
func remote(s, parent *tracetree.Span) bool {
	switch {
	case s.ParentRemote == tracetree.RemoteNo:
		return false
	case s.ParentRemote == tracetree.RemoteYes, s.Kind == tracetree.KindServer:
		return true
	}
	return s.Origin != parent.Origin && s.Service() != parent.Service()
}

func reportOutside(p *pass, i int, early, late time.Duration) *Finding {
	if early > clock.Tolerance {
		return p.Report(i, fmt.Sprintf("the span starts %s before its parent", early),
			"a start within the time of the parent",
			"start times were set by hand",
			"the parent's span was started after the work had begun",
			"the parent is of another process than the span claims")
	}
	return p.Report(i, fmt.Sprintf("the span ends %s after its parent", late), "an end within the time of the parent",
		"the parent did not wait for a goroutine, a promise or a callback",
		"the parent's span was ended too early",
		"the work is meant to go on after the answer: then it is a trace of its own, with a link")
}

// reportRemote reports a remote start that no call can have. A parent that failed
// may have given up before its call was received.
func reportRemote(p *pass, i int, above tracetree.Node, early time.Duration) {
	s, parent := &p.Forest.Spans()[i], above.Span()
	after := time.Duration(s.Start - parent.End)
	var seen string
	switch {
	case early > clock.Tolerance:
		seen = fmt.Sprintf("the span starts %s before its caller", early)
	case after > clock.Tolerance && parent.Status != tracetree.StatusError:
		seen = fmt.Sprintf("the span starts %s after its caller has ended", after)
	default:
		return
	}
	f := p.Report(i, seen, "a start within the time of the caller",
		"the clocks of the two hosts differ", "the caller did not wait for the answer")
	f.Severity = Info
	f.Related = append(f.Related, refTo(parent))
}
