package tracetree_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
)

// indent64 is the indentation of lines with a written level.
var indent64 = strings.Repeat("  ", 64)

// deepChain returns the notation of a chain of n lines.
func deepChain(n int) string {
	var b strings.Builder
	for depth := range n {
		if depth <= 64 {
			fmt.Fprintf(&b, "%sa: b\n", strings.Repeat("  ", depth))
		} else {
			fmt.Fprintf(&b, "%s%d> a: b\n", indent64, depth)
		}
	}
	return b.String()
}

// A recursion of 40,000 calls is as long in text as its calls are, not as long as its triangle.
func TestDeepTracesArePrintedInLinearSpace(t *testing.T) {
	const n = 40_000
	spans := make([]tracetree.Span, n)
	for i := range spans {
		spans[i] = span(uint64(i)+1, uint64(i), "b", service("a"))
	}
	forest := tracetree.Build(spans)
	text := tracetree.Format(forest)
	if diff := cmp.Diff(strings.Replace(deepChain(n), "\n", " (root)\n", 1), text); diff != "" {
		t.Fatalf("(-want +got):\n%.1000s", diff)
	}
	pattern, err := tracetree.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if report := pattern.Match(forest); report != nil {
		t.Errorf("the text does not match the forest: %s", report.Summary())
	}
	if got := pattern.String(); got != text {
		t.Errorf("the pattern is printed with %d bytes, the forest with %d", len(got), len(text))
	}
	if tidy, err := tracetree.Tidy(text); err != nil || tidy != text {
		t.Errorf("tidy text changes, or %v", err)
	}
	var size int
	for _, l := range tracetree.Lines(forest) {
		size += len(l.Text)
	}
	if size > 150*n {
		t.Errorf("lines have %d bytes on average, want at most 150", size/n)
	}
}

