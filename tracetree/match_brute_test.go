package tracetree_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tracelab/internal/slow"
	"tracelab/tracetree"
)

// The matcher is compared with a slow one that shares no code with it: it works on the lines of the
// view and tries every way to give siblings to lines.

// bruteLine is a line of a view.
type bruteLine struct {
	tracetree.Line
	label string
	above *bruteLine // nil for a top
	below []*bruteLine
}

// bruteTree returns the tops of a view.
func bruteTree(lines []tracetree.Line) []*bruteLine {
	var tops, path []*bruteLine
	for _, l := range lines {
		line := &bruteLine{Line: l, label: tracetree.Label(l.Node.Span())}
		path = append(path[:l.Depth], line)
		if l.Depth == 0 {
			tops = append(tops, line)
		} else {
			line.above = path[l.Depth-1]
			line.above.below = append(line.above.below, line)
		}
	}
	return tops
}

// bruteWant is a line of a pattern.
type bruteWant struct {
	rest, deep, ordered bool
	min, max            int
	label               string // with * for any text within a part
	marks               tracetree.Marks
	failed              bool
	errorType           string
	conditions          []bruteCondition
	exact               bool // no attributes but those of the conditions
	timing              *bruteTiming
	below               []*bruteWant
}

// bruteCondition is what is written in braces, and whether a line meets it.
type bruteCondition struct {
	text  string
	holds func(l *bruteLine) bool
}

var bruteConditions = []bruteCondition{
	{"k", func(l *bruteLine) bool { return attribute(l, "k") != "" }},
	{"!k", func(l *bruteLine) bool { return attribute(l, "k") == "" }},
	{"k=1", func(l *bruteLine) bool { return attribute(l, "k") == "1" }},
	{"k!=1", func(l *bruteLine) bool { return attribute(l, "k") != "" && attribute(l, "k") != "1" }},
	{"k<2", func(l *bruteLine) bool { return attribute(l, "k") == "1" }},
	{`k~"^[23]$"`, func(l *bruteLine) bool { return attribute(l, "k") >= "2" }},
	{"@kind=server", func(l *bruteLine) bool { return l.Node.Span().Kind == tracetree.KindServer }},
	{"k>1", func(l *bruteLine) bool { return attribute(l, "k") > "1" }},
	{"http.route=/", func(l *bruteLine) bool { return attribute(l, "http.route") == "/" }},
	{"@service=x", func(l *bruteLine) bool { return l.Node.Span().Service() == "x" }},
	{`@name~"[a]"`, func(l *bruteLine) bool { return l.Node.Span().Name == "a" }},
	{"@event=ev", func(l *bruteLine) bool { return len(l.Node.Span().Events) > 0 }},
	{"!@event", func(l *bruteLine) bool { return len(l.Node.Span().Events) == 0 }},
	{"@status!=error", func(l *bruteLine) bool { return l.Node.Span().Status != tracetree.StatusError }},
	{"@trace=new", func(l *bruteLine) bool {
		return l.above == nil || l.above.Node.Span().TraceID != l.Node.Span().TraceID
	}},
}

// bruteTiming is what is written in brackets, and whether a line meets it.
type bruteTiming struct {
	text  string
	holds func(l *bruteLine) bool
}

// bruteTimings returns restrictions of the time around that of a line.
func bruteTimings(l *bruteLine) []*bruteTiming {
	d, after := lasts(l), startsAfter(l)
	timing := func(holds func(l *bruteLine) bool, format string, args ...any) *bruteTiming {
		return &bruteTiming{fmt.Sprintf(format, args...), holds}
	}
	return []*bruteTiming{
		timing(func(l *bruteLine) bool { return lasts(l) < d+1 }, "[<%dns]", d+1),
		timing(func(l *bruteLine) bool { return lasts(l) <= d }, "[<=%dns]", d),
		timing(func(l *bruteLine) bool { return lasts(l) > d-1 }, "[>%dns]", max(d-1, 0)),
		timing(func(l *bruteLine) bool { return lasts(l) >= d }, "[>=%dns]", d),
		timing(func(l *bruteLine) bool { return d <= lasts(l) && lasts(l) <= d+2 }, "[%dns..%dns]", d, d+2),
		timing(func(l *bruteLine) bool { return lasts(l) == d }, "[=%dns]", d),
		timing(func(l *bruteLine) bool { return lasts(l) == d && startsAfter(l) == max(after, 0) }, "[=%dns at +%dns]", d,
			max(after, 0)),
		timing(func(*bruteLine) bool { return true }, "[%dns]", d+1), // a note
	}
}

