package rows_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/internal/slow"
	"tracelab/live/rows"
	"tracelab/tracetree"
	"tracelab/tracetree/chart"
)

func id(n int) (id tracetree.SpanID) {
	binary.BigEndian.PutUint64(id[:], uint64(n))
	return id
}

// spans returns spans with these parents, by number from 1; 0 is for roots. Span n runs from n to
// n+10 ms.
func spans(parents ...int) []tracetree.Span {
	origins := []*tracetree.Origin{origin("shop"), origin("pay")}
	all := make([]tracetree.Span, len(parents))
	for i, parent := range parents {
		all[i] = tracetree.Span{
			TraceID: tracetree.TraceID{1}, SpanID: id(i + 1), Name: fmt.Sprint("step ", i+1), Kind: tracetree.KindInternal,
			Start: 1e15 + int64(i)*1e6, End: 1e15 + int64(i+10)*1e6, Origin: origins[i%2],
		}
		if parent > 0 {
			all[i].Parent = id(parent)
		}
	}
	return all
}

func origin(service string) *tracetree.Origin {
	return &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String(service)}}}
}

// texts returns rows as a tree, with + and - for what is collapsed and expanded.
func texts(window []rows.Row) string {
	var b strings.Builder
	for _, row := range window {
		sign := " "
		switch {
		case row.Expanded:
			sign = "-"
		case row.Below > 0:
			sign = "+"
		}
		fmt.Fprintf(&b, "%s %s%s\n", sign, strings.Repeat("  ", row.Depth), row.Text)
	}
	return b.String()
}

func TestVisible(t *testing.T) {
	tree := rows.New(tracetree.Build(spans(0, 1, 2, 2, 1, 5)), rows.Options{})
	for _, test := range []struct {
		reason string
		state  rows.State
		want   string
	}{
		{"everything", rows.Expanded(), `
- shop: step 1 (root)
-   pay: step 2
      shop: step 3
      pay: step 4
-   shop: step 5
      pay: step 6
`},
		{"the zero State shows the tops", rows.State{}, "+ shop: step 1 (root)\n"},
		{"one level", rows.State{Depth: 1}, `
- shop: step 1 (root)
+   pay: step 2
+   shop: step 5
`},
		{"one row is collapsed", rows.Expanded().Toggle(id(2)), `
- shop: step 1 (root)
+   pay: step 2
-   shop: step 5
      pay: step 6
`},
		{"one row is expanded", rows.State{}.Toggle(id(1)).Toggle(id(5)), `
- shop: step 1 (root)
+   pay: step 2
-   shop: step 5
      pay: step 6
`},
		{"what is toggled twice is as before", rows.State{}.Toggle(id(1)).Toggle(id(1)), "+ shop: step 1 (root)\n"},
	} {
		visible := tree.Visible(test.state)
		var want []string
		for line := range strings.Lines(strings.TrimPrefix(test.want, "\n")) {
			if sign := line[:1]; sign != "+" && sign != "-" {
				line = "  " + line[2:]
			}
			want = append(want, line)
		}
		if diff := cmp.Diff(strings.Join(want, ""), texts(visible.Window(0, 100, false))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.reason, diff)
		}
	}
}

func TestLocateExpandsWhatIsAbove(t *testing.T) {
	tree := rows.New(tracetree.Build(spans(0, 1, 2, 3, 1)), rows.Options{})
	state, row, found := tree.Locate(tracetree.TraceID{1}, id(4), rows.State{})
	if !found || row != 3 {
		t.Fatalf("row %d %v, want 3", row, found)
	}
	if got := tree.Visible(state).Window(row, row+1, false)[0]; got.Span != id(4).String() || got.Parent != 2 {
		t.Errorf("row 3 is %+v", got)
	}
	if _, _, found := tree.Locate(tracetree.TraceID{2}, id(4), rows.State{}); found {
		t.Error("a span of another trace is found")
	}
}

