package check_test

import (
	"testing"

	"tracelab/tracetree"
)

// family is a parent from 100 ms to 110 ms, and a child.
func family(edit func(parent, child *tracetree.Span)) sample {
	parent := tracetree.Span{
		TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{1}, Name: "parent", Kind: tracetree.KindInternal,
		Start: ms(100), End: ms(110), Origin: originOf("shop"),
	}
	child := tracetree.Span{
		TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{2}, Parent: tracetree.SpanID{1}, Name: "child",
		Kind: tracetree.KindInternal, Start: ms(102), End: ms(108), Origin: originOf("shop"),
	}
	edit(&parent, &child)
	return sample{Spans: []tracetree.Span{parent, child}}
}

func TestChildOutsideParent(t *testing.T) {
	late := func(more func(parent, child *tracetree.Span)) sample {
		return family(func(parent, child *tracetree.Span) {
			child.End = ms(120)
			more(parent, child)
		})
	}
	call := func(start, end int64, more func(parent, child *tracetree.Span)) sample {
		return family(func(parent, child *tracetree.Span) {
			parent.Kind, child.Kind = tracetree.KindClient, tracetree.KindServer
			child.Start, child.End, child.Origin = ms(start), ms(end), originOf("prices")
			more(parent, child)
		})
	}
	nothing := func(_, _ *tracetree.Span) {}
	local, skew := []string{"warning shop: child"}, []string{"info prices: child"}
	wantRulings(t, "child-outside-parent", []ruling{
		{"inside", family(nothing), nil},
		{"as long as the parent", family(func(p, c *tracetree.Span) { c.Start, c.End = p.Start, p.End }), nil},
		{"outlives its parent", late(nothing), local},
		{"starts before its parent", family(func(_, c *tracetree.Span) { c.Start = ms(90) }), local},
		{"starts when its parent is over", family(func(_, c *tracetree.Span) { c.Start, c.End = ms(115), ms(120) }), local},
		{"rounding", family(func(_, c *tracetree.Span) { c.Start, c.End = ms(99), ms(111) }), nil},
		{"just more than rounding", family(func(_, c *tracetree.Span) { c.End = ms(111) + 1 }), local},
		{"another provider of the same process", late(func(_, c *tracetree.Span) {
			c.Origin, c.ParentRemote = originOf("db"), tracetree.RemoteNo
		}), []string{"warning db: child"}},
		{"another scope of the same service", late(func(_, c *tracetree.Span) { c.Origin = originOf("shop") }), local},
		{"a message is processed later", late(func(p, c *tracetree.Span) {
			p.Kind, c.Kind = tracetree.KindProducer, tracetree.KindConsumer
		}), nil},
		{
			"a consumer below a span that is no send", late(func(_, c *tracetree.Span) { c.Kind = tracetree.KindConsumer }),
			nil,
		},
		{
			"a send whose acknowledgement comes late", late(func(_, c *tracetree.Span) { c.Kind = tracetree.KindProducer }),
			nil,
		},
		{"what goes on below a send", late(func(p, _ *tracetree.Span) { p.Kind = tracetree.KindProducer }), nil},
		{"a link to the parent says that nobody waits", late(func(p, c *tracetree.Span) {
			c.Links = []tracetree.Link{{TraceID: p.TraceID, SpanID: p.SpanID}}
		}), nil},
		{"work below a receive that has ended", late(func(p, _ *tracetree.Span) {
			p.Kind, p.Name = tracetree.KindConsumer, "receive orders"
		}), nil},
		{"work below a poll that is a CLIENT", late(func(p, _ *tracetree.Span) {
			p.Kind, p.Attributes = tracetree.KindClient,
				[]tracetree.Attr{{Key: "messaging.operation.type", Value: tracetree.String("receive")}}
		}), nil},
		{"work below a span of processing", late(func(p, _ *tracetree.Span) {
			p.Kind, p.Name = tracetree.KindConsumer, "process orders"
		}), local},
		{"work that begins before the receive", family(func(p, c *tracetree.Span) {
			p.Kind, p.Name, c.Start = tracetree.KindConsumer, "receive orders", ms(90)
		}), local},
		{"the parent has not ended", late(func(p, _ *tracetree.Span) { p.End, p.Unended = 0, true }), nil},
		{"the child has not ended", late(func(_, c *tracetree.Span) { c.End, c.Unended = 0, true }), nil},
		{"the child has no start", family(func(_, c *tracetree.Span) { c.Start = 0 }), nil},
		{"a parent of no time is another check's", late(func(p, _ *tracetree.Span) { p.End = p.Start }), nil},
		{"a negative parent is, too", late(func(p, _ *tracetree.Span) { p.End = ms(90) }), nil},
		{"a negative child is, too", family(func(_, c *tracetree.Span) { c.End = ms(90) }), nil},
		{"the parent is not there", late(func(_, c *tracetree.Span) { c.Parent = tracetree.SpanID{9} }), nil},
		{"a linked root is below what it links to, which isn't its parent", late(func(p, c *tracetree.Span) {
			c.TraceID, c.Parent = tracetree.TraceID{2}, tracetree.SpanID{}
			c.Links = []tracetree.Link{{TraceID: p.TraceID, SpanID: p.SpanID}}
		}), nil},
		{"a server's clock is behind: clock-skew's finding", call(50, 58, nothing), nil},
		{"a server's clock is ahead: clock-skew's finding", call(150, 158, nothing), nil},
		{"one of several calls begins before it was made", severalCalls(50, 103, 104), skew},
		{"the server took longer than the call and began late: nobody waited for it", call(150, 190, nothing), skew},
		{"the server ends after its answer", call(105, 140, nothing), nil},
		{"the client gave up before the server had its call", call(150, 158, func(p, _ *tracetree.Span) {
			p.Status = tracetree.StatusError
		}), nil},
		{"the same service, but its parent is known to be elsewhere", late(func(_, c *tracetree.Span) {
			c.Start, c.ParentRemote = ms(50), tracetree.RemoteYes
		}), []string{"info shop: child"}},
		{
			"a server is called, by its own service too",
			call(105, 140, func(_, c *tracetree.Span) { c.Origin = originOf("shop") }), nil,
		},
	})
}

// severalCalls are calls of 10 ms from 100 ms on, each to a server that begins at the given time
// and takes 2 ms.
func severalCalls(starts ...int64) sample {
	var spans []tracetree.Span
	for i, start := range starts {
		e := family(func(parent, child *tracetree.Span) {
			parent.TraceID, child.TraceID = tracetree.TraceID{byte(i + 1)}, tracetree.TraceID{byte(i + 1)}
			parent.Kind, child.Kind, child.Origin = tracetree.KindClient, tracetree.KindServer, originOf("prices")
			child.Start, child.End = ms(start), ms(start+2)
		})
		spans = append(spans, e.Spans...)
	}
	return sample{Spans: spans}
}

func TestChildOutsideParentNamesTheParent(t *testing.T) {
	f := findingsOf(t, "child-outside-parent", family(func(_, c *tracetree.Span) { c.End = ms(125) }))
	if len(f) != 1 || f[0].Seen != "the span ends 15ms after its parent" || len(f[0].Related) != 1 ||
		f[0].Related[0].Label != "shop: parent" {
		t.Errorf("findings %+v", f)
	}
}
