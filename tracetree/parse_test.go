package tracetree_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
)

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
		{"an indented first line", "  a: b", 1, 3, "no indentation"},
		{"an indented line after a blank one", "a: b\n\n  c: d", 3, 3, "a blank line ends the tree"},
		{"a line below ...", "a: b\n  ...\n    c: d", 3, 5, "includes everything below"},
		{"text after ...", "... (root)", 1, 5, "a line of its own"},
		{"text right after ...", "...a: b", 1, 4, "want a space"},
		{"no colon", "a b", 1, 1, "actor: operation"},
		{"no operation", "a:", 1, 3, "missing operation"},
		{"no operation before an annotation", "a: (root)", 1, 3, "missing operation"},
		{"no actor", ": b", 1, 1, "right after an actor"},
		{"a space before the colon", "a : b", 1, 3, "right after an actor"},
		{"a count of none", "0x a: b", 1, 1, "at least 1"},
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
		{"counts", "3x a: b\n1..5x a: b\n?x a: b\n+x a: b\n*x a: b\n1x a: b", "3x a: b\n\n1..5x a: b\n\n?x a: b\n\n+x a: b\n\n*x a: b\n\na: b\n"},
		{"a count that is needed", "1x *x a: b\n1x 2x *: b\n1x ...*: b\n1x a*: b", "1x *x a: b\n\n1x 2x *: b\n\n1x ...*: b\n\na*: b\n"},
		{"rest", "a: b\n  ...  # any\n", "a: b\n  ...\n"},
		{"quotes go where they are not needed", `"a": "b c" ("d")`, "a: b c (d)\n"},
		{"quotes stay where they are", `"3x a": "b: c" ("root") {"@k"="a, b", k=""}`, `"3x a": "b: c" ("root") {"@k"="a, b", k=""}` + "\n"},
		{"raw quotes are read", "a: `b*`", `a: "b*"` + "\n"},
		{"wild stays wild", "*: GET /* (*) !error=* {k=*a*}", "*: GET /* (*) !error=* {k=*a*}\n"},
		{"braces, brackets and parentheses inside a word", "a: GET /tasks/{id} f(x) g[1]", "a: GET /tasks/{id} f(x) g[1]\n"},
		{"predicates", `a: b {= k, !l, m!=1, n<1e3, o>-2, p~"a\\d", @kind=server, @trace=new, @event=x}`, `a: b {= k, !l, m!=1, n<1000, o>-2, p~"a\\d", @kind=server, @trace=new, @event=x}` + "\n"},
		{"no attributes at all", "a: b {=}", "a: b {=}\n"},
		{"times", "a: b [12ms]\na: b [>=5ms]\na: b [10ms..1s]\na: b [=12ms at +3ms]", "a: b [12ms]\n\na: b [>=5ms]\n\na: b [10ms..1s]\n\na: b [=12ms at +3ms]\n"},
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
