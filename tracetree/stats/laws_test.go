package stats_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

// anySpans are spans of damaged traces: ids meet, parents are missing, times lie or are not there.
func anySpans() *rapid.Generator[[]tracetree.Span] {
	id := rapid.Uint64Range(1, 8)
	attributes := []change{
		func(*tracetree.Span) {},
		http,
		rpc,
		table,
		sqs,
		with("messaging.system", "sqs", "messaging.operation.type", "receive"),
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) tracetree.Span {
		s := span(
			id.Draw(t, "id"),
			rapid.Uint64Range(0, 8).Draw(t, "parent"),
			rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name"),
			0,
			0,
			trace(rapid.Uint64Range(1, 2).Draw(t, "trace")),
			in(rapid.SampledFrom([]string{"svc", "b"}).Draw(t, "service")),
			kind(tracetree.Kind(rapid.IntRange(0, 5).Draw(t, "kind"))),
			rapid.SampledFrom(attributes).Draw(t, "attributes"),
		)
		s.Start, s.End = rapid.Int64Range(0, 12).Draw(t, "start"), rapid.Int64Range(0, 20).Draw(t, "end")
		s.Status = tracetree.Status(rapid.IntRange(0, 2).Draw(t, "status"))
		for range rapid.IntRange(0, 2).Draw(t, "links") {
			linkTo(rapid.Uint64Range(1, 2).Draw(t, "link trace"), id.Draw(t, "link span"))(&s)
		}
		return s
	}), 0, 14)
}

// known returns the times of a span that has some.
func known(s *tracetree.Span) (start, end int64, ok bool) {
	return s.Start, s.End, s.Start != 0 && s.End != 0 && s.Start <= s.End
}

// waitsFor is the definition in the package comment.
func waitsFor(above, s *tracetree.Span) bool {
	if s.Parent != above.SpanID || s.TraceID != above.TraceID {
		return false
	}
	for _, l := range s.Links {
		if l.SpanID == above.SpanID && l.TraceID == above.TraceID {
			return false
		}
	}
	if s.Kind != tracetree.KindConsumer {
		return true
	}
	_, messaging := above.Attr("messaging.system")
	_, receive := above.Attr("messaging.operation.type")
	sent := above.Kind == tracetree.KindProducer || above.Kind == tracetree.KindClient && messaging && !receive
	return !sent && above.Service() == s.Service()
}

func TestLawSelfTimeIsWhatIsLeftNanosecondByNanosecond(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		forest := tracetree.Build(anySpans().Draw(t, "spans"))
		want := make([]time.Duration, len(forest.Spans()))
		for i := range want {
			n := forest.Node(i)
			start, end, ok := known(n.Span())
			if !ok {
				want[i] = stats.Unknown
				continue
			}
			covered := make(map[int64]bool)
			for c := range n.Children() {
				if !waitsFor(n.Span(), c.Span()) {
					continue
				}
				from, to, childKnown := known(c.Span())
				ok = ok && childKnown
				for at := max(from, start); at < min(to, end); at++ {
					covered[at] = true
				}
			}
			want[i] = time.Duration(end - start - int64(len(covered)))
			if !ok {
				want[i] = stats.Unknown
			}
		}
		if diff := cmp.Diff(want, stats.SelfTime(forest)); diff != "" {
			t.Fatalf("(-counted +got):\n%s", diff)
		}
	})
}

func TestLawSegmentsTileTheInterval(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		forest := tracetree.Build(anySpans().Draw(t, "spans"))
		for i := range len(forest.Spans()) {
			top := forest.Node(i)
			path, ok := stats.CriticalPath(top, nil)
			start, end, timed := known(top.Span())
			if ok != timed {
				t.Fatalf("the path below span %d is known: %t", i, ok)
			}
			if !ok {
				continue
			}
			if path.Start != start || path.Duration != time.Duration(end-start) {
				t.Fatalf("the path of span %d has %v from %d", i, path.Duration, path.Start)
			}
			var at time.Duration
			sums := make([]time.Duration, len(path.Spans))
			for k, s := range path.Segments {
				if s.Start != at || s.End <= s.Start || k > 0 && s.Span == path.Segments[k-1].Span {
					t.Fatalf("segment %d of %s", k, describe(path))
				}
				from, to, _ := known(path.Spans[s.Span].Node.Span())
				if start+int64(s.Start) < from || start+int64(s.End) > to {
					t.Fatalf("segment %d of %s is outside of its span", k, describe(path))
				}
				sums[s.Span] += s.End - s.Start
				at = s.End
			}
			if at != path.Duration {
				t.Fatalf("the path ends at %v of %v: %s", at, path.Duration, describe(path))
			}
			for k, s := range path.Spans {
				if s.Total != sums[k] {
					t.Fatalf("span %d has %v, and segments of %v", k, s.Total, sums[k])
				}
			}
		}
	})
}

