package store

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// Summary is a line about a trace.
type Summary struct {
	ID  tracetree.TraceID
	Seq uint64 // numbers the traces in the order of their arrival, from 1
	// Service, Operation and Label are the service, the name and the label of the span that is most
	// likely the root, as in the table of package stats.
	Service, Operation, Label string
	Services                  []string // sorted; not to be changed
	Start, End                int64    // of the first and the last span, in Unix nanoseconds; 0 if unknown
	Duration                  time.Duration
	HasDuration               bool // Duration is known
	Spans, Errors             int
	// Cut is the number of spans that the trace would have besides, but for which there was no
	// memory.
	Cut     int
	Settled bool // no spans have come for a while
	// Checked is whether the checks have run over the trace as it is now, which [Trace.Findings]
	// does. Then Worst is the highest severity and Findings the number of the findings.
	Checked  bool
	Worst    check.Severity
	Findings int
	// Revision grows when the trace changes, or one that it is linked with.
	Revision uint64
}

// verdict is what the checks found in a version of a trace.
type verdict struct {
	version  uint64
	worst    check.Severity
	findings int
}

// summary is called under the lock of the store.
func (e *entry) summary() Summary {
	if e.texts == nil {
		root := e.rootSpan()
		e.texts = &rootTexts{root.Service(), strings.Clone(root.Name), tracetree.Label(&root)}
	}
	sum := Summary{
		ID: e.id, Seq: e.seq, Service: e.texts.service, Operation: e.texts.operation, Label: e.texts.label,
		Services: e.services[:len(e.services):len(e.services)], Start: e.firstStart, End: e.lastEnd,
		Spans: e.spans, Errors: e.errors, Cut: e.cut, Settled: e.settled, Revision: e.version,
	}
	sum.Duration, sum.HasDuration = e.duration()
	if e.worst.version == e.version {
		sum.Checked, sum.Worst, sum.Findings = true, e.worst.worst, e.worst.findings
	}
	return sum
}

// Trace is a trace as a tree. It doesn't change; when more spans arrive, [Store.Trace] returns
// another one.
type Trace struct {
	Summary
	// Forest has the spans of the trace, and those of the traces that are linked with it, in either
	// direction, directly or not: as the commands show them. It has at most [MaxLinked] other
	// traces.
	Forest *tracetree.Forest
	// Linked are the other traces in the forest.
	Linked []tracetree.TraceID
	// Unlinked reports whether there are more linked traces than the forest has.
	Unlinked bool

	store    *Store
	entry    *entry
	versions []version
	bytes    int64
	check    sync.Once
	result   check.Result
	found    []foundAt // sorted by span
}

// foundAt refers to a finding at a span, both by their indexes.
type foundAt struct{ span, finding int32 }

// version is what a tree was built from.
type version struct {
	entry   *entry
	version uint64
}

// The bounds of the traces that are shown with a trace because of links.
const (
	MaxLinked      = 100
	maxLinkedSpans = 20_000
)

// Spans returns the spans of a trace as it is now, without those of linked traces; none if the
// trace doesn't exist.
func (s *Store) Spans(id tracetree.TraceID) []tracetree.Span {
	s.mu.Lock()
	e := s.traces[id]
	if e == nil {
		s.mu.Unlock()
		return nil
	}
	packed := e.snapshot()
	s.mu.Unlock()
	return packed.appendTo(make([]tracetree.Span, 0, packed.spans))
}

// Trace returns a trace as it is now, and whether it exists. It is built when it is asked for, once
// for each revision, and kept for a while.
func (s *Store) Trace(id tracetree.TraceID) (*Trace, bool) {
	s.mu.Lock()
	e := s.traces[id]
	s.mu.Unlock()
	if e == nil {
		return nil, false
	}
	e.building.Lock() // one goroutine builds a tree, the others wait for it
	defer e.building.Unlock()
	s.mu.Lock()
	if e.dropped {
		s.mu.Unlock()
		return nil, false
	}
	if e.tree != nil && e.tree.isCurrent() {
		tree := e.tree
		s.trees.use(tree)
		s.mu.Unlock()
		return tree, true
	}
	t := &Trace{Summary: e.summary(), store: s, entry: e}
	entries := s.linked(t, e)
	var snapshots []snapshot
	spans := 0
	for _, e := range entries {
		snapshots = append(snapshots, e.snapshot())
		spans += e.spans
		t.versions = append(t.versions, version{e, e.version})
		t.Revision = max(t.Revision, e.version)
	}
	s.mu.Unlock()

	all := make([]tracetree.Span, 0, spans)
	for i := range snapshots {
		all = snapshots[i].appendTo(all)
	}
	t.Forest = tracetree.Build(all)
	t.bytes = sizeOf(all)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.trees.remove(e)
	if !e.dropped {
		e.tree = t
		s.trees.use(t)
	}
	return t, true
}

// isCurrent reports whether nothing that the tree was built from has changed.
func (t *Trace) isCurrent() bool {
	return !slices.ContainsFunc(t.versions, func(v version) bool {
		return v.entry.dropped || v.entry.version != v.version
	})
}

