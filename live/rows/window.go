package rows

import (
	"slices"
	"strconv"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/chart"
)

// Row is a line of the tree, with what a page draws of it.
type Row struct {
	Index   int    `json:"index"` // among the visible rows, from 0
	Trace   string `json:"trace_id"`
	Span    string `json:"span_id"`
	Text    string `json:"text"`  // as in the notation, without indentation
	Actor   string `json:"actor"` // the beginning of Text that names the service
	Depth   int    `json:"depth"`
	Tree    int    `json:"tree"`    // rows of another tree have another time scale
	Service int    `json:"service"` // index into the services of the trace
	Kind    string `json:"kind"`
	Failed  bool   `json:"failed,omitempty"`
	Unended bool   `json:"unended,omitempty"`
	// Marks are root, orphan, cycle, duplicate and linked, as far as they apply.
	Marks []string `json:"marks,omitempty"`
	// Bar is from where to where the span ran, as parts of its tree's time from 0 to 1; null if
	// that is not known.
	Bar      *[2]float64 `json:"bar"`
	Duration string      `json:"duration"` // as the terminal prints it
	Note     string      `json:"note,omitempty"`
	// Skew is how far the clock of the span's process is ahead of that of its caller's, as in
	// "+1.50s", by estimate; empty if no difference is known.
	Skew string `json:"skew,omitempty"`
	// Group is the number of equal siblings of which this is the first, 0 for rows that are not
	// grouped. Grouped reports that this row stands for all of them.
	Group   int  `json:"group,omitempty"`
	Grouped bool `json:"grouped,omitempty"`
	// Below is the number of lines below this one, expanded or not.
	Below    int  `json:"below,omitempty"`
	Expanded bool `json:"expanded,omitempty"`
	// Parent is the row that this one is below, or -1.
	Parent int `json:"parent"`
	// Folded is the ID of the CLIENT span that is folded into this row, and Inner the number of
	// further spans that the row represents.
	Folded string `json:"folded,omitempty"`
	Inner  int    `json:"inner,omitempty"`
	// Links is the number of links of the span to others; From are spans that link to it and are
	// shown elsewhere.
	Links int   `json:"links,omitempty"`
	From  []Ref `json:"from,omitempty"`
	// Critical are the parts of the critical path, if they were asked for.
	Critical [][2]float64 `json:"critical,omitempty"`
	// Findings are the indexes of the findings at the row's spans, if they were asked for. Package
	// rows leaves them out.
	Findings []int `json:"findings,omitempty"`
}

// Ref refers to a span.
type Ref struct {
	Trace string `json:"trace_id"`
	Span  string `json:"span_id"`
	Label string `json:"label"`
}

// MaxWindow is the largest number of rows of a window.
const MaxWindow = 1000

// maxRefs is the largest number of references at a row.
const maxRefs = 20

// Window returns rows, from one row to before another one, at most [MaxWindow]. Bounds outside the
// rows are taken for the nearest ones. The critical path is computed when it is asked for the first
// time.
func (v *Visible) Window(from, to int, critical bool) []Row {
	from = min(max(from, 0), v.Len())
	to = min(max(to, from), v.Len(), from+MaxWindow)
	rows := make([]Row, 0, to-from)
	for i := from; i < to; i++ {
		rows = append(rows, v.makeRow(i, critical))
	}
	return rows
}

// Nodes returns the spans of a row: its own, and the CLIENT that is folded into it, if there is
// one.
func (v *Visible) Nodes(row int) []tracetree.Node {
	place := v.tree.lines.Place(v.line(row))
	if place.Folded.IsZero() {
		return []tracetree.Node{place.Node}
	}
	return []tracetree.Node{place.Node, place.Folded}
}

