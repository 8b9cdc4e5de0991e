package store_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/internal/sample"
	"tracelab/internal/slow"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/filter"
)

// span returns a span of service s<trace> with few fields.
func span(trace, id byte, change ...func(*tracetree.Span)) tracetree.Span {
	s := tracetree.Span{
		TraceID: tracetree.TraceID{trace}, SpanID: tracetree.SpanID{id}, Name: fmt.Sprintf("op %d", id),
		Start: int64(trace) * int64(time.Second), End: int64(trace)*int64(time.Second) + int64(id)*int64(time.Millisecond),
		Origin: &tracetree.Origin{Resource: []tracetree.Attr{
			{Key: "service.name", Value: tracetree.String(fmt.Sprintf("s%d", trace))},
		}},
	}
	for _, f := range change {
		f(&s)
	}
	return s
}

func below(parent byte) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.Parent = tracetree.SpanID{parent} }
}

func linkTo(trace, id byte) func(*tracetree.Span) {
	return func(s *tracetree.Span) {
		s.Links = append(s.Links, tracetree.Link{TraceID: tracetree.TraceID{trace}, SpanID: tracetree.SpanID{id}})
	}
}

func failed(s *tracetree.Span) { s.Status = tracetree.StatusError }

func attr(key, value string) func(*tracetree.Span) {
	return func(s *tracetree.Span) {
		s.Attributes = append(s.Attributes, tracetree.Attr{Key: key, Value: tracetree.String(value)})
	}
}

// add adds spans that must all be kept.
func add(t *testing.T, s *store.Store, spans ...tracetree.Span) {
	t.Helper()
	if added := s.Add(spans); added.Kept != len(spans) {
		t.Fatalf("added %+v, want %d spans kept", added, len(spans))
	}
}

// found returns the first bytes of the IDs of the traces that a query finds.
func found(s *store.Store, q store.Query) []byte {
	var ids []byte
	for _, sum := range s.Traces(q) {
		ids = append(ids, sum.ID[0])
	}
	return ids
}

func TestSummaryIsOfTheWholeTraceInAnyOrder(t *testing.T) {
	s := store.New(store.Config{})
	add(t, s, span(1, 3, below(2), failed))
	add(t, s, span(1, 2, below(1)))
	add(t, s, span(1, 1, func(s *tracetree.Span) { s.Kind = tracetree.KindServer; s.Name = "GET /" }))
	want := store.Summary{
		ID: tracetree.TraceID{1}, Seq: 1, Service: "s1", Operation: "GET /", Label: "s1: GET /", Services: []string{"s1"},
		Start: int64(time.Second), End: int64(time.Second + 3*time.Millisecond), Duration: 3 * time.Millisecond,
		HasDuration: true, Spans: 3, Errors: 1, Revision: 3,
	}
	got, ok := s.Summary(tracetree.TraceID{1})
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("%v (-want +got):\n%s", ok, diff)
	}
	if _, ok := s.Summary(tracetree.TraceID{2}); ok {
		t.Error("there is a summary of a trace that never came")
	}
}