// lasts returns how long a span lasts, and startsAfter how long after the line above it starts.
func lasts(l *bruteLine) int64 { return l.Node.Span().End - l.Node.Span().Start }

func startsAfter(l *bruteLine) int64 {
	if l.above == nil {
		return 0
	}
	return l.Node.Span().Start - l.above.Node.Span().Start
}

func attribute(l *bruteLine, key string) string {
	value, _ := l.Node.Span().Attr(key)
	return value.Text()
}

// accepts compares a line by itself.
func (w *bruteWant) accepts(l *bruteLine) bool {
	s := l.Node.Span()
	pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(w.label), `\*`, "[^:()]*") + "$"
	if !regexp.MustCompile(pattern).MatchString(l.label) {
		return false
	}
	if w.marks != l.Marks || w.failed != (s.Status == tracetree.StatusError) {
		return false
	}
	if w.errorType != "" && attribute(l, "error.type") != w.errorType {
		return false
	}
	if w.timing != nil && !w.timing.holds(l) || w.exact && !w.namesAll(s) {
		return false
	}
	return !slices.ContainsFunc(w.conditions, func(c bruteCondition) bool { return !c.holds(l) })
}

// namesAll reports whether there is a condition for each of the span's attributes.
func (w *bruteWant) namesAll(s *tracetree.Span) bool {
	for _, a := range s.Attributes {
		if !slices.ContainsFunc(w.conditions, func(c bruteCondition) bool {
			return strings.HasPrefix(strings.TrimPrefix(c.text, "!"), a.Key)
		}) {
			return false
		}
	}
	return true
}

func (w *bruteWant) matches(l *bruteLine) bool {
	return w.accepts(l) && matchBelow(w.below, w.ordered, l.below)
}

// matchBelow compares all lines below a line, or all tops.
func matchBelow(wants []*bruteWant, ordered bool, lines []*bruteLine) bool {
	for _, w := range wants {
		if n := w.count(lines); w.deep && (n < w.min || n > w.max) {
			return false
		}
	}
	if ordered {
		return bruteInOrder(wants, 0, lines)
	}
	return bruteAnyOrder(wants, make([]int, len(wants)), lines)
}

// count returns how many lines at any depth match.
func (w *bruteWant) count(lines []*bruteLine) int {
	n := 0
	for _, l := range lines {
		if w.deep && w.matches(l) {
			n++
		}
		n += w.count(l.below)
	}
	return n
}

func bruteInOrder(wants []*bruteWant, used int, lines []*bruteLine) bool {
	if len(wants) == 0 {
		return len(lines) == 0
	}
	w := wants[0]
	open := w.rest || w.deep
	if (open || used >= w.min) && bruteInOrder(wants[1:], 0, lines) {
		return true
	}
	if len(lines) == 0 || !open && (used == w.max || !w.matches(lines[0])) {
		return false
	}
	return bruteInOrder(wants, used+1, lines[1:])
}

func bruteAnyOrder(wants []*bruteWant, used []int, lines []*bruteLine) bool {
	if len(lines) == 0 {
		for i, w := range wants {
			if !w.rest && !w.deep && used[i] < w.min {
				return false
			}
		}
		return true
	}
	for i, w := range wants {
		if !w.rest && !w.deep && (used[i] == w.max || !w.matches(lines[0])) {
			continue
		}
		used[i]++
		ok := bruteAnyOrder(wants, used, lines[1:])
		used[i]--
		if ok {
			return true
		}
	}
	return false
}