func (v *Visible) makeRow(at int, critical bool) Row {
	t, index := v.tree, v.line(at)
	line, place := t.lines.Line(index), t.lines.Place(index)
	span := line.Node.Span()
	text := strings.TrimLeft(line.Text, " ")
	if _, after, deep := strings.Cut(text, "> "); deep && isLevel(text) {
		text = after
	}
	group, grouped, note := v.group(index)
	if grouped {
		text = strconv.Itoa(group) + "x " + text
	}
	row := Row{
		Index: at, Trace: span.TraceID.String(), Span: span.SpanID.String(), Text: Cut(text, maxText),
		Depth: line.Depth, Tree: line.Tree, Service: t.service[span.Origin], Kind: span.Kind.String(),
		Failed: span.Status == tracetree.StatusError, Unended: span.Unended, Marks: marksOf(line.Marks),
		Duration: chart.DurationOf(span), Note: Cut(join(note, chart.Note(line)), maxText),
		Skew: t.skewOf(line), Group: group, Grouped: grouped,
		Below: place.End - index - 1, Inner: len(line.Inner), Links: len(span.Links), Parent: -1,
	}
	if actor, _, found := strings.Cut(row.Text, ": "); found {
		row.Actor = actor + ":"
	}
	row.Expanded = row.Below > 0 && v.state.expands(place)
	if parent, has := v.Parent(at); has {
		row.Parent = parent
	}
	if from, to, known := t.scales[line.Tree].Bar(span); known {
		row.Bar = &[2]float64{from, to}
	}
	if !line.Folded.IsZero() {
		row.Folded = line.Folded.Span().SpanID.String()
	}
	for _, other := range line.Elsewhere[:min(len(line.Elsewhere), maxRefs)] {
		row.From = append(row.From, refTo(other.Node.Span()))
	}
	if critical {
		path := t.criticalPath()
		for _, node := range append([]tracetree.Node{line.Node, line.Folded}, line.Inner...) {
			if !node.IsZero() {
				row.Critical = append(row.Critical, path[node.Index()]...)
			}
		}
		slices.SortFunc(row.Critical, byStart)
	}
	return row
}

// group returns the number of equal siblings of which a line is the first, or 0, and whether it
// stands for all of them, with a note about them.
func (v *Visible) group(line int) (n int, stands bool, note string) {
	t := v.tree
	if t.groups == nil || t.groups.First(line) != line || t.groups.Count(line) == 1 {
		return 0, false, ""
	}
	if t.isUngrouped(line, v.state) {
		return t.groups.Count(line), false, ""
	}
	return t.groups.Count(line), true, t.groups.Note(line)
}

// skewOf returns how far the clock of a line's span is ahead of its caller's.
func (t *Tree) skewOf(line tracetree.Line) string {
	span := line.Node.Span()
	parent, has := line.Node.Parent()
	if !has || parent.Span().SpanID != span.Parent || parent.Span().TraceID != span.TraceID {
		return "" // a root, or shown below what it links to
	}
	switch ahead := t.Clocks().Between(parent.Span(), span); {
	case ahead > 0:
		return "+" + chart.Duration(ahead)
	case ahead < 0:
		return "−" + chart.Duration(-ahead)
	}
	return ""
}

// isLevel reports whether a line begins with the number of its level, as deep ones do.
func isLevel(text string) bool {
	digits := strings.TrimLeft(text, "0123456789")
	return digits != text && strings.HasPrefix(digits, "> ")
}

func join(notes ...string) string {
	notes = slices.DeleteFunc(notes, func(note string) bool { return note == "" })
	return strings.Join(notes, "; ")
}

func refTo(span *tracetree.Span) Ref {
	return Ref{span.TraceID.String(), span.SpanID.String(), Cut(tracetree.Label(span), maxText)}
}

func marksOf(marks tracetree.Marks) []string {
	var names []string
	for _, mark := range []struct {
		mark tracetree.Marks
		name string
	}{
		{tracetree.Root, "root"},
		{tracetree.Orphan, "orphan"},
		{tracetree.Cycle, "cycle"},
		{tracetree.Duplicate, "duplicate"},
		{tracetree.Linked, "linked"},
	} {
		if marks&mark.mark != 0 {
			names = append(names, mark.name)
		}
	}
	return names
}