func TestQueries(t *testing.T) {
	s := store.New(store.Config{})
	add(t, s, span(1, 1), span(1, 2, below(1), failed, attr("user", "ann")))
	add(t, s, span(2, 9, attr("user", "bob"), failed))
	add(t, s, span(3, 50, attr("user", "ann")))
	at := func(seconds int64) time.Time { return time.Unix(seconds, 0) }
	for _, test := range []struct {
		reason string
		query  store.Query
		want   []byte
	}{
		{"all, the newest first", store.Query{}, []byte{3, 2, 1}},
		{"the first page", store.Query{Limit: 2}, []byte{3, 2}},
		{"the second page", store.Query{Limit: 2, Before: 2}, []byte{1}},
		{"after the last page", store.Query{Limit: 2, Before: 1}, nil},
		{"a service", store.Query{Filter: filter.Filter{Service: "s2"}}, []byte{2}},
		{"a part of a service's name", store.Query{Filter: filter.Filter{Service: "s"}}, nil},
		{"an operation", store.Query{Filter: filter.Filter{Operation: "op 50"}}, []byte{3}},
		{"failed", store.Query{Filter: filter.Filter{Error: true}}, []byte{2, 1}},
		{"an attribute", store.Query{Filter: filter.Filter{
			Attributes: []filter.Attribute{{Key: "user", Value: "ann", HasValue: true}},
		}}, []byte{3, 1}},
		{"an attribute of a failed span", store.Query{Filter: filter.Filter{
			Error: true, Attributes: []filter.Attribute{{Key: "user", Value: "ann", HasValue: true}},
		}}, []byte{1}},
		{"a failed span of an operation that didn't fail", store.Query{Filter: filter.Filter{
			Error: true, Operation: "op 1",
		}}, nil},
		{"at least so long", store.Query{Filter: filter.Filter{MinDuration: 9 * time.Millisecond}}, []byte{3, 2}},
		{"at most so long", store.Query{Filter: filter.Filter{MaxDuration: 9 * time.Millisecond}}, []byte{2, 1}},
		{"since a time", store.Query{Filter: filter.Filter{Since: at(2)}}, []byte{3, 2}},
		{"until a time", store.Query{Filter: filter.Filter{Until: at(2)}}, []byte{1}},
		{"a prefix of the ID", store.Query{Filter: filter.Filter{TraceID: "02"}}, []byte{2}},
	} {
		if got := found(s, test.query); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.reason, got, test.want)
		}
	}
	if got, want := s.Services(), []string{"s1", "s2", "s3"}; !slices.Equal(got, want) {
		t.Errorf("services %v, want %v", got, want)
	}
	if got, want := s.Operations("s2"), []store.Operation{{Name: "op 9"}}; !slices.Equal(got, want) {
		t.Errorf("operations %v, want %v", got, want)
	}
}

// Pages cover all traces once, also when only few of many match.
func TestPagesCoverAllTraces(t *testing.T) {
	s := store.New(store.Config{})
	const traces = 9000 // more than a query looks at with the lock held
	for i := range traces {
		sp := span(1, 1)
		sp.TraceID[1], sp.TraceID[2] = byte(i>>8), byte(i)
		if i%1000 == 0 {
			failed(&sp)
		}
		add(t, s, sp)
	}
	for _, test := range []struct {
		query store.Query
		want  int
	}{
		{store.Query{Limit: 1000}, traces},
		{store.Query{Limit: 2, Filter: filter.Filter{Error: true}}, traces / 1000},
		{store.Query{Limit: 2, Filter: filter.Filter{TraceID: "01000"}}, 16},
	} {
		seen := map[tracetree.TraceID]bool{}
		pages := 0
		for q := test.query; ; pages++ {
			page := s.Traces(q)
			for _, sum := range page {
				seen[sum.ID] = true
				q.Before = sum.Seq
			}
			if len(page) < q.Limit {
				break
			}
		}
		if len(seen) != test.want || pages != test.want/test.query.Limit {
			t.Errorf("%+v: %d traces on %d full pages, want %d", test.query, len(seen), pages, test.want)
		}
	}
}

