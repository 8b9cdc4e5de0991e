package check_test

import (
	"testing"

	"tracelab/tracetree"
)

// calls are spans below a root. The first starts 10 ms after it, each next one
// as long after the start of the one before as every says; all in ms.
func calls(n int, length, every int64, edit func(i int, s *tracetree.Span)) sample {
	spans := []tracetree.Span{{
		TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{1}, Name: "root", Start: ms(1), End: ms(100_000), Origin: originOf("shop"),
	}}
	for i := range n {
		start := ms(10 + int64(i)*every)
		s := tracetree.Span{
			TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{2, byte(i)}, Parent: tracetree.SpanID{1}, Kind: tracetree.KindClient,
			Name: "load", Start: start, End: start + ms(length), Origin: spans[0].Origin,
		}
		edit(i, &s)
		spans = append(spans, s)
	}
	return sample{Spans: spans}
}

func TestNPlusOne(t *testing.T) {
	as := func(edit func(i int, s *tracetree.Span)) sample { return calls(12, 4, 5, edit) }
	same := func(int, *tracetree.Span) {}
	flagged := []string{"warning shop: load"}
	raised := calls(11, 4, 5, same)
	raised.Config.Limits.RepeatedSiblings = 11
	lowered := calls(4, 4, 5, same)
	lowered.Config.Limits.RepeatedSiblings = 3
	wantRulings(t, "n-plus-one", []ruling{
		{"11, one after the other", calls(11, 4, 5, same), flagged},
		{"10", calls(10, 4, 5, same), nil},
		{"11 under a limit of 11", raised, nil},
		{"4 over a limit of 3", lowered, flagged},
		{"each starts as the one before ends", calls(11, 5, 5, same), flagged},
		{"half of the time", calls(11, 10, 21, same), flagged},
		{"less than half: a poller", calls(11, 10, 22, same), nil},
		{"10, and another call", calls(11, 4, 5, func(i int, s *tracetree.Span) {
			if i == 4 {
				s.Name = "save"
			}
		}), nil},
		{"beside a long one of the same", as(func(i int, s *tracetree.Span) {
			if i == 0 {
				s.End = s.Start + ms(1000)
			}
		}), nil},
		{"all at once", calls(11, 4, 0, same), nil},
		{"two at a time", calls(22, 9, 5, same), nil},
		{"formats round", as(func(_ int, s *tracetree.Span) { s.End = s.Start + ms(5) + 900 }), flagged},
		{"sends", as(func(_ int, s *tracetree.Span) { s.Kind = tracetree.KindProducer }), flagged},
		{"steps of work are no calls", as(func(_ int, s *tracetree.Span) { s.Kind = tracetree.KindInternal }), nil},
		{"12 of two operations", as(func(i int, s *tracetree.Span) { s.Name = []string{"load", "save"}[i%2] }), nil},
		{"other calls between", calls(24, 5, 5, func(i int, s *tracetree.Span) { s.Name = []string{"load", "save"}[i%2] }), []string{"warning shop: load", "warning shop: save"}},
		{"different names, one operation", as(func(i int, s *tracetree.Span) {
			s.Name, s.Attributes = "GET /"+string(rune('a'+i)), textPairs("http.request.method", "GET", "server.address", "prices")
		}), []string{"warning shop: http.client.GET prices"}},
		{"below one parent each", as(func(i int, s *tracetree.Span) {
			if i%2 == 1 {
				s.Parent = tracetree.SpanID{2, byte(i - 1)}
			}
		}), nil},
		{"no times", as(func(_ int, s *tracetree.Span) { s.Start, s.End = 0, 0 }), nil},
		{"negative ones are another check's", as(func(_ int, s *tracetree.Span) { s.End = s.Start - 1 }), nil},
		{"a long pause, and one more", calls(13, 4, 5, func(i int, s *tracetree.Span) {
			if i == 12 {
				s.Start, s.End = ms(50_000), ms(50_004)
			}
		}), flagged},
		{"side by side at first, then in a row", calls(14, 4, 5, func(i int, s *tracetree.Span) {
			if i == 0 {
				s.End = s.Start + ms(8)
			}
		}), flagged},
		{"a row on top has no parent", as(func(_ int, s *tracetree.Span) { s.Parent = tracetree.SpanID{} }), nil},
	})
}

// Of several rows the longest is told.
func TestNPlusOneTellsTheLongestRow(t *testing.T) {
	f := findingsOf(t, "n-plus-one", calls(25, 4, 5, func(i int, s *tracetree.Span) {
		if i == 12 {
			s.End = s.Start + ms(6) // the next one doesn't wait for it
		}
	}))
	if len(f) != 1 || f[0].Seen != "13 calls of shop: load one after the other, 66ms in all" {
		t.Errorf("findings %+v", f)
	}
}

func TestNPlusOneSaysWhereAndHowLong(t *testing.T) {
	f := findingsOf(t, "n-plus-one", calls(12, 4, 5, func(int, *tracetree.Span) {}))
	if len(f) != 1 || f[0].Seen != "12 calls of shop: load one after the other, 59ms in all" || len(f[0].Related) != 1 || f[0].Related[0].Label != "shop: root" {
		t.Errorf("findings %+v", f)
	}
}
