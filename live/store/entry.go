package store

import (
	"bytes"
	"slices"
	"sync"
	"time"
	"unsafe"

	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

// entry is a trace in the store. All but its ID, sequence number and base changes under the lock of
// the store.
type entry struct {
	id   tracetree.TraceID
	seq  uint64 // in the order of arrival
	base int64  // what packed times are counted from

	packed []packed // at least one; the last one grows
	rank   stats.RootRank
	root   place
	texts  *rootTexts // of the root, or nil if they are not known

	operations traceOperations

	spans, errors, cut  int
	firstStart, lastEnd int64
	services            []string // sorted; the texts are those of the origins
	linksTo             []tracetree.TraceID

	version  uint64    // of the store when it last changed
	last     time.Time // when the last spans arrived
	settled  bool
	dropped  bool
	touched  bool   // by the call of Add that goes on
	older    *entry // in the list of traces that haven't settled
	newer    *entry
	counted  int64 // bytes, in the sum of the store
	building sync.Mutex
	tree     *Trace  // the last one that was built, or nil
	worst    verdict // of the checks
}

// packed are spans that share a dictionary.
type packed struct {
	dict *dictionary
	data []byte
	n    int // spans
}

// rootTexts are what the summary of a trace has of its root.
type rootTexts struct{ service, operation, label string }

// place is where a packed span begins.
type place struct{ packed, offset int }

// Estimates of the memory of an entry without its packed spans: the entry, its place in the map and
// in the order.
const (
	entryOverhead = int64(unsafe.Sizeof(entry{})) + int64(unsafe.Sizeof(packed{})) + 64 + rootOverhead
	rootOverhead  = int64(unsafe.Sizeof(rootTexts{})) + 64
	linkOverhead  = int64(unsafe.Sizeof(tracetree.TraceID{})) * 4
)

// size returns the bytes that the trace takes, without dictionaries.
func (e *entry) size() int64 {
	n := entryOverhead + int64(cap(e.services))*int64(unsafe.Sizeof("")) + int64(len(e.linksTo))*linkOverhead
	for i := range e.packed {
		n += int64(cap(e.packed[i].data))
	}
	return n
}

// add packs a span and brings the summary of its trace up to date.
func (e *entry) add(p *packer, s *tracetree.Span) {
	last := len(e.packed) - 1
	if last < 0 || e.packed[last].dict != p.dict {
		e.packed = append(e.packed, packed{dict: p.dict})
		p.dict.traces++
		last++
	}
	at := place{last, len(e.packed[last].data)}
	e.packed[last].data = p.span(e.packed[last].data, s, e.base)
	e.packed[last].n++

	e.spans++
	if s.Status == tracetree.StatusError {
		e.errors++
	}
	if s.Start != 0 && (e.firstStart == 0 || s.Start < e.firstStart) {
		e.firstStart = s.Start
	}
	if s.End != 0 && (e.lastEnd == 0 || s.End > e.lastEnd) {
		e.lastEnd = s.End
	}
	service := tracetree.UnknownService
	if s.Origin != nil {
		service = p.dict.services[p.origins[s.Origin]-1]
	}
	if i, known := slices.BinarySearch(e.services, service); !known {
		e.services = slices.Insert(e.services, i, service)
	}
	if rank := stats.RankOf(s); e.spans == 1 || rank.Compare(e.rank) < 0 {
		e.rank, e.root, e.texts = rank, at, nil
	}
}

// link adds the trace that a span links to, and reports whether it is new.
func (e *entry) link(to tracetree.TraceID) bool {
	if to == e.id || to.IsZero() {
		return false
	}
	i, known := slices.BinarySearchFunc(e.linksTo, to, compareIDs)
	if !known {
		e.linksTo = slices.Insert(e.linksTo, i, to)
	}
	return !known
}

func compareIDs(a, b tracetree.TraceID) int { return bytes.Compare(a[:], b[:]) }

// clip gives back what packed spans have in reserve, when no more are expected.
func (e *entry) clip() {
	for i := range e.packed {
		if data := e.packed[i].data; cap(data)-len(data) > len(data)/16 {
			e.packed[i].data = append(make([]byte, 0, len(data)), data...)
		}
	}
	e.services = slices.Clip(e.services)
	e.linksTo = slices.Clip(e.linksTo)
}

// duration returns the time from the first start to the last end, and whether it is known.
func (e *entry) duration() (time.Duration, bool) {
	if e.firstStart == 0 || e.lastEnd == 0 || e.lastEnd < e.firstStart {
		return 0, false
	}
	return time.Duration(e.lastEnd - e.firstStart), true
}

// snapshot is what a reader of a trace needs, without the lock of the store. It refers to slices
// that only grow.
type snapshot struct {
	id    tracetree.TraceID
	base  int64
	spans int
	parts []part
}

type part struct {
	vocabulary
	data []byte
}

// snapshot is called under the lock of the store.
func (e *entry) snapshot() snapshot {
	s := snapshot{id: e.id, base: e.base, spans: e.spans, parts: make([]part, len(e.packed))}
	for i, p := range e.packed {
		s.parts[i] = part{p.dict.vocabulary, p.data}
	}
	return s
}

// appendTo unpacks the spans.
func (s *snapshot) appendTo(spans []tracetree.Span) []tracetree.Span {
	for _, p := range s.parts {
		u := unpacker{vocabulary: p.vocabulary, data: string(p.data), more: 1024}
		for len(u.data) > 0 {
			u.uvarint() // the length
			spans = append(spans, tracetree.Span{})
			u.span(&spans[len(spans)-1], s.id, s.base)
		}
	}
	return spans
}

// rootSpan unpacks the span that is most likely the root. It is called under the lock of the store.
func (e *entry) rootSpan() tracetree.Span {
	p := e.packed[e.root.packed]
	// A copy of no more than this span.
	length := unpacker{data: string(p.data[e.root.offset:min(e.root.offset+10, len(p.data))])}
	before := len(length.data)
	n := int(length.uvarint())
	from := e.root.offset + before - len(length.data)
	u := unpacker{vocabulary: p.dict.vocabulary, data: string(p.data[from : from+n])}
	var s tracetree.Span
	u.span(&s, e.id, e.base)
	return s
}