// write writes the line in the notation.
func (w *bruteWant) write(b *strings.Builder, depth int) {
	b.WriteString(strings.Repeat("  ", depth))
	if w.rest {
		b.WriteString("...\n")
		return
	}
	if w.deep {
		b.WriteString("... ")
	}
	switch {
	case w.min == 1 && w.max == 1:
	case w.max == math.MaxInt32:
		b.WriteString(map[int]string{0: "*x ", 1: "+x "}[w.min])
	case w.min == 0 && w.max == 1:
		b.WriteString("?x ")
	default:
		fmt.Fprintf(b, "%d..%dx ", w.min, w.max)
	}
	b.WriteString(w.label)
	for _, m := range []struct {
		mark tracetree.Marks
		text string
	}{
		{tracetree.Root, " (root)"},
		{tracetree.Orphan, " (orphan)"},
		{tracetree.Cycle, " (cycle)"},
		{tracetree.Duplicate, " (duplicate)"},
		{tracetree.Linked, " <- linked span"},
	} {
		if w.marks&m.mark != 0 {
			b.WriteString(m.text)
		}
	}
	if w.ordered {
		b.WriteString(" (in order)")
	}
	if w.failed {
		b.WriteString(" !error")
		if w.errorType != "" {
			b.WriteString("=" + w.errorType)
		}
	}
	if w.timing != nil {
		b.WriteString(" " + w.timing.text)
	}
	var conditions []string
	for _, c := range w.conditions {
		conditions = append(conditions, c.text)
	}
	switch {
	case w.exact && len(conditions) == 0:
		b.WriteString(" {=}")
	case w.exact:
		b.WriteString(" {= " + strings.Join(conditions, ", ") + "}")
	case len(conditions) > 0:
		b.WriteString(" {" + strings.Join(conditions, ", ") + "}")
	}
	b.WriteString("\n")
	for _, c := range w.below {
		c.write(b, depth+1)
	}
}

// bruteSpans returns up to seven spans of up to two traces, related and labeled at random.
func bruteSpans(r *rand.Rand) []tracetree.Span {
	spans := make([]tracetree.Span, r.IntN(8))
	for i := range spans {
		s := &spans[i]
		s.TraceID, s.SpanID = traceID(1+r.Uint64N(4)/3), spanID(uint64(i)+1)
		if r.IntN(20) == 0 {
			s.SpanID = spanID(uint64(i)) // a duplicate, or no id
		}
		if i > 0 && r.IntN(8) > 0 {
			parent := &spans[r.IntN(i)]
			s.Parent = parent.SpanID
			if r.IntN(10) > 0 {
				s.TraceID = parent.TraceID
			}
		}
		s.Name = string("ab"[r.IntN(2)])
		s.Start, s.End = int64(r.IntN(9)+1), 10
		s.Origin = origin(string("xy"[r.IntN(2)]))
		s.Kind = tracetree.Kind(1 + r.IntN(5))
		switch r.IntN(4) {
		case 0:
			s.Attributes = attrs("http.request.method", "GET", "http.route", "/")
		case 1:
			s.Attributes = attrs("messaging.system", "kafka", "messaging.destination.name", "q")
		}
		if r.IntN(2) == 0 {
			s.Attributes = append(s.Attributes, attrs("k", string("123"[r.IntN(3)]))...)
		}
		if r.IntN(6) == 0 {
			failed(string("ef"[r.IntN(2)]))(s)
		}
		if r.IntN(4) == 0 {
			s.Events = []tracetree.Event{{Name: "ev"}}
		}
		if r.IntN(4) == 0 {
			linkTo(1+r.Uint64N(2), 1+r.Uint64N(7))(s)
		}
	}
	return spans
}

