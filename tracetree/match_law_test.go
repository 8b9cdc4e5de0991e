package tracetree_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/tracetree"
)

// want is a line of a pattern in a form that is easy to compare slowly.
type want struct {
	name     string // "*" is any
	count    string
	min, max int
	ordered  bool
	below    []want
}

var counts = []want{
	{min: 1, max: 1},
	{count: "2x ", min: 2, max: 2},
	{count: "1..2x ", min: 1, max: 2},
	{count: "?x ", min: 0, max: 1},
	{count: "+x ", min: 1, max: 99},
	{count: "*x ", min: 0, max: 99},
}

func anyWant(depth int) *rapid.Generator[want] {
	return rapid.Custom(func(t *rapid.T) want {
		w := rapid.SampledFrom(counts).Draw(t, "count")
		w.name = rapid.SampledFrom([]string{"a", "b", "*", "..."}).Draw(t, "name")
		if w.name == "..." {
			return want{name: "..."}
		}
		w.ordered = rapid.Bool().Draw(t, "ordered")
		if depth > 0 {
			w.below = rapid.SliceOfN(anyWant(depth-1), 0, 3).Draw(t, "below")
		}
		return w
	})
}

func (w *want) write(b *strings.Builder, indent string) {
	if w.name == "..." {
		b.WriteString(indent + "...\n")
		return
	}
	order := ""
	if w.ordered {
		order = " (in order)"
	}
	fmt.Fprintf(b, "%s%ssvc: %s%s\n", indent, w.count, w.name, order)
	for i := range w.below {
		w.below[i].write(b, indent+"  ")
	}
}

// matches tries every way to give siblings to lines.
func (w *want) matches(n tracetree.Node) bool {
	if w.name != "*" && w.name != n.Span().Name {
		return false
	}
	var children []tracetree.Node
	for c := range n.Children() {
		children = append(children, c)
	}
	if w.ordered {
		return inOrder(w.below, 0, children)
	}
	return anyOrder(w.below, make([]int, len(w.below)), children)
}

func inOrder(lines []want, used int, children []tracetree.Node) bool {
	if len(lines) == 0 {
		return len(children) == 0
	}
	l := &lines[0]
	isRest := l.name == "..."
	if (isRest || used >= l.min) && inOrder(lines[1:], 0, children) {
		return true
	}
	if len(children) == 0 || !isRest && (used == l.max || !l.matches(children[0])) {
		return false
	}
	return inOrder(lines, used+1, children[1:])
}

func anyOrder(lines []want, used []int, children []tracetree.Node) bool {
	if len(children) == 0 {
		for i := range lines {
			if used[i] < lines[i].min {
				return false
			}
		}
		return true
	}
	for i := range lines {
		l := &lines[i]
		if l.name != "..." && (used[i] == l.max || !l.matches(children[0])) {
			continue
		}
		used[i]++
		ok := anyOrder(lines, used, children[1:])
		used[i]--
		if ok {
			return true
		}
	}
	return false
}

func TestLawMatchFindsAWayWhenThereIsOne(t *testing.T) {
	matched := 0
	law.Check(t, func(t *rapid.T) {
		w := anyWant(2).Filter(func(w want) bool { return w.name != "..." }).Draw(t, "pattern")
		w.count, w.min, w.max, w.name = "", 1, 1, "*"
		var b strings.Builder
		w.write(&b, "")
		text := strings.Replace(b.String(), "svc: *", "svc: * (root)", 1)
		spans := []tracetree.Span{span(1, 0, "a")}
		for i := range rapid.IntRange(0, 6).Draw(t, "spans") {
			parent := rapid.Uint64Range(1, uint64(min(i+1, 3))).Draw(t, "parent")
			spans = append(spans, span(uint64(i+2), parent, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name")))
		}
		forest := tracetree.Build(spans)
		pattern, err := tracetree.Parse(text)
		if err != nil {
			t.Fatalf("%v\nof:\n%s", err, text)
		}
		report := pattern.Match(forest)
		wants := w.matches(forest.Node(0))
		if wants {
			matched++
		}
		if wants != (report == nil) {
			t.Fatalf("a way exists: %v\npattern:\n%s\nforest:\n%s\nreport:\n%v", wants, text, tracetree.Format(forest), report)
		}
		if report != nil && report.Differences == (tracetree.Differences{}) {
			t.Fatalf("a report without a difference\npattern:\n%s\nreport:\n%v", text, report)
		}
		again, err := tracetree.Parse(pattern.String())
		if err != nil {
			t.Fatalf("%v\nof String:\n%s", err, pattern)
		}
		if again.String() != pattern.String() {
			t.Fatalf("String is not idempotent:\n%s\n%s", pattern, again)
		}
		if (again.Match(forest) == nil) != wants {
			t.Fatalf("String has another meaning:\n%s\nthan:\n%s", pattern, text)
		}
	})
	if matched == 0 {
		t.Error("no generated pattern matched: the law says nothing")
	}
}

func TestLawWildcardsAreAnyText(t *testing.T) {
	letters := rapid.StringMatching("[ab]{0,6}")
	law.Check(t, func(t *rapid.T) {
		wild := rapid.StringMatching(`[ab*]{0,6}`).Draw(t, "wild")
		name := letters.Draw(t, "name")
		expr := regexp.MustCompile("^x" + strings.ReplaceAll(wild, "*", ".*") + "$")
		pattern, err := tracetree.Parse("svc: x" + wild + " (root)")
		if err != nil {
			t.Fatal(err)
		}
		report := pattern.Match(tracetree.Build([]tracetree.Span{span(1, 0, "x"+name)}))
		if want := expr.MatchString("x" + name); want != (report == nil) {
			t.Fatalf("x%s matches x%s: %v, want %v", wild, name, report == nil, want)
		}
	})
}