func TestLawNoChildOfTheSegmentsSpanEndsWithinIt(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		forest := tracetree.Build(anySpans().Draw(t, "spans"))
		for i := range len(forest.Spans()) {
			path, _ := stats.CriticalPath(forest.Node(i), nil)
			for _, s := range path.Segments {
				n := path.Spans[s.Span].Node
				from, to := path.Start+int64(s.Start), path.Start+int64(s.End)
				for c := range n.Children() {
					start, end, ok := known(c.Span())
					// At its own end a span wasn't waiting for a child that ended there and took
					// any time.
					if ok && waitsFor(n.Span(), c.Span()) && start < end && max(start, n.Span().Start) < end && from < end &&
						end < to {
						t.Fatalf("%s: between %d and %d a child ends at %d", describe(path), from, to, end)
					}
				}
			}
		}
	})
}

func TestLawCountsAddUp(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		forest := tracetree.Build(anySpans().Draw(t, "spans"))
		var spans, errors, durations int
		for i := range len(forest.Spans()) {
			n := forest.Node(i)
			if n.Has(tracetree.Duplicate) {
				continue
			}
			spans++
			if n.Span().Status == tracetree.StatusError {
				errors++
			}
			if _, _, ok := known(n.Span()); ok {
				durations++
			}
		}
		for _, o := range stats.Operations(forest) {
			spans -= o.Calls
			errors -= o.Errors
			if o.Durations != nil {
				durations -= o.Durations.Known
			}
		}
		if spans != 0 || errors != 0 || durations != 0 {
			t.Fatalf("the operations lack %d spans, %d errors, %d durations", spans, errors, durations)
		}
	})
}

func TestLawMapIsSortedAndConsistent(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		spans := anySpans().Draw(t, "spans")
		m := stats.ServiceMap(tracetree.Build(spans))
		for range 3 {
			if diff := cmp.Diff(m, stats.ServiceMap(tracetree.Build(spans))); diff != "" {
				t.Fatalf("the same spans gave another map:\n%s", diff)
			}
		}
		services := make(map[string]bool)
		for i := range spans {
			services[spans[i].Service()] = true
		}
		for _, n := range m.Nodes {
			if n.Kind == stats.Service {
				delete(services, n.Name)
			}
		}
		if len(services) > 0 {
			t.Fatalf("the map lacks %v", services)
		}
		at := func(e stats.Endpoint) int { return slices.Index(m.Nodes, e) }
		last := [2]int{-1, -1}
		for _, e := range m.Edges {
			place := [2]int{at(e.From), at(e.To)}
			if place[0] < 0 || place[1] < 0 || slices.Compare(place[:], last[:]) <= 0 {
				t.Fatalf("%s -> %s is out of place", e.From.Name, e.To.Name)
			}
			if e.Calls < 1 || e.Errors > e.Calls || e.Durations != nil && e.Durations.Known > e.Calls {
				t.Fatalf("impossible counts: %+v", e)
			}
			last = place
		}
		// Twice the forest is twice the calls.
		twice := stats.ServiceMap(tracetree.Build(spans), tracetree.Build(spans))
		for i, e := range twice.Edges {
			if e.Calls != 2*m.Edges[i].Calls || e.Errors != 2*m.Edges[i].Errors {
				t.Fatalf("got %+v from two forests, %+v from one", e, m.Edges[i])
			}
		}
	})
}
