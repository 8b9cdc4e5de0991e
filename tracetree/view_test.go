package tracetree_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
)

func TestCompactViewFoldsClients(t *testing.T) {
	server, client := kind(tracetree.KindServer), kind(tracetree.KindClient)
	grpc := func(code string) func(*tracetree.Span) {
		return with("rpc.system.name", "grpc", "rpc.method", "s.S/M", "rpc.response.status_code", code)
	}
	oldGRPC := func(code string) func(*tracetree.Span) {
		return with("rpc.system", "grpc", "rpc.service", "s.S", "rpc.method", "M", "rpc.grpc.status_code", code)
	}
	http := func(code string) func(*tracetree.Span) {
		return with("http.request.method", "GET", "http.route", "/", "http.response.status_code", code)
	}
	tests := []struct {
		reason string
		spans  []tracetree.Span
		want   []string
	}{
		{
			"a top hands on its mark",
			[]tracetree.Span{span(1, 0, "c", client, grpc("OK")), span(2, 1, "s", server, grpc("OK"))},
			[]string{"svc: /s.S/M (root)"},
		},
		{
			"an orphan does, too",
			[]tracetree.Span{span(2, 1, "c", client, http("200")), span(3, 2, "s", server, http("200"))},
			[]string{"svc: GET / (orphan)"},
		},
		{
			"one without children stays",
			[]tracetree.Span{span(1, 0, "c", client, grpc("OK"))},
			[]string{"svc: grpc.client.M (root)"},
		},
		{
			"one with other children stays",
			[]tracetree.Span{span(1, 0, "c", client, grpc("OK")), span(2, 1, "s", server, grpc("OK")), span(3, 1, "x")},
			[]string{"svc: grpc.client.M (root)", "  svc: /s.S/M", "  svc: x"},
		},
		{
			"with several SERVERs below, as of a hedged call, it is folded into each",
			[]tracetree.Span{
				span(1, 0, "x"), span(2, 1, "c", client, grpc("OK")), span(3, 2, "s", server, grpc("OK")),
				span(4, 2, "s", server, grpc("OK")),
			},
			[]string{"svc: x (root)", "  svc: /s.S/M", "  svc: /s.S/M"},
		},
		{
			"its own place among siblings stays",
			[]tracetree.Span{
				span(1, 0, "x"), span(2, 1, "c", client, grpc("OK")), span(3, 1, "y"),
				span(4, 2, "s", server, grpc("OK")),
			},
			[]string{"svc: x (root)", "  svc: /s.S/M", "  svc: y"},
		},
		{
			"a failure that the server shows is folded",
			[]tracetree.Span{
				span(1, 0, "c", client, failed(""), grpc("INTERNAL")),
				span(2, 1, "s", server, failed("INTERNAL"), grpc("INTERNAL")),
			},
			[]string{"svc: /s.S/M (root) !error=INTERNAL"},
		},
		{
			"a failure that the server doesn't show stays",
			[]tracetree.Span{
				span(1, 0, "c", client, failed("DEADLINE_EXCEEDED"), grpc("DEADLINE_EXCEEDED")),
				span(2, 1, "s", server, grpc("OK")),
			},
			[]string{"svc: grpc.client.M (root) !error=DEADLINE_EXCEEDED", "  svc: /s.S/M"},
		},
		{
			"a code that is an error for the client alone is folded",
			[]tracetree.Span{
				span(1, 0, "c", client, failed("NOT_FOUND"), grpc("NOT_FOUND")),
				span(2, 1, "s", server, grpc("NOT_FOUND")),
			},
			[]string{"svc: /s.S/M (root)"},
		},
		{
			"by number and name alike",
			[]tracetree.Span{span(1, 0, "c", client, failed(""), oldGRPC("5")), span(2, 1, "s", server, grpc("NOT_FOUND"))},
			[]string{"svc: /s.S/M (root)"},
		},
		{
			"but not when the server saw another one",
			[]tracetree.Span{
				span(1, 0, "c", client, failed("CANCELLED"), grpc("CANCELLED")),
				span(2, 1, "s", server, grpc("OK")),
			},
			[]string{"svc: grpc.client.M (root) !error=CANCELLED", "  svc: /s.S/M"},
		},
		{
			"an HTTP client's 404",
			[]tracetree.Span{span(1, 0, "c", client, failed("404"), http("404")), span(2, 1, "s", server, http("404"))},
			[]string{"svc: GET / (root)"},
		},
		{
			"an HTTP client's 502 from something between",
			[]tracetree.Span{span(1, 0, "c", client, failed("502"), http("502")), span(2, 1, "s", server, http("200"))},
			[]string{"svc: http.client.GET (root) !error=502", "  svc: GET /"},
		},
		{
			"a failed server below a client that is fine",
			[]tracetree.Span{span(1, 0, "c", client, http("200")), span(2, 1, "s", server, failed("500"), http("500"))},
			[]string{"svc: GET / (root) !error=500"},
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			got := tracetree.Format(tracetree.Build(test.spans))
			if diff := cmp.Diff(strings.Join(test.want, "\n")+"\n", got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLinesNameTheInnerSpans(t *testing.T) {
	step := func(operation string) func(*tracetree.Span) {
		return with("messaging.system", "kafka", "messaging.operation.type", operation)
	}
	forest := tracetree.Build([]tracetree.Span{
		span(1, 0, "send", kind(tracetree.KindProducer), step("send")),
		span(2, 1, "POST", kind(tracetree.KindClient), with("http.request.method", "POST")),
		span(3, 0, "receive", kind(tracetree.KindConsumer), step("receive"), inTrace(2)),
		span(4, 3, "poll", kind(tracetree.KindClient), step("receive"), inTrace(2)),
		span(5, 3, "process", kind(tracetree.KindConsumer), step("process"), inTrace(2), linkTo(1, 1)),
		span(6, 0, "audit", inTrace(3), linkTo(1, 2)),
	})
	want := []string{
		"kafka: send (root): POST",
		"  svc: audit          ← linked span:", // it links to the inner POST
		"  svc: process          ← linked span: receive poll",
	}
	var got []string
	for _, l := range tracetree.Lines(forest) {
		text := l.Text + ":"
		for _, n := range l.Inner {
			text += " " + n.Span().Name
		}
		got = append(got, text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLinesTellWhereBatchConsumersAreShown(t *testing.T) {
	forest := tracetree.Build([]tracetree.Span{
		span(1, 0, "send 1"),
		span(2, 0, "send 2", inTrace(2)),
		span(3, 0, "send 3", inTrace(3)),
		span(4, 0, "process", inTrace(4), linkTo(3, 3), linkTo(1, 1), linkTo(2, 2), linkTo(3, 3)),
		span(5, 0, "other", inTrace(5), linkTo(2, 2)),
	})
	lines := tracetree.Lines(forest)
	type place struct {
		Text      string
		Tree      int
		Share     tracetree.Share
		Elsewhere []string
		Shares    []tracetree.Share
	}
	var got []place
	for _, l := range lines {
		p := place{Text: l.Text, Tree: l.Tree, Share: l.Share}
		for _, ref := range l.Elsewhere {
			p.Elsewhere = append(p.Elsewhere, ref.Node.Span().Name)
			p.Shares = append(p.Shares, ref.Share)
		}
		got = append(got, p)
	}
	want := []place{
		{Text: "svc: send 1 (root)"},
		{Text: "  svc: process          ← linked span", Share: tracetree.Share{K: 1, N: 3}},
		{Text: "svc: send 2 (root)", Tree: 1, Elsewhere: []string{"process"}, Shares: []tracetree.Share{{K: 2, N: 3}}},
		{Text: "  svc: other          ← linked span", Tree: 1},
		{Text: "svc: send 3 (root)", Tree: 2, Elsewhere: []string{"process"}, Shares: []tracetree.Share{{K: 3, N: 3}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLinesNameTheFoldedSpan(t *testing.T) {
	lines := tracetree.Lines(tracetree.Build(courseSpans()))
	for i, l := range lines {
		if folded := !l.Folded.IsZero(); folded != (i == 1) {
			t.Errorf("%s: folded %v", l.Text, folded)
		}
	}
	if got := lines[1].Folded.Span().Service(); got != "api-gateway" {
		t.Errorf("folded span of %s", got)
	}
}

func TestNodesKnowTheirPlace(t *testing.T) {
	forest := tracetree.Build(courseSpans())
	node, ok := forest.Lookup(traceID(1), spanID(6))
	if !ok || node.Index() != 5 || !node.Has(tracetree.Linked) || len(slices.Collect(node.Children())) != 1 {
		t.Fatalf("lookup: %v, %v", node, ok)
	}
	parent, ok := node.Parent()
	if !ok || parent != forest.Node(4) {
		t.Errorf("parent: %v, %v", parent, ok)
	}
	if _, ok := forest.Lookup(traceID(2), spanID(6)); ok {
		t.Error("found a span of another trace")
	}
	if _, ok := forest.Node(0).Parent(); ok || forest.NumTops() != 1 || len(forest.Spans()) != 7 {
		t.Error("the top is not one")
	}
}
