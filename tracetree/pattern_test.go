package tracetree_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/tracetree"
)

func TestLinesSayAllThatALineSays(t *testing.T) {
	text := func(s string, column int) tracetree.PatternText {
		return tracetree.PatternText{Text: s, Column: column}
	}
	wild := func(s string, column int) tracetree.PatternText {
		return tracetree.PatternText{Text: s, Wild: true, Column: column}
	}
	errorType := text("timeout", 33)
	tests := []struct {
		reason, text string
		want         tracetree.PatternLine
	}{
		{
			"the label is there in parts, with the place of each", "# a comment\n\né: GetItem (stock table) !error=timeout",
			tracetree.PatternLine{
				Line: 3, Column: 1, Min: 1, Max: 1,
				Actor: text("é", 1), Operation: text("GetItem", 4), Target: text("stock table", 13),
				Failed: true, ErrorType: &errorType,
			},
		},
		{
			"counts and wildcards", "+x a*: *",
			tracetree.PatternLine{
				Line: 1, Column: 4, Min: 1, Max: math.MaxInt32, Actor: wild("a*", 4), Operation: wild("*", 8),
			},
		},
		{
			"the rest is nothing but the rest", "...",
			tracetree.PatternLine{Line: 1, Column: 1, Rest: true},
		},
		{
			"marks, order and time", "a: b (root) (in order) [=12ms at +3ms] ← linked span",
			tracetree.PatternLine{
				Line: 1, Column: 1, Min: 1, Max: 1, Actor: text("a", 1), Operation: text("b", 4),
				Marks: tracetree.Root | tracetree.Linked, InOrder: true,
				Timing: &tracetree.Timing{
					Compare: tracetree.Equal, Low: 12 * time.Millisecond, Offset: 3 * time.Millisecond, HasOffset: true,
				},
			},
		},
		{
			"conditions", `a: b {= @kind=server, !x, "y z"!=1*, n<1e1, m~"^a"}`,
			tracetree.PatternLine{
				Line: 1, Column: 1, Min: 1, Max: 1, Actor: text("a", 1), Operation: text("b", 4), Exact: true,
				Conditions: []tracetree.Condition{
					{Column: 9, Field: true, Key: "kind", Compare: tracetree.Equal, Value: text("server", 15)},
					{Column: 23, Key: "x", Compare: tracetree.Absent},
					{Column: 27, Key: "y z", Compare: tracetree.NotEqual, Value: wild("1*", 34)},
					{Column: 38, Key: "n", Compare: tracetree.Below, Value: text("1e1", 40)},
					{Column: 45, Key: "m", Compare: tracetree.Matching, Value: text("^a", 47)},
				},
			},
		},
	}
	for _, test := range tests {
		got := mustParse(t, test.text).Lines()
		if diff := cmp.Diff([]tracetree.PatternLine{test.want}, got,
			cmpopts.IgnoreUnexported(tracetree.Condition{})); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", test.reason, test.text, diff)
		}
	}
}

func TestConditionsHoldAsWhenTheyAreMatched(t *testing.T) {
	tests := []struct {
		reason, condition, value string
		want                     bool
	}{
		{"any value is one", "k", "", true},
		{"no value is absent", "!k", "x", false},
		{"text is equal", "k=1", "1", true},
		{"numbers are compared by their text", "k=1", "1.0", false},
		{"a star is any text", "k=a*c", "abc", true},
		{"another text", "k!=1", "2", true},
		{"a smaller number", "k<10", "9.5", true},
		{"text is no number", "k>10", "eleven", false},
		{"an expression finds something", `k~"b"`, "abc", true},
	}
	for _, test := range tests {
		condition := mustParse(t, "a: b {"+test.condition+"}").Lines()[0].Conditions[0]
		if got := condition.Holds(test.value); got != test.want {
			t.Errorf("%s: {%s} holds for %q: %v, want %v", test.reason, test.condition, test.value, got, test.want)
		}
	}
}

func TestLabelOfALineIsTheSpansLabel(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		forest := tracetree.Build(anySpans().Draw(t, "spans"))
		pattern, err := tracetree.Parse(tracetree.Format(forest, tracetree.Full))
		if err != nil {
			t.Fatal(err)
		}
		lines := pattern.Lines()
		for i, l := range tracetree.Lines(forest, tracetree.Full) {
			if want, got := tracetree.Label(l.Node.Span()), lines[i].Label(); got != want {
				t.Fatalf("line %d is labelled %q, want %q", i, got, want)
			}
		}
	})
}