func TestOldestTracesMakeRoom(t *testing.T) {
	s := store.New(store.Config{Memory: 32 << 10})
	long := strings.Repeat("x", 4<<10)
	for i := range byte(20) {
		add(t, s, span(i+1, 1, attr("text", long)), span(i+1, 2, below(1)))
	}
	got := found(s, store.Query{})
	if len(got) < 3 || len(got) > 8 || got[0] != 20 {
		t.Fatalf("traces %v, want the last few", got)
	}
	for i, id := range got {
		if id != 20-byte(i) {
			t.Fatalf("traces %v, want the last ones without a gap", got)
		}
	}
	stats := s.Stats()
	if want := int64(2 * (20 - len(got))); stats.Dropped[store.DroppedOldest] != want || stats.Kept != 40-want {
		t.Errorf("%+v, want %d dropped", stats, want)
	}
	last := 20 - byte(len(got)) // that was dropped
	added := s.Add([]tracetree.Span{span(last, 3, below(1))})
	if added.Dropped != 1 || !strings.HasPrefix(added.Problem, "span 0 ") ||
		!strings.Contains(added.Problem, "dropped before") {
		t.Errorf("a late span: %+v", added)
	}
	if _, ok := s.Trace(tracetree.TraceID{last}); ok {
		t.Error("a late span brought a trace back without its beginning")
	}
	if got := s.Stats().Dropped[store.DroppedLate]; got != 1 {
		t.Errorf("%d late spans are counted, want 1", got)
	}
}

func TestTraceOverTheBudgetKeepsItsFirstSpans(t *testing.T) {
	s := store.New(store.Config{Memory: 32 << 10})
	add(t, s, span(1, 1))
	kept := 0
	for i := range byte(100) {
		added := s.Add([]tracetree.Span{span(2, i+1, attr("text", strings.Repeat("x", 1000)), func(s *tracetree.Span) {
			s.Attributes[0].Key = fmt.Sprint("text ", i)
		})})
		kept += added.Kept
	}
	sum, ok := s.Summary(tracetree.TraceID{2})
	if !ok || sum.Spans != kept || sum.Cut != 100-kept || kept < 10 || kept > 40 {
		t.Fatalf("%+v, %v: want %d spans and the rest cut", sum, ok, kept)
	}
	trace, _ := s.Trace(tracetree.TraceID{2})
	for i, span := range trace.Forest.Spans() {
		if span.SpanID[0] != byte(i+1) {
			t.Fatalf("span %d is %v, want the first spans", i, span.SpanID)
		}
	}
	if got := s.Stats().Dropped[store.DroppedCut]; got != int64(sum.Cut) {
		t.Errorf("%d are counted, want %d", got, sum.Cut)
	}
	if got := found(s, store.Query{}); !slices.Equal(got, []byte{2}) {
		t.Errorf("traces %v, want the older one to have made room", got)
	}
	add(t, s, span(3, 1)) // a newer trace gets the room of the older one
	if got := found(s, store.Query{}); !slices.Equal(got, []byte{3}) {
		t.Errorf("traces %v, want the newer one only", got)
	}
}

func TestInvalidIDsAreRefused(t *testing.T) {
	s := store.New(store.Config{})
	added := s.Add([]tracetree.Span{span(1, 1), span(0, 1), span(1, 0)})
	if added.Kept != 1 || added.Dropped != 2 || !strings.HasPrefix(added.Problem, "span 1 ") {
		t.Errorf("%+v, want the first bad span to be named", added)
	}
	if got := s.Stats().Dropped[store.DroppedInvalid]; got != 2 {
		t.Errorf("%d are counted, want 2", got)
	}
}

func TestTraceSettlesAndOpensAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.New(store.Config{Settle: 2 * time.Second})
		changes := s.Subscribe(t.Context())
		settled := func(id byte) bool {
			sum, _ := s.Summary(tracetree.TraceID{id})
			return sum.Settled
		}
		next := func() string {
			synctest.Wait()
			select {
			case c := <-changes:
				return fmt.Sprint(c.TraceID[0], " settled=", c.Settled)
			default:
				return "nothing"
			}
		}
		expect := func(reason, want string) {
			t.Helper()
			if got := next(); got != want {
				t.Errorf("%s: %s, want %s", reason, got, want)
			}
		}
		add(t, s, span(1, 1))
		expect("new", "1 settled=false")
		time.Sleep(time.Second)
		add(t, s, span(2, 1))
		add(t, s, span(1, 2))
		expect("the other trace", "2 settled=false")
		expect("more spans", "1 settled=false")
		time.Sleep(2*time.Second - time.Nanosecond)
		expect("not yet quiet for long enough", "nothing")
		time.Sleep(time.Nanosecond)
		expect("quiet", "2 settled=true")
		expect("quiet", "1 settled=true")
		if !settled(1) || !settled(2) {
			t.Error("summaries are not settled")
		}
		add(t, s, span(1, 3))
		expect("opened again", "1 settled=false")
		if settled(1) {
			t.Error("a trace with new spans is settled")
		}
		time.Sleep(2 * time.Second)
		expect("quiet again", "1 settled=true")
		trace, _ := s.Trace(tracetree.TraceID{1})
		if trace.Spans != 3 {
			t.Errorf("%d spans, want 3", trace.Spans)
		}
	})
}

