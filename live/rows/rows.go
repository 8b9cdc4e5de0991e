// Package rows computes what a page shows of a trace: rows in windows, what is collapsed, where
// bars are, the pixels of the overview, the critical path. The rows are the lines that a terminal
// prints, made from the same code, so a page that draws them can't show another tree. It computes
// and doesn't draw.
package rows

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"tracelab/tracetree"
	"tracelab/tracetree/chart"
	"tracelab/tracetree/clock"
	"tracelab/tracetree/stats"
)

// Options select the lines of a tree.
type Options struct {
	Full  bool // every span has a row of its own, see [tracetree.Full]
	Group bool // equal siblings are one row with their number, see [chart.EqualSiblings]
}

// Tree is a trace as rows. Create it with [New]. Any number of goroutines may use it.
type Tree struct {
	forest   *tracetree.Forest
	lines    *tracetree.View
	groups   *chart.Groups // nil without [Options.Group]
	services []string
	service  map[*tracetree.Origin]int // index into services
	scales   []chart.Scale             // by tree

	clocks func() *clock.Offsets // computed once

	path sync.Once
	// critical has the parts of the critical path by the index of the span: from and to, each from
	// 0 to 1.
	critical map[int][][2]float64

	mu      sync.Mutex
	visible []*Visible // the last ones that were asked for
}

// New returns the rows of a forest. It takes O(n) time, and for groups O(n log n).
func New(f *tracetree.Forest, options Options) *Tree {
	t := &Tree{forest: f, service: make(map[*tracetree.Origin]int)}
	var view []tracetree.Option
	if options.Full {
		view = append(view, tracetree.Full)
	}
	t.lines = tracetree.NewView(f, view...)
	if options.Group {
		t.groups = chart.EqualSiblings(tracetree.Lines(f, view...))
	}
	t.clocks = sync.OnceValue(func() *clock.Offsets { return clock.Estimate(f) })
	t.services = chart.Services(func(yield func(tracetree.Node) bool) {
		for i := range t.lines.Len() {
			place := t.lines.Place(i)
			t.extend(place)
			if !yield(place.Folded) || !yield(place.Node) {
				return
			}
		}
	})
	for i := range f.Spans() {
		s := &f.Spans()[i]
		if _, known := t.service[s.Origin]; !known {
			t.service[s.Origin] = slices.Index(t.services, s.Service())
		}
	}
	return t
}

// extend extends the scale of a tree by a line.
func (t *Tree) extend(place tracetree.Place) {
	for len(t.scales) <= place.Tree {
		t.scales = append(t.scales, chart.Scale{})
	}
	scale := t.scales[place.Tree].Extend(place.Node.Span())
	if !place.Folded.IsZero() {
		scale = scale.Extend(place.Folded.Span())
	}
	t.scales[place.Tree] = scale
}

// Forest returns the forest that the rows are of.
func (t *Tree) Forest() *tracetree.Forest { return t.forest }

// Clocks returns the estimated differences of the clocks. It takes O(n) time when it is called
// first.
func (t *Tree) Clocks() *clock.Offsets { return t.clocks() }

// Services returns the services in the order of their colors.
func (t *Tree) Services() []string { return t.services }

// State is what is expanded. The zero State shows the tops only; [Expanded] shows everything.
type State struct {
	// Depth is the number of levels whose rows are expanded, -1 for all.
	Depth int
	// Toggled are the spans of rows that are the other way round, sorted.
	Toggled []tracetree.SpanID
	// Ungrouped are the spans of rows whose equal siblings have rows of their own, sorted.
	Ungrouped []tracetree.SpanID
}

// Expanded is the state in which all rows are expanded.
var expanded = State{Depth: -1}

// Expanded returns the state in which all rows are expanded.
func Expanded() State { return expanded }

func (s *State) expands(place tracetree.Place) bool {
	open := s.Depth < 0 || place.Depth < s.Depth
	if len(s.Toggled) > 0 {
		if _, toggled := slices.BinarySearchFunc(s.Toggled, place.Node.Span().SpanID, compareIDs); toggled {
			return !open
		}
	}
	return open
}

func compareIDs(a, b tracetree.SpanID) int { return slices.Compare(a[:], b[:]) }

// Toggle returns the state in which the row of a span is the other way round.
func (s State) Toggle(span tracetree.SpanID) State {
	s.Toggled = toggle(s.Toggled, span)
	return s
}

// Ungroup returns the state in which the equal siblings of a span, which is the first of them, have
// rows of their own, or have none again.
func (s State) Ungroup(span tracetree.SpanID) State {
	s.Ungrouped = toggle(s.Ungrouped, span)
	return s
}

// toggle returns a sorted list with a span that it has not, or without one that it has.
func toggle(list []tracetree.SpanID, span tracetree.SpanID) []tracetree.SpanID {
	list = slices.Clone(list)
	at, found := slices.BinarySearchFunc(list, span, compareIDs)
	if found {
		return slices.Delete(list, at, at+1)
	}
	return slices.Insert(list, at, span)
}

func (s State) equal(other State) bool {
	return s.Depth == other.Depth && slices.Equal(s.Toggled, other.Toggled) && slices.Equal(s.Ungrouped, other.Ungrouped)
}

// Visible are the rows that are not in a collapsed one.
type Visible struct {
	tree  *Tree
	state State
	order []int32 // lines; nil if all are visible
}

