package check

import (
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
)

func missingClientSpan() Check {
	return Check{
		ID:       "missing-client-span",
		Title:    "work crosses to another service without a span for the call",
		Severity: Warning,
		Doc: `Spans of two services are parent and child, and the upper one is INTERNAL or SERVER instead of CLIENT or PRODUCER: the call
or the message between them has no span. A SERVER directly below a SERVER is a finding of kind-edge.

How long the caller waited, whether it retried and which response it got is not recorded, and service maps don't show the
call.

Use the instrumentation of the HTTP, gRPC or messaging client. If there isn't one, start a CLIENT span, or a PRODUCER for a
message, and inject the context after that: the context that is sent has to be the new span's.`,
		Lesson: []string{"each external I/O creates a span"},
		bad: []example{
			{
				Why: "the HTTP client is not instrumented; its headers are filled by hand from the span of load prices",
				Spans: `
					span=1 service=shop kind=internal name="load prices"
					span=2 parent=1 service=prices kind=server name="GET /prices"`,
			},
			{
				Why:  "a message was sent without a span",
				Tree: "shop: POST /order (root)\n  mail: process order {@kind=consumer}",
			},
		},
		good: []example{
			{
				Why:  "the spans of both ends are there",
				Tree: "shop: POST /order (root)\n  stock: /stock.Stock/Take\n  sqs: SendMessage (orders)\n    mail: process order",
			},
			{
				Why: "two parts of one process have names of their own",
				Spans: `
					span=1 service=shop kind=server name="GET /cart"
					span=2 parent=1 remote=no service=shop/templates kind=internal name=render`,
			},
		},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			if s.ParentRemote == tracetree.RemoteNo || s.Kind == tracetree.KindUnspecified {
				return
			}
			node, ok := span.Parent(p.Forest, p.Forest.Node(i))
			if !ok || !lacksClient(node.Span(), s) {
				return
			}
			above := node.Span()
			from, to := above.Service(), s.Service()
			if from == to {
				return
			}
			wanted := "a CLIENT span of " + from + " between them"
			if s.Kind == tracetree.KindConsumer {
				wanted = "a PRODUCER span of " + from + " between them"
			}
			f := p.Report(i, to+" works directly below a span of "+from+" of kind "+strings.ToUpper(above.Kind.String()), wanted,
				from+"'s client library is not instrumented, and the context is injected by hand",
				"the context is injected before the client's span starts",
				"the client's span was dropped")
			f.Related = []Ref{refTo(above)}
		},
	}
}

// lacksClient reports whether a call's span is missing between a span and its child, if they are of
// two services. Formats that don't record whether a parent is remote give CLIENT spans of one
// process names of their own, like those of a cache: these are no finding.
func lacksClient(above, s *tracetree.Span) bool {
	switch above.Kind {
	case tracetree.KindInternal:
		if m := tracetree.MeaningOf(above); m.RPCSystem == "aws-api" {
			return false // AWS's SDK for Rust doesn't set the kind of its calls
		}
	case tracetree.KindServer:
		if s.Kind == tracetree.KindServer {
			return false // kind-edge
		}
	case tracetree.KindConsumer:
		return s.Kind == tracetree.KindServer
	default:
		return false
	}
	switch s.Kind {
	case tracetree.KindClient, tracetree.KindProducer:
		return s.ParentRemote == tracetree.RemoteYes
	default:
		return true
	}
}
