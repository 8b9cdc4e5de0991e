package store_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/internal/slow"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/mask"
	"tracelab/tracetree/filter"
)

// texts are drawn more than once, so that some get into the dictionary, and some are secrets.
var texts = []string{
	"", "a", "POST /tasks", "password=hunter22", "Bearer abcdefghijklmnop.qrstuvwx", "\xff", "日本",
	"AKIAIOSFODNN7EXAMPLE", "api_key", "authorization", "key=AKIAIOSFODNN7EXAMPLE",
}

func drawText(t *rapid.T, label string) string {
	if rapid.Bool().Draw(t, label+" is known") {
		return rapid.SampledFrom(texts).Draw(t, label)
	}
	return rapid.String().Draw(t, label)
}

func drawAttrs(t *rapid.T, label string) []tracetree.Attr {
	var attrs []tracetree.Attr
	for range rapid.IntRange(0, 3).Draw(t, label) {
		attrs = append(attrs, tracetree.Attr{Key: drawText(t, "key"), Value: rapid.OneOf(
			rapid.Custom(func(t *rapid.T) tracetree.Value { return tracetree.String(drawText(t, "text")) }),
			rapid.Map(rapid.Int64(), tracetree.Int),
			rapid.Map(rapid.Float64(), tracetree.Float),
			rapid.Map(rapid.Bool(), tracetree.Bool),
			rapid.Just(tracetree.Value{}),
			rapid.Just(tracetree.JSON(`["x","password=hunter22"]`)),
			rapid.Just(tracetree.JSON(`[1.0]`, `["f1"]`)),
		).Draw(t, "value")})
	}
	return attrs
}

func drawTraceID(t *rapid.T) tracetree.TraceID {
	return tracetree.TraceID{rapid.ByteRange(0, 5).Draw(t, "trace")}
}

func drawSpan(t *rapid.T, origin *tracetree.Origin) tracetree.Span {
	s := tracetree.Span{
		TraceID:       drawTraceID(t),
		SpanID:        tracetree.SpanID{rapid.Byte().Draw(t, "span")},
		Parent:        tracetree.SpanID{rapid.ByteRange(0, 9).Draw(t, "parent")},
		Name:          drawText(t, "name"),
		Start:         rapid.Int64().Draw(t, "start"),
		End:           rapid.Int64().Draw(t, "end"),
		Attributes:    drawAttrs(t, "attributes"),
		StatusMessage: drawText(t, "message"),
		Origin:        origin,
		Kind:          tracetree.Kind(rapid.IntRange(0, 5).Draw(t, "kind")),
		Status:        tracetree.Status(rapid.IntRange(0, 2).Draw(t, "status")),
		ParentRemote:  tracetree.Remote(rapid.IntRange(0, 2).Draw(t, "remote")),
		Unended:       rapid.Bool().Draw(t, "unended"),
		Flags:         rapid.Uint32().Draw(t, "flags"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "events") {
		s.Events = append(s.Events, tracetree.Event{
			Name: drawText(t, "event"), Time: rapid.Int64().Draw(t, "time"), Attributes: drawAttrs(t, "event"),
			DroppedAttributes: rapid.Uint32().Draw(t, "dropped"),
		})
	}
	for range rapid.IntRange(0, 2).Draw(t, "links") {
		s.Links = append(s.Links, tracetree.Link{
			TraceID: drawTraceID(t), SpanID: tracetree.SpanID{1}, TraceState: drawText(t, "state"),
			Attributes: drawAttrs(t, "link"), DroppedAttributes: rapid.Uint32().Draw(t, "dropped"),
			Flags: rapid.Uint32().Draw(t, "flags"),
		})
	}
	if rapid.Bool().Draw(t, "rare") {
		s.Rare = &tracetree.Rare{
			TraceState: drawText(t, "state"), DroppedAttributes: rapid.Uint32().Draw(t, "dropped"),
			DroppedEvents: 1, DroppedLinks: 2, OriginalID: tracetree.SpanID{3}, OriginalParent: tracetree.SpanID{4},
		}
	}
	return s
}

func drawOrigin(t *rapid.T) *tracetree.Origin {
	if rapid.IntRange(0, 3).Draw(t, "origin") == 0 {
		return nil
	}
	return &tracetree.Origin{
		Resource: append(drawAttrs(t, "resource"), tracetree.Attr{
			Key: "service.name", Value: tracetree.String(drawText(t, "service")),
		}),
		ResourceSchema: drawText(t, "schema"), ScopeName: drawText(t, "scope"), ScopeVersion: drawText(t, "version"),
		ScopeAttributes: drawAttrs(t, "scope"), ScopeSchema: drawText(t, "schema"),
		DroppedResource: rapid.Uint32().Draw(t, "dropped"), DroppedScope: rapid.Uint32().Draw(t, "dropped"),
		Entities: drawAttrs(t, "entities"),
	}
}

// drawBatches returns spans in batches, as senders send them.
func drawBatches(t *rapid.T) [][]tracetree.Span {
	origins := rapid.SliceOfN(rapid.Custom(drawOrigin), 1, 3).Draw(t, "origins")
	spans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) tracetree.Span {
		return drawSpan(t, rapid.SampledFrom(origins).Draw(t, "origin of the span"))
	}), 0, slow.Times(5, 3))
	return rapid.SliceOfN(spans, 1, slow.Times(12, 5)).Draw(t, "batches")
}