func TestSlowSubscribersGetTheLastChangeOrMissSome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.New(store.Config{})
		changes := s.Subscribe(t.Context())
		add(t, s, span(1, 1))
		synctest.Wait() // the first change is on its way
		for i := range byte(100) {
			add(t, s, span(2, i+1))
		}
		synctest.Wait()
		if c := <-changes; c.TraceID[0] != 1 {
			t.Errorf("%+v, want that of trace 1", c)
		}
		if c := <-changes; c.TraceID[0] != 2 || c.Missed {
			t.Errorf("%+v, want that of trace 2", c)
		}
		synctest.Wait()
		select {
		case c := <-changes:
			t.Errorf("%+v, want one change for all spans of a trace", c)
		default:
		}
		add(t, s, span(3, 1))
		synctest.Wait() // this one is on its way too
		for i := range 5000 {
			sp := span(4, 1)
			sp.TraceID[1], sp.TraceID[2] = byte(i>>8), byte(i)
			add(t, s, sp)
		}
		synctest.Wait()
		var last store.Change
		n := 0
		for ; !last.Missed; n++ {
			last = <-changes
		}
		if n != 2 {
			t.Errorf("%d changes up to the one with Missed, want 2", n)
		}
	})
}

func TestForestHasLinkedTraces(t *testing.T) {
	s := store.New(store.Config{})
	add(t, s, span(1, 1, func(s *tracetree.Span) { s.Kind = tracetree.KindProducer }))
	alone, _ := s.Trace(tracetree.TraceID{1})
	if len(alone.Linked) != 0 {
		t.Errorf("linked %v, want none", alone.Linked)
	}
	again, _ := s.Trace(tracetree.TraceID{1})
	if again != alone {
		t.Error("a trace that didn't change is built again")
	}
	add(t, s, span(2, 7, linkTo(1, 1)))
	for _, id := range []byte{1, 2} {
		trace, _ := s.Trace(tracetree.TraceID{id})
		want := "s1: op 1 (root)\n  s2: op 7          ← linked span\n"
		if got := tracetree.Format(trace.Forest); got != want {
			t.Errorf("trace %d:\n%s\nwant\n%s", id, got, want)
		}
		if trace.Revision <= alone.Revision || len(trace.Linked) != 1 || trace.Linked[0][0] != 3-id {
			t.Errorf("trace %d: revision %d after %d, linked %v", id, trace.Revision, alone.Revision, trace.Linked)
		}
	}
	want := []store.Link{{
		TraceID: tracetree.TraceID{2}, SpanID: tracetree.SpanID{7}, Service: "s2", Label: "s2: op 7",
		Link: tracetree.Link{TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{1}},
	}}
	if diff := cmp.Diff(want, s.IncomingLinks(tracetree.TraceID{1}, tracetree.SpanID{1})); diff != "" {
		t.Errorf("incoming links (-want +got):\n%s", diff)
	}
	if got := s.IncomingLinks(tracetree.TraceID{2}, tracetree.SpanID{7}); got != nil {
		t.Errorf("incoming links %+v, want none", got)
	}
}