// TestWindowsAreTheWhole holds windows, parents and visible rows against what a terminal prints,
// for trees of any shape.
func TestWindowsAreTheWhole(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, slow.Times(60, 25)).Draw(t, "spans")
		parents := make([]int, n)
		for i := range parents {
			parents[i] = rapid.IntRange(0, n).Draw(t, "parent")
		}
		forest := tracetree.Build(spans(parents...))
		tree := rows.New(forest, rows.Options{})
		state := rows.State{Depth: rapid.IntRange(-1, 4).Draw(t, "depth")}
		for range rapid.IntRange(0, 4).Draw(t, "toggles") {
			state = state.Toggle(id(rapid.IntRange(1, n).Draw(t, "toggled")))
		}
		lines := strings.Count(tracetree.Format(forest), "\n") - (forest.NumTops() - 1)
		if all := tree.Visible(rows.Expanded()); all.Len() != lines {
			t.Fatalf("%d rows, want those of\n%s", all.Len(), tracetree.Format(forest))
		}
		visible := tree.Visible(state)
		whole := visible.Window(0, visible.Len(), true)
		var parts []rows.Row
		for from := 0; from < visible.Len(); {
			to := from + rapid.IntRange(1, 10).Draw(t, "window")
			parts = append(parts, visible.Window(from, to, true)...)
			from = to
		}
		if diff := cmp.Diff(whole, parts); diff != "" {
			t.Fatalf("windows differ from the whole:\n%s", diff)
		}
		for i, row := range whole {
			if row.Depth > 0 && (row.Parent < 0 || whole[row.Parent].Depth != row.Depth-1 || !whole[row.Parent].Expanded) {
				t.Fatalf("row %d has the parent %d:\n%s", i, row.Parent, texts(whole))
			}
			span, err := tracetree.ParseTraceID(row.Trace)
			if err != nil {
				t.Fatal(err)
			}
			located, at, found := tree.Locate(span, id(int(binary.BigEndian.Uint64(decode(row.Span)))), state)
			if !found || at != i || len(located.Toggled) != len(state.Toggled) {
				t.Fatalf("row %d is located at %d", i, at)
			}
		}
	})
}

// TestGroupedRowsAreTheTerminalsLines compares grouped rows with the lines that a terminal prints
// with groups, and ungroups every group until each span has a row.
func TestGroupedRowsAreTheTerminalsLines(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, slow.Times(60, 25)).Draw(t, "spans")
		parents := make([]int, n)
		for i := range parents {
			parents[i] = rapid.IntRange(0, i).Draw(t, "parent")
		}
		all := spans(parents...)
		for i := range all {
			all[i].Name = rapid.SampledFrom([]string{"get", "put"}).Draw(t, "name")
			all[i].Origin = nil
		}
		forest := tracetree.Build(all)
		tree := rows.New(forest, rows.Options{Group: true})
		lines, _ := chart.Group(tracetree.Lines(forest))
		var want, got []string
		for _, line := range lines {
			want = append(want, fmt.Sprint(line.Depth, " ", strings.TrimSpace(line.Text)))
		}
		state := rows.Expanded()
		window := tree.Visible(state).Window(0, rows.MaxWindow, false)
		for _, row := range window {
			got = append(got, fmt.Sprint(row.Depth, " ", row.Text))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		for at := 0; at < len(window); at++ {
			if window[at].Grouped {
				state = state.Ungroup(tracetree.SpanID(decode(window[at].Span)))
				window = tree.Visible(state).Window(0, rows.MaxWindow, false)
			}
		}
		if len(window) != n {
			t.Fatalf("%d rows without groups, want %d:\n%s", len(window), n, texts(window))
		}
	})
}

func decode(hex string) []byte {
	var b []byte
	fmt.Sscanf(hex, "%x", &b)
	return b
}

func TestOverviewShowsFailures(t *testing.T) {
	all := spans(0, 1, 1, 1)
	all[2].Status = tracetree.StatusError
	visible := rows.New(tracetree.Build(all), rows.Options{}).Visible(rows.Expanded())
	o := visible.Overview(13, 2)
	want := []string{
		"1111111111222", // steps 1 and 2 share a row of cells; the first keeps its color
		"..FFFFFFFFFF2",
	}
	want[0] = "11111111112.."
	for y, line := range want {
		var got strings.Builder
		for _, cell := range o.Cells[y*o.Width : (y+1)*o.Width] {
			switch cell {
			case 0:
				got.WriteByte('.')
			case 255:
				got.WriteByte('F')
			default:
				fmt.Fprint(&got, cell)
			}
		}
		if got.String() != line {
			t.Errorf("row %d: %s, want %s", y, got.String(), line)
		}
	}
}

func TestFind(t *testing.T) {
	visible := rows.New(tracetree.Build(spans(0, 1, 1)), rows.Options{}).Visible(rows.Expanded())
	for _, test := range []struct {
		text        string
		after, want int
	}{{"STEP", -1, 0}, {"step", 0, 1}, {"step", 2, 0}, {"pay", 1, 1}, {"none", 0, -1}} {
		if got := visible.Find(test.text, test.after); got != test.want {
			t.Errorf("%q after %d: %d, want %d", test.text, test.after, got, test.want)
		}
	}
}

