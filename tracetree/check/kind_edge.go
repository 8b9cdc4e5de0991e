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
		Doc: `A SERVER directly below a SERVER of another service or of another instance of the service, with no CLIENT between them;
or a SERVER below a CLIENT of the same service. Instances are distinguished by service.instance.id, pod, container, host and
process id, or by the network address of a span. Directly below a SERVER of Envoy (component=proxy) may be that of the
service that it calls: the proxy has one span for both of its sides.

Service maps find calls by the pair of CLIENT and SERVER, and the difference between the two is the time on the network.
Without the CLIENT, that time and the failures on the way are invisible. A call from a service to itself is most often two
services with one name, and they are counted as one.

For the first, instrument the caller's client: its span starts where the call does, and its context is sent. For the second,
give each service its own service.name; if instances of one service call each other, give each a service.instance.id.`,
		bad: []example{
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
		good: []example{
			{
				Why:  "the CLIENT span is there; the compact view leaves it out",
				Tree: "shop: GET /cart (root)\n  stock: GET /stock",
			},
			{
				Why: "an instance calls another instance of its service",
				Spans: `
					span=1 service=store resource={service.instance.id=store-1} kind=client name=GET
					span=2 parent=1 service=store resource={service.instance.id=store-2} kind=server name="GET /shard/:id"`,
			},
		},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			if s.Kind != tracetree.KindServer {
				return
			}
			node, ok := span.Parent(p.Forest, p.Forest.Node(i))
			if !ok {
				return
			}
			switch above := node.Span(); above.Kind {
			case tracetree.KindServer:
				reportServerBelowServer(p, i, above, s)
			case tracetree.KindClient:
				if s.Origin != nil && above.Service() == s.Service() && !areOtherInstances(above, s) {
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

func reportServerBelowServer(p *pass, i int, above, s *tracetree.Span) {
	if isProxy(above) {
		return // one span for both of its sides
	}
	from, to := above.Service(), s.Service()
	caller := from
	if from == to {
		if !areOtherInstances(above, s) {
			return // two layers of one server
		}
		caller = "another instance of " + from
	}
	f := p.Report(i, "a SERVER span of "+to+" is directly below a SERVER span of "+caller,
		"a CLIENT span of "+from+" between them",
		from+"'s client is not instrumented, and the headers of its own request are passed on",
		"the client's span exists, but the context from before its start is sent",
		"the client's span was dropped")
	f.Related = []Ref{refTo(above)}
}

// isProxy reports whether a span is one of Envoy, and so of a mesh's sidecar or gateway.
func isProxy(s *tracetree.Span) bool { return span.Text(s, "component") == "proxy" }

// areOtherInstances reports whether two spans of one service are known to be of
// two processes.
func areOtherInstances(a, b *tracetree.Span) bool {
	if a.Origin != b.Origin {
		for _, key := range []string{
			"service.instance.id", "k8s.pod.uid", "k8s.pod.name", "container.id", "faas.instance", "host.id",
			"host.name", "process.pid",
		} {
			if x, y := resourceText(a, key), resourceText(b, key); x != "" && y != "" && x != y {
				return true
			}
		}
	}
	x, y := localAddress(a), localAddress(b)
	return x != "" && y != "" && x != y
}

func resourceText(s *tracetree.Span, key string) string {
	if s.Origin != nil {
		for i := range s.Origin.Resource {
			if a := &s.Origin.Resource[i]; a.Key == key {
				return a.Value.Text()
			}
		}
	}
	return ""
}

// localAddress returns the network address of the process that made a span.
func localAddress(s *tracetree.Span) string {
	return span.Text(s, "network.local.address", "net.sock.host.addr", "net.host.ip")
}