func TestDeepLevelsMayBeSpaces(t *testing.T) {
	text := strings.ReplaceAll(deepChain(67), "65> ", "  ")
	pattern, err := tracetree.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(deepChain(67), pattern.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseSaysWhereAndWhatIsWrong(t *testing.T) {
	tests := []struct {
		reason       string
		text         string
		line, column int
		message      string
	}{
		{"a tab", "a: b\n\tc: d", 2, 1, "tab in the indentation"},
		{"a tab after spaces", "a: b\n \tc: d", 2, 2, "tab in the indentation"},
		{"an odd indentation", "a: b\n   c: d", 2, 4, "indentation of 3 spaces"},
		{"a skipped level", "a: b\n    c: d", 2, 5, "at most 2 spaces"},
		{"a skipped deep level", deepChain(66) + indent64 + "67> a: b", 67, 133, "at most level 66"},
		{
			"a level that is too large for a number", "a: b\n" + indent64 + "99999999999999999999> a: b", 2, 151,
			"skipped level",
		},
		{"a level without indentation", "a: b\n1> c: d", 2, 1, "want levels up to 64 as spaces only"},
		{"a level that its spaces show", "a: b\n" + indent64 + "64> c: d", 2, 129, "want levels up to 64 as spaces only"},
		{"a deep level at the start of a tree", indent64 + "65> a: b", 1, 133, "start of a tree"},
		{"an indented first line", "  a: b", 1, 3, "no indentation"},
		{"an indented line after a blank one", "a: b\n\n  c: d", 3, 3, "a blank line ends the tree"},
		{"a line below ...", "a: b\n  ...\n    c: d", 3, 5, "includes everything below"},
		{"no label after ...", "... (root)", 1, 5, "want a label"},
		{"a second ...", "... ... a: b", 1, 5, "want it once"},
		{"... after a count", "2x ... a: b", 1, 4, "before the count"},
		{"... as a count", "... a: b\n  ...\n    c: d", 3, 5, "includes everything below"},
		{"text right after ...", "...a: b", 1, 4, "want a space"},
		{"no colon", "a b", 1, 1, "actor: operation"},
		{"no operation", "a:", 1, 3, "missing operation"},
		{"no operation before an annotation", "a: (root)", 1, 3, "missing operation"},
		{"no actor", ": b", 1, 1, "right after an actor"},
		{"a space before the colon", "a : b", 1, 3, "right after an actor"},
		{"a count of none", "0x a: b", 1, 1, "at least 1"},
		{"a range of none", "0..0x a: b", 1, 1, `"... 0x actor: operation"`},
		{"a count the wrong way round", "3..2x a: b", 1, 1, "smaller number first"},
		{"a count too large", "99999999999x a: b", 1, 1, "too large"},
		{"an unknown annotation in parentheses", "a: b (c) (rot)", 1, 10, "unknown annotation"},
		{"a target after an annotation", "a: b (root) (c)", 1, 13, "a target must follow"},
		{"an unclosed parenthesis", "a: b (root", 1, 6, "unclosed"},
		{"empty parentheses", "a: b ()", 1, 6, "empty"},
		{"an empty quoted target", `a: b ("")`, 1, 6, "empty target"},
		{"a mark twice", "a: b (root) (root)", 1, 13, "a second (root)"},
		{"an unknown word after !", "a: b !eror", 1, 6, "unknown annotation"},
		{"a longer word after !error", "a: b !errors", 1, 6, "unknown annotation"},
		{"no error type", "a: b !error= (root)", 1, 13, "missing error type"},
		{"an unknown arrow", "a: b ← linked", 1, 6, `want "← linked span"`},
		{"an unclosed brace", "a: b {c=d", 1, 6, "unclosed"},
		{"an unclosed brace after a comma", "a: b {c=d, ", 1, 6, "unclosed"},
		{"empty braces", "a: b {}", 1, 7, "missing attribute"},
		{"no value", "a: b {c=}", 1, 9, "missing value"},
		{"not a number", "a: b {c<d}", 1, 9, "not a number"},
		{"an unquoted expression", "a: b {c~d}", 1, 9, "unquoted"},
		{"an invalid expression", `a: b {c~"("}`, 1, 9, "missing closing )"},
		{"a negation with a value", "a: b {!c=d}", 1, 9, "a key alone"},
		{"an unknown name after @", "a: b {@knd=server}", 1, 8, "kind, status, service"},
		{"an unknown kind", "a: b {@kind=sever}", 1, 7, "server"},
		{"an unknown status", "a: b {@status=bad}", 1, 7, "error"},
		{"an unknown trace", "a: b {@trace=old}", 1, 7, "@trace=new"},
		{"a quote inside a value", `a: b {c=d"e}`, 1, 10, `want "," or "}"`},
		{"an unclosed quote", `a: "b`, 1, 4, "invalid quoted text"},
		{"text right after a quote", `a: "b"c`, 1, 7, "want a space"},
		{"an unclosed bracket", "a: b [12ms", 1, 6, "unclosed"},
		{"not a duration", "a: b [fast]", 1, 7, "not a duration"},
		{"a negative duration", "a: b [<-3ms]", 1, 8, "not a duration"},
		{"a range the wrong way round", "a: b [5ms..1ms]", 1, 7, "shorter duration first"},
		{"an offset without a plus", "a: b [=5ms at 3ms]", 1, 15, `want "+"`},
		{"an offset in a comparison", "a: b [<5ms at +3ms]", 1, 8, "not a duration"},
		{"a comment after one space", "a: b (root) # c", 1, 13, "two spaces"},
		{"a control character", "a: b\x1b[31m", 1, 5, "U+001B"},
		{"invalid UTF-8", "a: é\xff", 1, 5, "invalid UTF-8"},
		{"braces twice", "a: b {c} {d}", 1, 10, "a second pair of braces"},
		{"brackets twice", "a: b [1ms] [2ms]", 1, 12, "a second pair of brackets"},
		{"two link marks", "a: b ← linked span <- linked span", 1, 20, "a second link mark"},
		{"two errors", "a: b !error !error=c", 1, 13, "a second !error"},
		{"two orders", "a: b (in order) (in order)", 1, 17, "a second (in order)"},
		{"text after an annotation", "a: b (root) c", 1, 13, "unknown annotation"},
		{"an unclosed annotation", "a: b (c) (root", 1, 10, "unclosed"},
		{"an invalid quoted error type", `a: b !error="c`, 1, 13, "invalid quoted text"},
		{"an invalid quoted target", `a: b ("c)`, 1, 7, "invalid quoted text"},
		{"text after a quoted target", `a: b ("c"d)`, 1, 10, `want ")"`},
		{"an invalid quoted key", `a: b {"c}`, 1, 7, "invalid quoted text"},
		{"an invalid quoted value", `a: b {c="d}`, 1, 9, "invalid quoted text"},
		{"an invalid quoted actor", `"a: b`, 1, 1, "invalid quoted text"},
		{"no colon after a quoted actor", `"a" b`, 1, 4, "after the actor"},
		{"a tab between annotations", "a: b (root) \t(cycle)", 1, 13, "want spaces"},
		{"a tab in a name", "a: b\tc", 1, 5, "want spaces"},
		{"a control character in a value", "a: b {c=\x00}", 1, 9, "U+0000"},
		{"columns count characters", "日本: b (c) (d)", 1, 11, "unknown annotation"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			_, err := tracetree.Parse(test.text)
			var got *tracetree.ParseError
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want a ParseError", err)
			}
			if got.Line != test.line || got.Column != test.column {
				t.Errorf("at line %d, column %d, want %d, %d:\n%v", got.Line, got.Column, test.line, test.column, err)
			}
			if !strings.Contains(got.Message, test.message) {
				t.Errorf("the message lacks %q:\n%v", test.message, err)
			}
			if want := strings.Split(test.text, "\n")[test.line-1]; got.Text != want {
				t.Errorf("text %q, want %q", got.Text, want)
			}
		})
	}
}