// linked returns the trace and those that are linked with it, within bounds, the nearest first.
func (s *Store) linked(t *Trace, e *entry) []*entry {
	entries := []*entry{e}
	found := map[*entry]bool{e: true}
	spans := 0
	add := func(other *entry) {
		if other == nil || found[other] {
			return
		}
		if len(entries) > MaxLinked || spans+other.spans > maxLinkedSpans {
			t.Unlinked = true
			return
		}
		found[other] = true
		entries = append(entries, other)
		t.Linked = append(t.Linked, other.id)
		spans += other.spans
	}
	for i := 0; i < len(entries); i++ {
		for _, id := range entries[i].linksTo {
			add(s.traces[id])
		}
		for _, from := range s.linkedBy[entries[i].id] {
			add(from)
		}
	}
	return entries
}

// Findings returns what the checks find in the forest. They run once.
func (t *Trace) Findings() check.Result {
	t.check.Do(func() {
		t.result = check.Run(check.All(), check.Input{Forest: t.Forest}, t.store.config.Checks)
		t.index()
		t.store.mu.Lock()
		defer t.store.mu.Unlock()
		t.entry.worst = verdict{t.versions[0].version, t.result.Worst(), len(t.result.Findings)}
	})
	return t.result
}

// FindingsAt returns the indexes of the findings at a span, among those of [Trace.Findings], which
// are made first. A finding at many spans is at each of them.
func (t *Trace) FindingsAt(n tracetree.Node) []int {
	t.Findings()
	at := int32(n.Index())
	i, _ := slices.BinarySearchFunc(t.found, at, func(f foundAt, at int32) int { return cmp.Compare(f.span, at) })
	var indexes []int
	for ; i < len(t.found) && t.found[i].span == at; i++ {
		indexes = append(indexes, int(t.found[i].finding))
	}
	return indexes
}

// index notes at which spans the findings are.
func (t *Trace) index() {
	for i := range t.result.Findings {
		f := &t.result.Findings[i]
		add := func(trace, span string) {
			if n, ok := t.lookup(trace, span); ok {
				t.found = append(t.found, foundAt{int32(n.Index()), int32(i)})
			}
		}
		add(f.Trace, f.Span)
		for j := range f.Also {
			add(f.Also[j].Trace, f.Also[j].Span)
		}
	}
	slices.SortFunc(t.found, func(a, b foundAt) int {
		return cmp.Or(cmp.Compare(a.span, b.span), cmp.Compare(a.finding, b.finding))
	})
	t.found = slices.Compact(t.found)
}

// lookup returns the node with these ids, as a finding has them.
func (t *Trace) lookup(trace, span string) (tracetree.Node, bool) {
	id, err := tracetree.ParseTraceID(trace)
	if err != nil {
		return tracetree.Node{}, false
	}
	var spanID tracetree.SpanID
	if len(span) != hex.EncodedLen(len(spanID)) {
		return tracetree.Node{}, false
	}
	if _, err := hex.Decode(spanID[:], []byte(span)); err != nil {
		return tracetree.Node{}, false
	}
	return t.Forest.Lookup(id, spanID)
}

// Link is a link from another span to a span.
type Link struct {
	TraceID tracetree.TraceID
	SpanID  tracetree.SpanID
	Service string
	Label   string
	Link    tracetree.Link // to the span
}

// IncomingLinks returns the links to a span from all traces of the store, in the order of their
// arrival.
func (s *Store) IncomingLinks(trace tracetree.TraceID, span tracetree.SpanID) []Link {
	s.mu.Lock()
	var from []snapshot
	if e := s.traces[trace]; e != nil {
		from = append(from, e.snapshot())
	}
	for _, e := range s.linkedBy[trace] {
		from = append(from, e.snapshot())
	}
	s.mu.Unlock()
	var links []Link
	for i := range from {
		for at := range from[i].all() {
			if at.head.bits&hasLinks == 0 {
				continue
			}
			s := at.span()
			for _, link := range s.Links {
				if link.TraceID == trace && link.SpanID == span {
					link.Attributes = slices.Clone(link.Attributes) // they are the cursor's
					links = append(links, Link{s.TraceID, s.SpanID, s.Service(), tracetree.Label(&s), link})
				}
			}
		}
	}
	return links
}

// treeCache keeps the trees that were used last, within a limit of bytes, but at least one.
type treeCache struct {
	limit, bytes int64
	used         []*Trace // the last one last
}

// use puts a tree at the end, and forgets others if there are too many.
func (c *treeCache) use(t *Trace) {
	if i := slices.Index(c.used, t); i >= 0 {
		c.used = append(slices.Delete(c.used, i, i+1), t)
		return
	}
	c.used = append(c.used, t)
	c.bytes += t.bytes
	for c.bytes > c.limit && len(c.used) > 1 {
		c.remove(c.used[0].entry)
	}
}

// remove forgets the tree of a trace, if there is one.
func (c *treeCache) remove(e *entry) {
	if i := slices.Index(c.used, e.tree); i >= 0 {
		c.used = slices.Delete(c.used, i, i+1)
		c.bytes -= e.tree.bytes
	}
	e.tree = nil
}

// sizeOf estimates the memory of unpacked spans and their forest.
func sizeOf(spans []tracetree.Span) int64 {
	const forest = 24
	size := int64(len(spans)) * (int64(unsafe.Sizeof(tracetree.Span{})) + forest)
	for i := range spans {
		size += int64(len(spans[i].Attributes)) * int64(unsafe.Sizeof(tracetree.Attr{}))
	}
	return size
}
