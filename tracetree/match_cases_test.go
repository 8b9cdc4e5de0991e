package tracetree_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
)

// grpcCall makes a CLIENT span and the SERVER span below it, whose id is one more.
func grpcCall(id, parent uint64, clientCode, serverCode string) []tracetree.Span {
	half := func(id, parent uint64, k tracetree.Kind, name, code string) tracetree.Span {
		s := span(id, parent, "s.S/M", service(name), kind(k),
			with("rpc.system.name", "grpc", "rpc.method", "s.S/M", "rpc.response.status_code", code))
		// A client's status is ERROR for every code but OK, a server's for some.
		if code != "OK" && (k == tracetree.KindClient || code == "UNAVAILABLE") {
			failed(code)(&s)
		}
		return s
	}
	return []tracetree.Span{
		half(id, parent, tracetree.KindClient, "shop", clientCode),
		half(id+1, id, tracetree.KindServer, "stock", serverCode),
	}
}

// TestMatchIsNotFooled are the cases in which a test of traces must not be fooled, nor fail by
// chance.
func TestMatchIsNotFooled(t *testing.T) {
	top := span(1, 0, "order", service("shop"))
	order := func(more ...[]tracetree.Span) []tracetree.Span {
		spans := []tracetree.Span{top}
		for _, m := range more {
			spans = append(spans, m...)
		}
		return spans
	}
	tests := []struct {
		reason  string
		spans   []tracetree.Span
		pattern string
		want    string // the report, or empty for a match
		opts    []tracetree.Option
	}{
		{
			reason:  "two equal lines need two spans",
			spans:   []tracetree.Span{span(1, 0, "a"), span(2, 1, "b")},
			pattern: "svc: a (root)\n  svc: b\n  svc: b",
			want:    "  svc: a (root)\n    svc: b\n-   svc: b\n1 span is missing.\n",
		},
		{
			reason:  "an extra child fails",
			spans:   []tracetree.Span{span(1, 0, "a"), span(2, 1, "b"), span(3, 2, "c")},
			pattern: "svc: a (root)\n  svc: b",
			want:    "  svc: a (root)\n    svc: b\n+     svc: c\n1 span is unexpected.\n",
		},
		{
			reason:  "a missing attribute fails",
			spans:   []tracetree.Span{span(1, 0, "a", with("l", "v"))},
			pattern: "svc: a (root) {k=v, l=v}",
			want:    "~ svc: a (root) {k=v, l=v}          k: want v, got (absent)\n1 attribute differs.\n",
		},
		{
			reason:  "an orphan can't pose as a root",
			spans:   []tracetree.Span{span(2, 9, "a"), span(3, 2, "b")},
			pattern: "svc: a (root)\n  svc: b",
			want:    "~ svc: a (root)          want (root), got (orphan)\n    svc: b\n1 span is marked differently.\n",
		},
		{
			reason: "two traces whose roots link to each other are one tree, and neither is a root",
			spans: []tracetree.Span{
				span(1, 0, "a", linkTo(2, 2)),
				span(2, 0, "b", inTrace(2), linkTo(1, 1)),
			},
			pattern: "svc: a (root)\n\nsvc: b (root)",
			want: "~ svc: a (root)          want (root), got (cycle)\n" +
				"+   svc: b          ← linked span          » moved: expected on top\n- svc: b (root)\n" +
				"1 span is marked differently, 1 subtree moved.\n",
		},
		{
			reason: "each retry is a call of its own",
			spans: order(grpcCall(2, 1, "UNAVAILABLE", "UNAVAILABLE"), grpcCall(4, 1, "UNAVAILABLE", "UNAVAILABLE"),
				grpcCall(6, 1, "OK", "OK")),
			pattern: "shop: order (root) (in order)\n" +
				"  2x stock: /s.S/M !error=UNAVAILABLE\n" +
				"  stock: /s.S/M",
		},
		{
			reason: "in full, each with its server",
			spans:  order(grpcCall(2, 1, "UNAVAILABLE", "UNAVAILABLE"), grpcCall(4, 1, "OK", "OK")),
			pattern: "shop: order (root)\n  shop: grpc.client.M\n    stock: /s.S/M\n  shop: grpc.client.M !error\n" +
				"    stock: /s.S/M !error",
			opts: []tracetree.Option{tracetree.Full},
		},
		{
			reason:  "not found is an error of the client alone",
			spans:   order(grpcCall(2, 1, "NOT_FOUND", "NOT_FOUND")),
			pattern: "shop: order (root)\n  stock: /s.S/M",
		},
		{
			reason:  "in full it is seen",
			spans:   order(grpcCall(2, 1, "NOT_FOUND", "NOT_FOUND")),
			pattern: "shop: order (root)\n  shop: grpc.client.M !error=NOT_FOUND\n    stock: /s.S/M {@status=unset}",
			opts:    []tracetree.Option{tracetree.Full},
		},
		{
			reason: "a deadline that ends the client before the server is the client's",
			spans: func() []tracetree.Span {
				spans := order(grpcCall(2, 1, "DEADLINE_EXCEEDED", "OK"))
				spans[1].End, spans[2].End = 10, 1000
				return spans
			}(),
			pattern: "shop: order (root)\n  shop: grpc.client.M !error=DEADLINE_EXCEEDED [<10ns]\n    stock: /s.S/M [>900ns]",
		},
		{
			reason:  "a cycle of parents ends and is no root",
			spans:   []tracetree.Span{span(1, 2, "a"), span(2, 1, "b")},
			pattern: "svc: a (root)\n  svc: b",
			want:    "~ svc: a (root)          want (root), got (cycle)\n    svc: b\n1 span is marked differently.\n",
		},
		{
			reason: "the same span id in two traces is two spans",
			spans: []tracetree.Span{
				span(1, 0, "a"), span(2, 1, "b"),
				span(1, 0, "a", inTrace(2)), span(2, 1, "c", inTrace(2)),
			},
			pattern: "svc: a (root)\n  svc: c\n\nsvc: a (root)\n  svc: b",
		},
		{
			reason: "of siblings with one name the second may be the one that fits",
			spans: []tracetree.Span{
				span(1, 0, "a"),
				span(2, 1, "b", with("k", "1", "l", "1")),
				span(3, 1, "b", with("k", "1", "l", "2")), span(4, 3, "c"),
			},
			pattern: "svc: a (root)\n  svc: b {k=1}\n    svc: c\n  svc: b {l=1}",
		},
		{
			reason:  "equal starts are in the order in which they were read",
			spans:   []tracetree.Span{span(1, 0, "a"), span(9, 1, "c", startingAt(5)), span(2, 1, "b", startingAt(5))},
			pattern: "svc: a (root) (in order)\n  svc: c\n  svc: b",
		},
		{
			reason:  "a child may come before its parent",
			spans:   []tracetree.Span{span(3, 2, "c"), span(2, 1, "b"), span(1, 0, "a")},
			pattern: "svc: a (root)\n  svc: b\n    svc: c",
		},
		{
			reason: "two traces in one batch stay two",
			spans: []tracetree.Span{
				span(1, 0, "a"), span(11, 0, "a", inTrace(2)), span(12, 11, "b", inTrace(2)),
				span(2, 1, "b"),
			},
			pattern: "svc: a (root)\n  2x svc: b",
			want: "  svc: a (root)\n    svc: b\n-   2x svc: b          want 2x, got 1\n+ svc: a (root)\n" +
				"+   svc: b\n1 span is missing, 2 spans are unexpected.\n",
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			got := ""
			if report := mustParse(t, test.pattern).Match(tracetree.Build(test.spans), test.opts...); report != nil {
				got = report.String()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestConcurrentSiblingsMatchInAnyOrder has siblings that start, and are read, in any order.
func TestConcurrentSiblingsMatchInAnyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pattern := mustParse(t,
		"svc: a (root)\n"+strings.Repeat("  svc: b\n    svc: log\n", 2)+"  svc: b {n=3}\n  *x svc: c*\n")
	for round := range 1000 {
		spans := []tracetree.Span{
			span(1, 0, "a"),
			span(2, 1, "b", with("n", "1")), span(3, 1, "b", with("n", "2")), span(4, 1, "b", with("n", "3")),
			span(5, 2, "log"), span(6, 3, "log"),
		}
		for i := range random.Uint64N(4) {
			spans = append(spans, span(10+i, 1, fmt.Sprint("c", i)))
		}
		for i := range spans[1:] {
			spans[1+i].Start = 2 + random.Int64N(4)
		}
		random.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
		if report := pattern.Match(tracetree.Build(spans)); report != nil {
			t.Fatalf("round %d:\n%v", round, report)
		}
	}
}
