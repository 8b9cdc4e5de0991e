package chart_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/tracetree"
	"tracelab/tracetree/chart"
)

func textOf(lines []tracetree.Line) string {
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintln(&b, line.Text)
	}
	return b.String()
}

func TestGroup(t *testing.T) {
	forest := tracetree.Build(build(1,
		span{"shop", "list", 0, 0, 100, nil},
		span{"shop", "get", 1, 0, 10, nil},
		span{"pay", "charge", 1, 10, 40, nil},
		span{"pay", "write", 3, 11, 12, nil},
		span{"shop", "get", 1, 40, 60, nil},
		span{"pay", "charge", 1, 60, 70, nil},
		span{"pay", "write", 6, 61, 62, nil},
		span{"pay", "charge", 1, 80, 90, nil},
	))
	lines, notes := chart.Group(tracetree.Lines(forest))
	const want = `shop: list (root)
  2x shop: get
  2x pay: charge
    pay: write
  pay: charge
`
	if got := textOf(lines); got != want {
		t.Errorf("grouped to\n%s\nwant\n%s", got, want)
	}
	if got, want := notes[lines[1].Node], "the first of 2: 30.0ms in total, p50 10.0ms"; got != want {
		t.Errorf("the note is %q, want %q", got, want)
	}
}

// Grouped lines are notation, and match the forest that they were made from.
func TestGroupsMatchTheirForest(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		spans := []span{{"a", "root", 0, 0, 100, nil}}
		for i := range rapid.IntRange(0, 30).Draw(t, "spans") {
			spans = append(spans, span{
				"a", rapid.SampledFrom([]string{"x", "y"}).Draw(t, "name"),
				rapid.IntRange(1, i+1).Draw(t, "parent"), int64(i), int64(i + 1), nil,
			})
		}
		forest := tracetree.Build(build(1, spans...))
		lines, _ := chart.Group(tracetree.Lines(forest))
		pattern, err := tracetree.Parse(textOf(lines))
		if err != nil {
			t.Fatal(err)
		}
		if report := pattern.Match(forest); report != nil {
			t.Fatalf("it does not match its own forest:\n%s", report)
		}
	})
}

// Neither many siblings nor a deep tree take more than a small part of the time that laying them
// out takes.
func TestGroupIsLinear(t *testing.T) {
	const n = 20000
	deep, wide := []span{{"a", "x", 0, 0, 100, nil}}, []span{{"a", "x", 0, 0, 100, nil}}
	for i := range n {
		deep = append(deep, span{"a", "x", i + 1, 0, 100, nil})
		wide = append(wide, span{"a", "x", 1, 0, 100, nil})
	}
	for name, spans := range map[string][]span{"deep": deep, "wide": wide} {
		built := build(1, spans...)
		for i := range built { // more than one byte's worth of IDs
			id := func(n int) tracetree.SpanID { return tracetree.SpanID{1, byte(n >> 16), byte(n >> 8), byte(n)} }
			built[i].SpanID = id(i + 1)
			if p := spans[i].parent; p > 0 {
				built[i].Parent = id(p)
			}
		}
		lines := make([]tracetree.Line, 0, n)
		began := time.Now()
		forest := tracetree.Build(built)
		for i := range built { // Lines would print the indentation of a deep tree
			depth := 1
			if name == "deep" {
				depth = i
			}
			lines = append(lines, tracetree.Line{Node: forest.Node(i), Text: "a: x", Depth: min(depth, i)})
		}
		building := time.Since(began)
		began = time.Now()
		chart.Group(lines)
		if took := time.Since(began); took > 100*building+time.Second {
			t.Errorf("%s: grouping takes %s, building %s", name, took, building)
		}
	}
}
