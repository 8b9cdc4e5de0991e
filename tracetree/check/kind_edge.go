package check

import (
	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
)

func kindEdge() Check {
	return Check{
		ID:       "kind-edge",
		Title:    "the kinds of two neighbouring spans don't fit",
		Severity: Warning,
		Doc: `A SERVER directly below a SERVER of another service, with no CLIENT between them; or a SERVER below a CLIENT of the same
service.

The pair of CLIENT and SERVER is how service maps find calls, and the difference between the two is the time on the network.
Without the CLIENT, that time and what failed on the way are invisible. A call from a service to itself is most often two
services with one name, and they are counted as one.

For the first, instrument the caller's client: its span starts where the call does, and its context is what is sent. For the
second, give each service its own service.name; instances of one service that call each other are told apart by
service.instance.id.`,
		Bad: []Example{
			{
				Why: "shop passes its own context on by hand, so that its call has no span",
				Spans: `
					span=1 service=shop kind=server name="GET /cart"
					span=2 parent=1 service=stock kind=server name="GET /stock"`,
			},
			{
				Why:  "stock was configured with a copy of shop's environment, its name included",
				Tree: "shop: GET /cart (root)\n  shop: http.client.GET stock\n    shop: GET /stock",
			},
		},
		Good: []Example{
			{
				Why:  "the CLIENT span is there; the compact view leaves it out",
				Tree: "shop: GET /cart (root)\n  stock: GET /stock",
			},
			{
				Why: "one instance asks another one of the same service",
				Spans: `
					span=1 service=store resource={service.instance.id=store-1} kind=client name=GET
					span=2 parent=1 service=store resource={service.instance.id=store-2} kind=server name="GET /shard/:id"`,
			},
		},
		Span: func(p *Pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			if s.Kind != tracetree.KindServer {
				return
			}
			node, ok := span.Parent(p.Forest.Node(i))
			if !ok {
				return
			}
			switch above := node.Span(); above.Kind {
			case tracetree.KindServer:
				if from, to := above.Service(), s.Service(); from != to {
					f := p.Report(i, "a SERVER span of "+to+" is directly below a SERVER span of "+from, "a CLIENT span of "+from+" between them",
						from+"'s client is not instrumented, and the headers of its own request are passed on",
						"the client's span is there, but what is sent is the context from before it started",
						"the client's span was dropped")
					f.Related = []Ref{refTo(above)}
				}
			case tracetree.KindClient:
				if s.Origin != nil && span.InstanceOf(above) == span.InstanceOf(s) {
					name := s.Service()
					f := p.Report(i, "a SERVER span of "+name+" is below a CLIENT span of "+name, "a call to another service",
						"two services have the name "+name+": an environment was copied, or none was set",
						"the service calls itself over the network")
					f.Related = []Ref{refTo(above)}
				}
			}
		},
	}
}