// Thousands of traces that link to one are not all shown with it.
func TestLinkedTracesAreBounded(t *testing.T) {
	s := store.New(store.Config{})
	add(t, s, span(1, 1))
	for i := range 2 * store.MaxLinked {
		sp := span(2, 1, linkTo(1, 1))
		sp.TraceID[1] = byte(i + 1)
		add(t, s, sp)
	}
	trace, _ := s.Trace(tracetree.TraceID{1})
	if len(trace.Linked) != store.MaxLinked || !trace.Unlinked || len(trace.Forest.Spans()) != store.MaxLinked+1 {
		t.Errorf("%d linked traces, %d spans, unlinked %v", len(trace.Linked), len(trace.Forest.Spans()), trace.Unlinked)
	}
	if got := len(s.IncomingLinks(tracetree.TraceID{1}, tracetree.SpanID{1})); got != 2*store.MaxLinked {
		t.Errorf("%d incoming links, want all", got)
	}
}

func TestFindingsAreRememberedForTheRevision(t *testing.T) {
	s := store.New(store.Config{})
	add(t, s, span(1, 2, below(1))) // an orphan
	trace, _ := s.Trace(tracetree.TraceID{1})
	if sum, _ := s.Summary(tracetree.TraceID{1}); sum.Checked {
		t.Error("checked before the checks ran")
	}
	result := trace.Findings()
	sum, _ := s.Summary(tracetree.TraceID{1})
	if !sum.Checked || sum.Findings != len(result.Findings) || sum.Findings == 0 || sum.Worst != result.Worst() {
		t.Errorf("%+v, want the findings %+v", sum, result)
	}
	add(t, s, span(1, 1))
	if sum, _ := s.Summary(tracetree.TraceID{1}); sum.Checked {
		t.Error("still checked after the trace changed")
	}
}

// The findings at each span are those that name it, as the first one or as another one.
func TestFindingsAtSpans(t *testing.T) {
	s := store.New(store.Config{})
	for _, sp := range sample.CreateTask(t) {
		sp.Name, sp.Parent = "task 4711 of "+sp.Name, tracetree.SpanID{9} // damaged in several ways
		add(t, s, sp)
	}
	all := s.Traces(store.Query{})
	checked := 0
	for i := range all {
		trace, _ := s.Trace(all[i].ID)
		for index, f := range trace.Findings().Findings {
			checked++
			for n := range trace.Forest.Spans() {
				node := trace.Forest.Node(n)
				names := func(traceID, spanID string) bool {
					return traceID == node.Span().TraceID.String() && spanID == node.Span().SpanID.String()
				}
				want := names(f.Trace, f.Span)
				for _, also := range f.Also {
					want = want || names(also.Trace, also.Span)
				}
				if got := slices.Contains(trace.FindingsAt(node), index); got != want {
					t.Errorf("%s at %s: %v, want %v", f.Check, tracetree.Label(node.Span()), got, want)
				}
			}
		}
	}
	if checked < 3 {
		t.Errorf("%d findings, want several", checked)
	}
}

// Concurrent senders and readers, for the race detector and for the count.
func TestConcurrentUse(t *testing.T) {
	s := store.New(store.Config{Memory: 64 << 10})
	trace := sample.CreateTask(t)
	senders, traces := 4, slow.Times(50, 10)
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			for n := range traces {
				s.Add(sample.Copy(trace, i*traces+n))
				for _, sum := range s.Traces(store.Query{Limit: 2, Filter: filter.Filter{Service: "worker"}}) {
					if tree, ok := s.Trace(sum.ID); ok {
						_ = tracetree.Format(tree.Forest)
						s.IncomingLinks(sum.ID, tree.Forest.Spans()[0].SpanID)
					}
				}
			}
		})
	}
	wg.Wait()
	stats := s.Stats()
	sum := stats.Kept
	for _, n := range stats.Dropped {
		sum += n
	}
	if want := int64(senders * traces * len(trace)); stats.Received != want || sum != want {
		t.Errorf("%+v, want %d spans kept or dropped", stats, want)
	}
}