func TestGroupedRows(t *testing.T) {
	all := spans(0, 1, 1, 2, 3, 1, 3)
	for i := range all {
		all[i].Name = "get"
		all[i].Origin = origin("shop")
	}
	all[6].Name = "put" // below the third span, which is not equal to the second one
	tree := rows.New(tracetree.Build(all), rows.Options{Group: true})
	all[6].Parent = id(2) // and now it is as the second one has the same
	same := rows.New(tracetree.Build(append(all, func() tracetree.Span {
		other := all[6]
		other.SpanID, other.Parent = id(8), id(3)
		return other
	}())), rows.Options{Group: true})
	for _, test := range []struct {
		reason string
		tree   *rows.Tree
		state  rows.State
		want   string
	}{
		{"siblings with other branches", tree, rows.Expanded(), `
- shop: get (root)
-   shop: get
      shop: get
-   shop: get
      shop: get
      shop: put
    shop: get
`},
		{"equal branches", same, rows.Expanded(), `
- shop: get (root)
-   2x shop: get
      shop: get
      shop: put
    shop: get
`},
		{"equal branches, with rows of their own", same, rows.Expanded().Ungroup(id(2)), `
- shop: get (root)
-   shop: get
      shop: get
      shop: put
-   shop: get
      shop: get
      shop: put
    shop: get
`},
		{"ungrouped twice is grouped", same, rows.Expanded().Ungroup(id(2)).Ungroup(id(2)).Toggle(id(2)), `
- shop: get (root)
+   2x shop: get
    shop: get
`},
	} {
		window := test.tree.Visible(test.state).Window(0, 100, false)
		if diff := cmp.Diff(trim(test.want), texts(window)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.reason, diff)
		}
	}
}

// trim returns a tree that begins with an empty line, and whose lines without a sign begin with a
// space.
func trim(text string) string { return strings.TrimPrefix(text, "\n") }

func TestLocateUngroups(t *testing.T) {
	all := spans(0, 1, 1, 2, 3, 4, 5)
	for i := range all {
		all[i].Name, all[i].Origin = "get", origin("shop")
	}
	tree := rows.New(tracetree.Build(all), rows.Options{Group: true})
	if got := tree.Visible(rows.Expanded()).Len(); got != 4 {
		t.Fatalf("%d rows, want 4", got)
	}
	state, row, found := tree.Locate(tracetree.TraceID{1}, id(7), rows.State{})
	if !found || len(state.Ungrouped) != 1 {
		t.Fatalf("found: %v, ungrouped: %v", found, state.Ungrouped)
	}
	if got := tree.Visible(state).Window(row, row+1, false); len(got) != 1 || got[0].Span != id(7).String() {
		t.Errorf("row %d is %+v, want span 7", row, got)
	}
}

// Rows whose clock differs from their caller's are marked, and no others.
func TestSkewedClocksAreMarked(t *testing.T) {
	all := spans(0, 1, 2, 2)
	all[0].Kind = tracetree.KindClient
	all[1].Kind = tracetree.KindServer
	all[1].Start += 2e9
	all[1].End = all[1].Start + 1e6
	for i := 2; i < 4; i++ {
		all[i].Origin = all[1].Origin
		all[i].Start, all[i].End = all[1].Start, all[1].End
	}
	var got []string
	tree := rows.New(tracetree.Build(all), rows.Options{Full: true})
	for _, row := range tree.Visible(rows.Expanded()).Window(0, 9, false) {
		got = append(got, row.Skew)
	}
	if diff := cmp.Diff([]string{"", "+2.00s", "", ""}, got); diff != "" {
		t.Errorf("skews (-want +got):\n%s", diff)
	}
}

// TestRowsAreReadyInTime compares opening a large trace, and a window at its end, with building its
// forest.
func TestRowsAreReadyInTime(t *testing.T) {
	n := slow.Times(1_000_000, 20_000)
	parents := make([]int, n)
	for i := range parents {
		parents[i] = i / 10
	}
	all := spans(parents...)
	began := time.Now()
	forest := tracetree.Build(all)
	built := time.Since(began)
	began = time.Now()
	tree := rows.New(forest, rows.Options{})
	tree.Clocks()
	opened := time.Since(began)
	openWindow := func(tree *rows.Tree) time.Duration {
		began := time.Now()
		if last := tree.Visible(rows.Expanded()).Window(n-100, n, false); len(last) != 100 {
			t.Fatalf("%d rows in the window, want 100", len(last))
		}
		return time.Since(began)
	}
	// A window costs nothing that grows with the trace. On a busy machine, one of five in time is
	// enough, each in a tree that has shown none.
	window, bound := openWindow(tree), max(built/2, 5*time.Millisecond)
	for i := 1; i < 5 && window > bound; i++ {
		window = openWindow(rows.New(forest, rows.Options{}))
	}
	began = time.Now()
	collapsed := tree.Visible(rows.State{Depth: 3})
	collapse := time.Since(began)
	began = time.Now()
	tree.Visible(rows.Expanded()).Overview(1024, 96)
	overview := time.Since(began)
	t.Logf("%d spans: forest %v, rows %v, window %v, collapse %v, overview %v",
		n, built, opened, window, collapse, overview)
	if collapsed.Len() >= n {
		t.Fatalf("%d rows when collapsed, want fewer than %d", collapsed.Len(), n)
	}
	if window > bound {
		t.Errorf("a window took %v, building the forest %v", window, built)
	}
}