func TestParseErrorPointsAtTheCharacter(t *testing.T) {
	_, err := tracetree.Parse("a: b (root)\n\tc: d")
	want := "line 2, column 1: tab in the indentation: want two spaces for each level\n  →c: d\n  ^"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = tracetree.Parse("a: " + strings.Repeat("x", 1000) + " (root) (rot) " + strings.Repeat("y", 1000))
	lines := strings.Split(err.Error(), "\n")
	if caret := strings.Index(lines[2], "^"); len(lines[1]) > 200 || !strings.HasPrefix(lines[1][caret:], "(rot)") {
		t.Errorf("of a long line:\n%v", err)
	}
}

func TestStringIsTheUsualForm(t *testing.T) {
	tests := []struct {
		reason, text, want string
	}{
		{"nothing", "", ""},
		{"comments and notes go", "# a\na: b  # c\n  # d\n↪ e\n", "a: b\n"},
		{"what a waterfall draws goes", "a: b (root)   │ ███ 12ms\n  │ 0ms\n  c: d │", "a: b (root)\n  c: d\n"},
		{"CRLF is read", "a: b\r\n  c: d\r\n", "a: b\n  c: d\n"},
		{"trees are separated", "a: b\nc: d\n\n\n\ne: f", "a: b\n\nc: d\n\ne: f\n"},
		{
			"annotations in any order and distance",
			"a: b <- linked span  [<50ms] {x=1,  y}    !error=e (in order)   (root)",
			"a: b (root) (in order) !error=e [<50ms] {x=1, y}          ← linked span\n",
		},
		{
			"counts", "3x a: b\n1..5x a: b\n?x a: b\n+x a: b\n*x a: b\n1x a: b",
			"3x a: b\n\n1..5x a: b\n\n?x a: b\n\n+x a: b\n\n*x a: b\n\na: b\n",
		},
		{
			"a count that is needed", "1x *x a: b\n1x 2x *: b\n1x ...*: b\n1x a*: b",
			"1x *x a: b\n\n1x 2x *: b\n\n1x ...*: b\n\na*: b\n",
		},
		{"rest", "a: b\n  ...  # any\n", "a: b\n  ...\n"},
		{"quotes go where they are not needed", `"a": "b c" ("d")`, "a: b c (d)\n"},
		{
			"quotes stay where they are", `"3x a": "b: c" ("root") {"@k"="a, b", k=""}`,
			`"3x a": "b: c" ("root") {"@k"="a, b", k=""}` + "\n",
		},
		{"raw quotes are read", "a: `b*`", `a: "b*"` + "\n"},
		{"wild stays wild", "*: GET /* (*) !error=* {k=*a*}", "*: GET /* (*) !error=* {k=*a*}\n"},
		{"braces, brackets and parentheses inside a word", "a: GET /tasks/{id} f(x) g[1]", "a: GET /tasks/{id} f(x) g[1]\n"},
		{
			"predicates", `a: b {= k, !l, m!=1, n<1e3, o>-2, p~"a\\d", @kind=server, @trace=new, @event=x}`,
			`a: b {= k, !l, m!=1, n<1000, o>-2, p~"a\\d", @kind=server, @trace=new, @event=x}` + "\n",
		},
		{"no attributes at all", "a: b {=}", "a: b {=}\n"},
		{
			"times", "a: b [12ms]\na: b [>=5ms]\na: b [10ms..1s]\na: b [=12ms at +3ms]",
			"a: b [12ms]\n\na: b [>=5ms]\n\na: b [10ms..1s]\n\na: b [=12ms at +3ms]\n",
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			pattern, err := tracetree.Parse(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, pattern.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(courseTree)
	f.Add("?x a: b (c) (root) (in order) !error=e [=12ms at +3ms] {= k=v, @kind=*} ← linked span  # c\n  ...\n")
	f.Add(deepChain(67))
	f.Add("\"a\\n\": `b` {k~\"x\"}\r\n\n*x *: *")
	f.Fuzz(func(t *testing.T, text string) {
		pattern, err := tracetree.Parse(text)
		if err != nil {
			var where *tracetree.ParseError
			if !errors.As(err, &where) {
				t.Fatalf("got %T, want a ParseError", err)
			}
			lines := strings.Split(text, "\n")
			if where.Line < 1 || where.Line > len(lines) || where.Column < 1 || where.Column > len(lines[where.Line-1])+1 {
				t.Fatalf("the error is outside of the text: %v", err)
			}
			if strings.ContainsAny(err.Error(), "\x1b\r\t") {
				t.Fatalf("the error has control characters: %q", err)
			}
			return
		}
		again, err := tracetree.Parse(pattern.String())
		if err != nil {
			t.Fatalf("String is no notation: %v", err)
		}
		if diff := cmp.Diff(pattern.String(), again.String()); diff != "" {
			t.Fatalf("String is not idempotent:\n%s", diff)
		}
		pattern.Match(tracetree.Build(courseSpans()))
	})
}
