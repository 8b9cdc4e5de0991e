package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestKindEdge(t *testing.T) {
	server, client, internal := tracetree.KindServer, tracetree.KindClient, tracetree.KindInternal
	testStructure(t, "kind-edge", []ruleCase{
		{
			reason: "a server right below another service's",
			spans:  []tracetree.Span{oneSpan(1, 0, server, "shop", "a"), oneSpan(2, 1, server, "stock", "b")},
			want:   []string{"warning: a SERVER span of stock is directly below a SERVER span of shop"},
		},
		{
			reason: "a server right below that of a mesh's proxy, which has one span for both sides",
			spans: []tracetree.Span{
				oneSpan(1, 0, server, "shop.default", "a", texts("component=proxy")), oneSpan(2, 1, server, "shop", "b"),
			},
		},
		{
			reason: "a proxy's server right below another service's",
			spans: []tracetree.Span{
				oneSpan(1, 0, server, "shop", "a"), oneSpan(2, 1, server, "stock.default", "b", texts("component=proxy")),
			},
			want: []string{"warning: a SERVER span of stock.default is directly below a SERVER span of shop"},
		},
		{
			reason: "another component than a proxy",
			spans: []tracetree.Span{
				oneSpan(1, 0, server, "shop", "a", texts("component=net/http")), oneSpan(2, 1, server, "stock", "b"),
			},
			want: []string{"warning: a SERVER span of stock is directly below a SERVER span of shop"},
		},
		{
			reason: "a call to itself, with nothing that tells the instances apart",
			spans:  []tracetree.Span{oneSpan(1, 0, client, "shop", "a"), oneSpan(2, 1, server, "shop", "b")},
			want:   []string{"warning: a SERVER span of shop is below a CLIENT span of shop"},
		},
		{
			reason: "a call to the same instance",
			spans: []tracetree.Span{
				oneSpan(1, 0, client, "shop", "a", ofInstance("1")),
				oneSpan(2, 1, server, "shop", "b", ofInstance("1")),
			},
			want: []string{"warning: a SERVER span of shop is below a CLIENT span of shop"},
		},
		{
			reason: "a call to another instance",
			spans: []tracetree.Span{
				oneSpan(1, 0, client, "shop", "a", ofInstance("1")),
				oneSpan(2, 1, server, "shop", "b", ofInstance("2")),
			},
		},
		{
			reason: "two layers of one server",
			spans:  []tracetree.Span{oneSpan(1, 0, server, "shop", "a"), oneSpan(2, 1, server, "shop", "b")},
		},
		{
			reason: "a server right below another instance's",
			spans: []tracetree.Span{
				oneSpan(1, 0, server, "shop", "a", ofInstance("1")),
				oneSpan(2, 1, server, "shop", "b", ofInstance("2")),
			},
			want: []string{"warning: a SERVER span of shop is directly below a SERVER span of another instance of shop"},
		},
		{
			reason: "two layers of one instance",
			spans: []tracetree.Span{
				oneSpan(1, 0, server, "shop", "a", ofInstance("1")),
				oneSpan(2, 1, server, "shop", "b", ofInstance("1")),
			},
		},
		{
			reason: "a call to another pod",
			spans: []tracetree.Span{
				oneSpan(1, 0, client, "shop", "a", onResource("k8s.pod.name", "shop-1")),
				oneSpan(2, 1, server, "shop", "b", onResource("k8s.pod.name", "shop-2")),
			},
		},
		{
			reason: "a call to another address",
			spans: []tracetree.Span{
				oneSpan(1, 0, client, "shop", "a", texts("network.local.address=10.0.0.1")),
				oneSpan(2, 1, server, "shop", "b", texts("network.local.address=10.0.0.2")),
			},
		},
		{
			reason: "a call to its own address",
			spans: []tracetree.Span{
				oneSpan(1, 0, client, "shop", "a", texts("network.local.address=10.0.0.1")),
				oneSpan(2, 1, server, "shop", "b", texts("network.local.address=10.0.0.1")),
			},
			want: []string{"warning: a SERVER span of shop is below a CLIENT span of shop"},
		},
		{
			reason: "one end names its instance, which doesn't make them two",
			spans:  []tracetree.Span{oneSpan(1, 0, client, "shop", "a", ofInstance("1")), oneSpan(2, 1, server, "shop", "b")},
			want:   []string{"warning: a SERVER span of shop is below a CLIENT span of shop"},
		},
		{
			reason: "a proxy in between has both spans",
			spans: []tracetree.Span{
				oneSpan(1, 0, client, "shop", "a"), oneSpan(2, 1, server, "proxy", "b"),
				oneSpan(3, 2, client, "proxy", "c"), oneSpan(4, 3, server, "stock", "d"),
			},
		},
		{
			reason: "below an INTERNAL span: missing-client-span's finding",
			spans:  []tracetree.Span{oneSpan(1, 0, internal, "shop", "a"), oneSpan(2, 1, server, "stock", "b")},
		},
		{
			reason: "a service may consume its own messages",
			spans: []tracetree.Span{
				oneSpan(1, 0, tracetree.KindProducer, "shop", "a"),
				oneSpan(2, 1, tracetree.KindConsumer, "shop", "b"),
			},
		},
		{
			reason: "a link is no call",
			spans: []tracetree.Span{
				oneSpan(1, 0, server, "shop", "a"),
				oneSpan(1, 0, server, "stock", "b", inTrace(2), linkedTo(1, 1)),
			},
		},
		{
			reason: "nobody says whose the spans are",
			spans:  []tracetree.Span{oneSpan(1, 0, client, "", "a"), oneSpan(2, 1, server, "", "b")},
		},
	})
}