// clone copies spans so deeply that masking the copy leaves the original alone.
func clone(spans []tracetree.Span) []tracetree.Span {
	spans = slices.Clone(spans)
	origins := map[*tracetree.Origin]*tracetree.Origin{nil: nil}
	for i := range spans {
		s := &spans[i]
		s.Attributes, s.Events, s.Links = slices.Clone(s.Attributes), slices.Clone(s.Events), slices.Clone(s.Links)
		for j := range s.Events {
			s.Events[j].Attributes = slices.Clone(s.Events[j].Attributes)
		}
		for j := range s.Links {
			s.Links[j].Attributes = slices.Clone(s.Links[j].Attributes)
		}
		if s.Rare != nil {
			rare := *s.Rare
			s.Rare = &rare
		}
		if _, known := origins[s.Origin]; !known {
			o := *s.Origin
			o.Resource, o.ScopeAttributes = slices.Clone(o.Resource), slices.Clone(o.ScopeAttributes)
			o.Entities = slices.Clone(o.Entities)
			origins[s.Origin] = &o
		}
		s.Origin = origins[s.Origin]
	}
	return spans
}

var compareSpans = cmp.Options{cmp.AllowUnexported(tracetree.Value{})}

// Unpacked spans are those that were added, with their secrets masked, in the order of arrival.
// Adding changes nothing of the caller's.
func TestTracesAreTheSpansThatWereAddedMasked(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		s := store.New(store.Config{})
		want := map[tracetree.TraceID][]tracetree.Span{}
		for _, batch := range drawBatches(t) {
			before := clone(batch)
			s.Add(batch)
			if diff := cmp.Diff(before, batch, compareSpans); diff != "" {
				t.Fatalf("Add changed its argument (-before +after):\n%s", diff)
			}
			mask.Spans(before)
			for _, span := range before {
				if !span.TraceID.IsZero() && !span.SpanID.IsZero() {
					want[span.TraceID] = append(want[span.TraceID], span)
				}
			}
		}
		for id, spans := range want {
			trace, ok := s.Trace(id)
			if !ok {
				t.Fatalf("no trace %v", id)
			}
			got := trace.Forest.Spans()[:trace.Spans] // linked traces come after
			if diff := cmp.Diff(spans, got, compareSpans); diff != "" {
				t.Fatalf("trace %v (-added +unpacked):\n%s", id, diff)
			}
		}
	})
}

// Every span that was received is either in the store or counted as dropped, and the memory is
// within the budget but for one span.
func TestEverySpanIsKeptOrCounted(t *testing.T) {
	const (
		smallest = 8 << 10 // room for a dictionary
		oneSpan  = 8 << 10 // the largest that is drawn, with its texts in the dictionary and the slack of the trace
	)
	law.Check(t, func(t *rapid.T) {
		config := store.Config{Memory: rapid.Int64Range(smallest, 4*smallest).Draw(t, "memory")}
		s := store.New(config)
		for _, batch := range drawBatches(t) {
			added := s.Add(batch)
			if added.Kept+added.Dropped != len(batch) || (added.Problem == "") != (added.Dropped == 0) {
				t.Fatalf("of %d spans: %+v", len(batch), added)
			}
			stats := s.Stats()
			sum := stats.Kept
			for _, n := range stats.Dropped {
				sum += n
			}
			if sum != stats.Received {
				t.Fatalf("received isn't the sum: %+v", stats)
			}
			held, cut := 0, 0
			summaries := s.Traces(store.Query{Limit: 1000})
			for _, sum := range summaries {
				trace, _ := s.Trace(sum.ID)
				own := 0
				for _, span := range trace.Forest.Spans() {
					if span.TraceID == sum.ID {
						own++
					}
				}
				if own != sum.Spans {
					t.Fatalf("%d spans in trace %v, want %d", own, sum.ID, sum.Spans)
				}
				held += sum.Spans
				cut += sum.Cut
			}
			if int64(held) != stats.Kept || len(summaries) != stats.Traces {
				t.Fatalf("%d spans in %d traces: %+v", held, len(summaries), stats)
			}
			if int64(cut) > stats.Dropped[store.DroppedCut] {
				t.Fatalf("%d spans are cut: %+v", cut, stats)
			}
			if stats.Bytes > config.Memory+oneSpan {
				t.Fatalf("over the budget: %+v", stats)
			}
		}
	})
}

// A query finds the traces in which a look at all spans finds a match, also after an earlier query
// has remembered something about them.
func TestQueriesFindWhatALookAtAllSpansFinds(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		s := store.New(store.Config{})
		for _, batch := range drawBatches(t) {
			s.Add(batch)
			q := store.Query{Filter: filter.Filter{
				Operation: rapid.SampledFrom([]string{"", "a", "POST", "tasks", "unknown"}).Draw(t, "operation"),
				Service:   rapid.SampledFrom([]string{"", "", "a", "unknown_service"}).Draw(t, "service"),
				Error:     rapid.Bool().Draw(t, "error"),
			}}
			if rapid.Bool().Draw(t, "attribute is wanted") {
				q.Attributes = []filter.Attribute{{Key: rapid.SampledFrom([]string{"a", "service.name"}).Draw(t, "key")}}
			}
			var want []tracetree.TraceID
			for _, sum := range s.Traces(store.Query{Limit: 1000}) {
				trace, _ := s.Trace(sum.ID)
				matches := func(span tracetree.Span) bool { return q.Span(&span) }
				if slices.ContainsFunc(trace.Forest.Spans()[:sum.Spans], matches) {
					want = append(want, sum.ID)
				}
			}
			var got []tracetree.TraceID
			for _, sum := range s.Traces(q) {
				got = append(got, sum.ID)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%+v finds %v, want %v", q.Filter, got, want)
			}
		}
	})
}