// bruteWants returns lines that match the siblings, before they are changed at random.
func bruteWants(r *rand.Rand, lines []*bruteLine) []*bruteWant {
	var wants []*bruteWant
	for _, l := range lines {
		s := l.Node.Span()
		w := &bruteWant{
			min: 1, max: 1, label: l.label, marks: l.Marks, failed: s.Status == tracetree.StatusError,
			below: bruteWants(r, l.below),
		}
		if w.failed && r.IntN(2) == 0 {
			w.errorType = attribute(l, "error.type")
		}
		if r.IntN(5) == 0 {
			w.label = regexp.MustCompile(`[^:() ]+`).ReplaceAllStringFunc(w.label, func(part string) string {
				return []string{part, "*"}[r.IntN(2)]
			})
		}
		for _, c := range bruteConditions {
			if r.IntN(12) == 0 && c.holds(l) || r.IntN(150) == 0 {
				w.conditions = append(w.conditions, c)
			}
		}
		if r.IntN(10) == 0 {
			timings := bruteTimings(l)
			w.timing = timings[r.IntN(len(timings))]
		}
		w.exact = r.IntN(25) == 0
		w.ordered = r.IntN(5) == 0
		switch r.IntN(14) {
		case 0:
			w.max = 2
		case 1:
			w.min = 0
		case 2:
			w.max = math.MaxInt32
		case 3:
			w.min, w.max = 0, math.MaxInt32
		case 4:
			if r.IntN(3) == 0 {
				w.min, w.max = 2, 2
			}
		}
		switch r.IntN(40) {
		case 0:
			w.label = "x: a"
		case 1:
			w.marks ^= tracetree.Linked
		case 2:
			continue // the line is missing
		case 3:
			wants = append(wants, w) // and once more below
		case 4, 5:
			w = &bruteWant{rest: true}
		}
		if r.IntN(9) == 0 && len(w.below) > 0 { // a line below stands for its place, at any depth
			below := w.below
			for r.IntN(2) == 0 && len(below[0].below) > 0 {
				below = below[0].below
			}
			if deep := *below[r.IntN(len(below))]; !deep.rest {
				deep.deep = true
				if r.IntN(4) == 0 { // at no depth
					deep.min, deep.max = 0, 0
				}
				w.below = []*bruteWant{&deep}
			}
		}
		wants = append(wants, w)
	}
	if r.IntN(4) == 0 {
		r.Shuffle(len(wants), func(i, j int) { wants[i], wants[j] = wants[j], wants[i] })
	}
	return wants
}

func TestMatchAgreesWithBruteForce(t *testing.T) {
	cases := slow.Times(100_000, 3_000)
	r := rand.New(rand.NewPCG(1, 2))
	var matched, deep int
	for range cases {
		spans := bruteSpans(r)
		var view []tracetree.Option
		if r.IntN(2) == 0 {
			view = append(view, tracetree.Full)
		}
		forest := tracetree.Build(spans)
		tops := bruteTree(tracetree.Lines(forest, view...))
		wants := bruteWants(r, tops)
		if r.IntN(10) == 0 {
			view = append(view, tracetree.Any)
		}
		var b strings.Builder
		for _, w := range wants {
			w.write(&b, 0)
		}
		pattern, err := tracetree.Parse(b.String())
		if err != nil {
			t.Fatalf("%v\nof:\n%s", err, b.String())
		}
		if slices.Contains(view, tracetree.Any) {
			wants = append(wants, &bruteWant{rest: true})
		}
		want := matchBelow(wants, false, tops)
		report := pattern.Match(forest, view...)
		if want != (report == nil) {
			t.Fatalf("brute force matches: %v\npattern:\n%s\nforest in view %v:\n%s\nreport:\n%v",
				want, b.String(), view, tracetree.Format(forest, append(view, tracetree.Attributes)...), report)
		}
		if report != nil && report.Differences == (tracetree.Differences{}) {
			t.Fatalf("a report without a difference\npattern:\n%s\nreport:\n%v", b.String(), report)
		}
		if want {
			matched++
			if strings.Contains(b.String(), "... ") {
				deep++
			}
		}
	}
	if matched < cases/10 || matched > cases*9/10 || deep < cases/200 {
		t.Errorf("of %d cases, %d match, %d of them at any depth: too few of one sort", cases, matched, deep)
	}
	t.Logf("of %d cases, %d match, %d of them with a line at any depth", cases, matched, deep)
}
