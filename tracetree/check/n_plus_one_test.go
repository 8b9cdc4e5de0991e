package check_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"tracelab/tracetree"
)

// calls returns n spans below a root. The first starts 10 ms after it, each other
// one every ms after the start of the previous one.
func calls(n int, length, every int64, edit func(i int, s *tracetree.Span)) sample {
	spans := []tracetree.Span{{
		TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{1}, Name: "root", Start: ms(1), End: ms(100_000),
		Origin: originOf("shop"),
	}}
	for i := range n {
		start := ms(10 + int64(i)*every)
		s := tracetree.Span{
			TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{2, byte(i)}, Parent: tracetree.SpanID{1},
			Kind: tracetree.KindClient,
			Name: "load", Start: start, End: start + ms(length), Origin: spans[0].Origin,
		}
		edit(i, &s)
		spans = append(spans, s)
	}
	return sample{Spans: spans}
}

// wrapped are queries of which each is below an INTERNAL span; the name may have a verb for its
// number.
func wrapped(n int, name string) sample {
	outer := calls(n, 4, 5, func(i int, s *tracetree.Span) {
		s.Kind, s.Name = tracetree.KindInternal, name
		if strings.Contains(name, "%d") {
			s.Name = fmt.Sprintf(name, i)
		} else if strings.Contains(name, "%c") {
			s.Name = fmt.Sprintf(name, 'a'+i)
		}
	})
	for _, s := range outer.Spans[1:] {
		query := s
		query.SpanID[0], query.Parent, query.Kind, query.Name = 3, s.SpanID, tracetree.KindClient, "SELECT"
		query.Attributes = textPairs("db.system.name", "mysql", "db.operation.name", "SELECT")
		outer.Spans = append(outer.Spans, query)
	}
	return outer
}

// statement sets a query's text, which has verbs for its number.
func statement(format string) func(int, *tracetree.Span) {
	return func(i int, s *tracetree.Span) {
		text := strings.ReplaceAll(format, "%d", strconv.Itoa(i))
		s.Attributes = textPairs("db.system.name", "mysql", "db.operation.name", "SELECT", "db.query.text", text)
	}
}

// path sets the path of an HTTP call, which has verbs for its number.
func path(format string) func(int, *tracetree.Span) {
	return func(i int, s *tracetree.Span) {
		s.Attributes = textPairs("http.request.method", "GET", "server.address", "prices", "url.full",
			"http://prices"+strings.ReplaceAll(format, "%d", strconv.Itoa(i))+"?x=1")
	}
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
		{"a fifth of the time", calls(11, 1, 5, same), flagged},
		{"a tenth of it", calls(11, 1, 10, same), flagged},
		{"a poller, with more than a second between", calls(11, 4, 1005, same), nil},
		{"a second between is work for each item", calls(11, 4, 1004, same), flagged},
		{"10, and another call", calls(11, 4, 5, func(i int, s *tracetree.Span) {
			if i == 4 {
				s.Name = "save"
			}
		}), nil},
		{"next to a long one of the same", as(func(i int, s *tracetree.Span) {
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
		{
			"other calls between", calls(24, 5, 5, func(i int, s *tracetree.Span) { s.Name = []string{"load", "save"}[i%2] }),
			flagged,
		},
		{
			"three queries for each of 11 items",
			calls(33, 1, 2, func(i int, s *tracetree.Span) { s.Name = []string{"load", "save", "tell"}[i%3] }), flagged,
		},
		{
			"three queries for each of 10",
			calls(30, 1, 2, func(i int, s *tracetree.Span) { s.Name = []string{"load", "save", "tell"}[i%3] }), nil,
		},
		{
			"two rows, one after the other, are two",
			calls(24, 1, 2, func(i int, s *tracetree.Span) { s.Name = []string{"load", "save"}[i/12] }),
			[]string{"warning shop: load", "warning shop: save"},
		},
		{"different names, one operation", as(func(i int, s *tracetree.Span) {
			s.Name, s.Attributes = "GET /"+string(rune('a'+i)),
				textPairs("http.request.method", "GET", "server.address", "prices")
		}), []string{"warning shop: http.client.GET prices"}},
		{"below one parent each", as(func(i int, s *tracetree.Span) {
			if i%2 == 1 {
				s.Parent = tracetree.SpanID{2, byte(i - 1)}
			}
		}), nil},
		{"each below an INTERNAL span", wrapped(11, "load item"), []string{"warning db: SELECT"}},
		{"each below an INTERNAL span with a number", wrapped(11, "load item %d"), []string{"warning db: SELECT"}},
		{"ten of them", wrapped(10, "load item"), nil},
		{"below INTERNAL spans of eleven kinds", wrapped(11, "load %c"), nil},
		{
			"one statement with other values", as(statement("SELECT * FROM t WHERE id = %d AND name = 'n%d'")),
			[]string{"warning db: SELECT (t table)"},
		},
		{"one key of a cache for each item", as(statement("GET cart:%d")), []string{"warning db: SELECT"}},
		{"eleven statements under one label", as(func(i int, s *tracetree.Span) {
			s.Attributes = textPairs("db.system.name", "mysql", "db.operation.name", "SELECT", "db.query.text",
				"SELECT a FROM "+string(rune('a'+i)))
		}), nil},
		{"eleven collections under one label", as(func(i int, s *tracetree.Span) {
			s.Attributes = textPairs("db.system", "mongodb", "db.operation", "find", "db.mongodb.collection",
				"c"+string(rune('a'+i)))
		}), nil},
		{"one path with other ids", as(path("/prices/%d")), []string{"warning shop: http.client.GET prices"}},
		{"eleven paths of one host", as(func(i int, s *tracetree.Span) { path("/"+string(rune('a'+i)))(i, s) }), nil},
		{"attempts of one call", as(func(_ int, s *tracetree.Span) {
			s.Status, s.Attributes = tracetree.StatusError,
				textPairs("http.request.method", "GET", "server.address", "prices", "url.path", "/a")
		}), nil},
		{"numbered attempts", as(func(i int, s *tracetree.Span) {
			s.Attributes = []tracetree.Attr{{Key: "http.request.resend_count", Value: tracetree.Int(int64(i))}}
		}), nil},
		{"eleven items of which each failed", as(func(i int, s *tracetree.Span) {
			path("/prices/%d")(i, s)
			s.Status = tracetree.StatusError
		}), []string{"warning shop: http.client.GET prices"}},
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

// The longest of several rows is reported.
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
	if len(f) != 1 || f[0].Seen != "12 calls of shop: load one after the other, 59ms in all" || len(f[0].Related) != 1 ||
		f[0].Related[0].Label != "shop: root" {
		t.Errorf("findings %+v", f)
	}
}