// keptStates is the number of states whose visible rows are kept.
const keptStates = 4

// Visible returns the rows that a state shows. It takes O(n) time, unless the state was asked for a
// moment ago.
func (t *Tree) Visible(state State) *Visible {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, v := range t.visible {
		if v.state.equal(state) {
			t.visible = append(slices.Delete(t.visible, i, i+1), v)
			return v
		}
	}
	v := &Visible{tree: t, state: state}
	if state.Depth >= 0 || len(state.Toggled) > 0 || t.groups != nil {
		v.order = []int32{}
		for i := 0; i < t.lines.Len(); {
			place := t.lines.Place(i)
			if t.isGrouped(i, state) {
				i = place.End
				continue
			}
			v.order = append(v.order, int32(i))
			if state.expands(place) {
				i++
			} else {
				i = place.End
			}
		}
	}
	if len(t.visible) == keptStates {
		t.visible = slices.Delete(t.visible, 0, 1)
	}
	t.visible = append(t.visible, v)
	return v
}

// isGrouped reports whether a line has no row because an equal sibling stands for it.
func (t *Tree) isGrouped(line int, state State) bool {
	return t.groups != nil && t.groups.First(line) != line && !t.isUngrouped(line, state)
}

// isUngrouped reports whether the lines of a line's group have rows of their own.
func (t *Tree) isUngrouped(line int, state State) bool {
	if len(state.Ungrouped) == 0 {
		return false
	}
	first := t.lines.Place(t.groups.First(line)).Node.Span().SpanID
	_, found := slices.BinarySearchFunc(state.Ungrouped, first, compareIDs)
	return found
}

// Len returns the number of rows.
func (v *Visible) Len() int {
	if v.order == nil {
		return v.tree.lines.Len()
	}
	return len(v.order)
}

// line returns the line of a row.
func (v *Visible) line(row int) int {
	if v.order == nil {
		return row
	}
	return int(v.order[row])
}

// row returns the row of a line, and whether it is visible.
func (v *Visible) row(line int) (int, bool) {
	if v.order == nil {
		return line, true
	}
	return slices.BinarySearch(v.order, int32(line))
}

// Parent returns the row above which a row is below in the tree, and whether it exists.
func (v *Visible) Parent(row int) (int, bool) {
	parent := v.tree.lines.Place(v.line(row)).Parent
	if parent < 0 {
		return 0, false
	}
	return v.row(parent)
}

// Locate returns the row of a span, and the state with what has to be expanded or ungrouped to see
// it. It reports false if the forest doesn't have the span.
func (t *Tree) Locate(trace tracetree.TraceID, span tracetree.SpanID, state State) (State, int, bool) {
	node, found := t.forest.Lookup(trace, span)
	if !found {
		return state, 0, false
	}
	line := t.lineOf(node)
	if line < 0 {
		return state, 0, false
	}
	for at := line; at >= 0; {
		place := t.lines.Place(at)
		if at != line && !state.expands(place) {
			state = state.Toggle(place.Node.Span().SpanID)
		}
		if t.isGrouped(at, state) {
			state = state.Ungroup(t.lines.Place(t.groups.First(at)).Node.Span().SpanID)
		}
		at = place.Parent
	}
	row, _ := t.Visible(state).row(line)
	return state, row, true
}

// lineOf returns the line that stands for a node, or -1. It looks at all lines.
func (t *Tree) lineOf(node tracetree.Node) int {
	inner := -1
	for i := range t.lines.Len() {
		place := t.lines.Place(i)
		if place.Node == node || place.Folded == node {
			return i
		}
	}
	// An inner span is shown with the one above it.
	if parent, has := node.Parent(); has {
		return t.lineOf(parent)
	}
	return inner
}

// Find returns the first row after a row whose label contains a text, in any case, going on at the
// top after the last one; -1 if no row has it.
func (v *Visible) Find(text string, after int) int {
	text = strings.ToLower(text)
	n := v.Len()
	for i := range n {
		row := (after + 1 + i + n) % n
		span := v.tree.lines.Place(v.line(row)).Node.Span()
		if strings.Contains(strings.ToLower(tracetree.Label(span)), text) {
			return row
		}
	}
	return -1
}

// critical computes the critical path of each tree, once.
func (t *Tree) criticalPath() map[int][][2]float64 {
	t.path.Do(func() {
		t.critical = make(map[int][][2]float64)
		clocks := t.Clocks()
		for i := 0; i < t.lines.Len(); {
			place := t.lines.Place(i)
			i = place.End
			top := place.Node
			if !place.Folded.IsZero() {
				top = place.Folded
			}
			path, known := stats.CriticalPath(top, clocks)
			scale := t.scales[place.Tree]
			total := float64(scale.End - scale.Start)
			if !known || total <= 0 {
				continue
			}
			from := float64(path.Start - scale.Start)
			for _, s := range path.Segments {
				node := path.Spans[s.Span].Node.Index()
				t.critical[node] = append(t.critical[node],
					[2]float64{(from + float64(s.Start)) / total, (from + float64(s.End)) / total})
			}
		}
	})
	return t.critical
}

// maxText is the number of bytes of a name that a row shows; the whole is in the span's details.
const maxText = 400

// Cut returns a text of at most n bytes, with an ellipsis in place of what is cut off.
func Cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "…"
}

// byStart orders parts of the critical path.
func byStart(a, b [2]float64) int { return cmp.Compare(a[0], b[0]) }