// rebuild writes the lines in the notation again, from nothing but what is exported.
func rebuild(lines []tracetree.PatternLine) string {
	var b strings.Builder
	for i, l := range lines {
		if i > 0 && l.Depth == 0 {
			b.WriteString("\n")
		}
		b.WriteString(strings.Repeat("  ", l.Depth))
		if l.Rest {
			b.WriteString("...\n")
			continue
		}
		if l.Deep {
			b.WriteString("... ")
		}
		if l.Max == math.MaxInt32 {
			b.WriteString(map[int]string{0: "*x ", 1: "+x "}[l.Min])
		} else if l.Min == 0 && l.Max == 1 {
			b.WriteString("?x ")
		} else {
			fmt.Fprintf(&b, "%d..%dx ", l.Min, l.Max)
		}
		b.WriteString(written(l.Actor) + ": " + written(l.Operation))
		if l.Target.Text != "" {
			b.WriteString(" (" + written(l.Target) + ")")
		}
		for mark, word := range map[tracetree.Marks]string{
			tracetree.Root: " (root)", tracetree.Orphan: " (orphan)", tracetree.Cycle: " (cycle)",
			tracetree.Duplicate: " (duplicate)", tracetree.Linked: " <- linked span",
		} {
			if l.Marks&mark != 0 {
				b.WriteString(word)
			}
		}
		if l.InOrder {
			b.WriteString(" (in order)")
		}
		if l.Failed {
			b.WriteString(" !error")
			if l.ErrorType != nil {
				b.WriteString("=" + written(*l.ErrorType))
			}
		}
		if t := l.Timing; t != nil {
			between := ""
			if t.Compare == tracetree.Between {
				between = ".." + t.High.String()
				t.Compare = ""
			}
			fmt.Fprintf(&b, " [%s%v%s", t.Compare, t.Low, between)
			if t.HasOffset {
				fmt.Fprintf(&b, " at +%v", t.Offset)
			}
			b.WriteString("]")
		}
		if l.Exact || len(l.Conditions) > 0 {
			b.WriteString(" {" + map[bool]string{true: "="}[l.Exact])
			for j, c := range l.Conditions {
				b.WriteString(map[bool]string{true: ", "}[j > 0] + rebuildCondition(c))
			}
			b.WriteString("}")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func rebuildCondition(c tracetree.Condition) string {
	key := strconv.Quote(c.Key)
	if c.Field {
		key = "@" + c.Key
	}
	switch c.Compare {
	case "", tracetree.Absent:
		return string(c.Compare) + key
	default:
		return key + string(c.Compare) + written(c.Value)
	}
}

func written(text tracetree.PatternText) string {
	if text.Wild {
		return text.Text
	}
	return strconv.Quote(text.Text)
}

// wordy are lines that say what Format never prints.
var wordy = []string{
	"3x a: b", "1..2x *: GET /tasks/* (root)", "+x a: b (in order)", "a: b [12ms]", "a: b [<=50ms] {k}",
	"a: b [10ms..50ms]",
	"a: b [=12ms at +3ms] {= n<3, n>-1e9, m~\"x{2}\"}", "a: b !error=time* {@event=x, !k, k!=\"*\"}", "?x a: b (c*)",
	"...",
	"... a: b", "... 0x a: b", "... 3x *: b", "... +x \"... a\": b (in order)", "... 1x ...*: b",
	`a: b {=}`, `"3x a": "*" ("root") {"a b"="1, 2"} <- linked span`,
}

func TestLawLinesRebuildThePattern(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		text := tracetree.Format(tracetree.Build(anySpans().Draw(t, "spans")), tracetree.Attributes)
		for _, line := range rapid.SliceOfN(rapid.SampledFrom(wordy), 0, 5).Draw(t, "lines") {
			text += "\n" + line + "\n"
		}
		pattern, err := tracetree.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		again := rebuild(pattern.Lines())
		rebuilt, err := tracetree.Parse(again)
		if err != nil {
			t.Fatalf("%v\nof:\n%s", err, again)
		}
		if diff := cmp.Diff(pattern.String(), rebuilt.String()); diff != "" {
			t.Fatalf("(-pattern +rebuilt):\n%s", diff)
		}
	})
}
