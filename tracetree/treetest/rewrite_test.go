package treetest

import (
	"go/format"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/internal/expect"
)

const oneTree = "shop: order (root)\n  shop: pay\n"

// inFunction is a formatted source whose line 4 is the first of the body.
func inFunction(body string) string { return "package p\n\nfunc f() {\n" + body + "\n}\n" }

// quoted lets the sources below have ' where Go has a backquote.
func quoted(source string) string { return strings.ReplaceAll(source, "'", "`") }

func TestRewritePutsTheTreeInPlaceOfTheLiteral(t *testing.T) {
	tests := []struct {
		reason, body, tree, want string
	}{
		{
			"an empty literal becomes a block",
			"\trec.Expect('')",
			oneTree,
			"\trec.Expect('\n\t\tshop: order (root)\n\t\t  shop: pay\n\t')",
		},
		{
			"so does a blank one",
			"\trec.Expect('\n\t')",
			oneTree,
			"\trec.Expect('\n\t\tshop: order (root)\n\t\t  shop: pay\n\t')",
		},
		{
			"a line becomes a block when it must",
			"\trec.Expect('a: b')",
			oneTree,
			"\trec.Expect('\n\t\tshop: order (root)\n\t\t  shop: pay\n\t')",
		},
		{"or stays a line", "\trec.Expect('a: b')", "c: d\n", "\trec.Expect('c: d')"},
		{"a block stays one", "\trec.Expect('\n\t\ta: b\n\t')", "c: d\n", "\trec.Expect('\n\t\tc: d\n\t')"},
		{"nothing is empty text", "\trec.Expect('\n\t\ta: b\n\t')", "", "\trec.Expect('')"},
		{"the indentation stays", "\trec.Expect('\n\t\t\t  a: b\n\t\t')", "c: d\n", "\trec.Expect('\n\t\t\t  c: d\n\t\t')"},
		{"none is an indentation", "\trec.Expect('\na: b\n')", "c: d\n", "\trec.Expect('\nc: d\n')"},
		{
			"deeper in the code the block is deeper",
			"\tif true {\n\t\trec.Expect('')\n\t}",
			oneTree,
			"\tif true {\n\t\trec.Expect('\n\t\t\tshop: order (root)\n\t\t\t  shop: pay\n\t\t')\n\t}",
		},
		{
			"comments at the top stay",
			"\trec.Expect('\n\t\t# why\n\t\ta: b\n\t\t# gone\n\t')",
			"c: d\n",
			"\trec.Expect('\n\t\t# why\n\t\tc: d\n\t')",
		},
		{
			"a blank line between trees has no indentation",
			"\trec.Expect('')",
			"c: d\n\ne: f\n",
			"\trec.Expect('\n\t\tc: d\n\n\t\te: f\n\t')",
		},
		{"options stay", "\trec.Expect('', tracetree.Full)", "c: d\n", "\trec.Expect('\n\t\tc: d\n\t', tracetree.Full)"},
		{"with a limit", "\trec.Within(time.Second).Expect('a: b')", "c: d\n", "\trec.Within(time.Second).Expect('c: d')"},
		{"other calls on the line stay", "\tlog('a'); rec.Expect('a: b')", "c: d\n", "\tlog('a'); rec.Expect('c: d')"},
		{
			"comments after it stay where gofmt wants them",
			"\trec.Expect('a: b') // one\n\tx := 1             // two\n\t_ = x",
			"c: def\n",
			"\trec.Expect('c: def') // one\n\tx := 1               // two\n\t_ = x",
		},
		{"a quote is no problem", "\trec.Expect('a: b')", "c: \"(d)\"\n", "\trec.Expect('c: \"(d)\"')"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			source, want := quoted(inFunction(test.body)), quoted(inFunction(test.want))
			line := 4 + strings.Count(test.body[:strings.Index(test.body, "Expect")], "\n")
			c, err := findCall("p_test.go", []byte(source), line)
			if err != nil {
				t.Fatal(err)
			}
			got, err := replaceText([]byte(source), c, test.tree)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if formatted, err := format.Source([]byte(source)); err == nil && string(formatted) == source {
				if again, err := format.Source(got); err != nil || string(again) != string(got) {
					t.Errorf("not formatted any more (%v):\n%s", err, got)
				}
			}
			// The next run reads the written text.
			c, err = findCall("p_test.go", got, line)
			if err != nil {
				t.Fatal(err)
			}
			if body := expect.Dedent(
				c.text,
			); !strings.HasSuffix(
				strings.TrimRight(body, "\n\t "),
				strings.TrimSuffix(test.tree, "\n"),
			) {
				t.Errorf("reads back as %q, want %q", body, test.tree)
			}
		})
	}
}

func TestRewriteKeepsLineEndings(t *testing.T) {
	source := strings.ReplaceAll(quoted(inFunction("\trec.Expect('\n\t\ta: b\n\t')")), "\n", "\r\n")
	c, err := findCall("p_test.go", []byte(source), 4)
	if err != nil {
		t.Fatal(err)
	}
	got, err := replaceText([]byte(source), c, oneTree)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(
		quoted(inFunction("\trec.Expect('\n\t\tshop: order (root)\n\t\t  shop: pay\n\t')")),
		"\n",
		"\r\n",
	)
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRewriteFindsTheCallOnAnyOfItsLines(t *testing.T) {
	source := quoted(inFunction("\trec.\n\t\tWithin(1).\n\t\tExpect(\n\t\t\t'a: b',\n\t\t)\n\trec.Expect('c: d')"))
	for line := 4; line <= 8; line++ {
		if c, err := findCall("p_test.go", []byte(source), line); err != nil || c.text != "a: b" || c.line != 7 {
			t.Errorf("line %d: got %+v, %v", line, c, err)
		}
	}
	if c, err := findCall("p_test.go", []byte(source), 9); err != nil || c.text != "c: d" {
		t.Errorf("the next call: got %+v, %v", c, err)
	}
}

func TestRewriteRefusesWhatIsNotBeyondDoubt(t *testing.T) {
	tests := []struct {
		reason, source, tree, want string
	}{
		{"a constant elsewhere", inFunction("\trec.Expect(want)"), oneTree, "not a raw string literal"},
		{"a concatenation", inFunction("\trec.Expect('a: b' + more)"), oneTree, "not a raw string literal"},
		{"a literal inside another call", inFunction("\trec.Expect(trim('a: b'))"), oneTree, "not a raw string literal"},
		{"an interpreted string", inFunction("\trec.Expect(\"a: b\")"), oneTree, "not a raw string literal"},
		{"no argument", inFunction("\trec.Expect()"), oneTree, "no argument"},
		{"several calls on the line", inFunction("\ta.Expect('a: b'); b.Expect('c: d')"), oneTree, "2 calls of Expect"},
		{
			"a call in the arguments of a call",
			inFunction("\ta.Expect('a: b', g(b.Expect('c: d')))"),
			oneTree,
			"2 calls of Expect",
		},
		{"another function", inFunction("\tcheck(rec, 'a: b')"), oneTree, "no call of Expect"},
		{"an empty line", inFunction(""), oneTree, "no call of Expect"},
		{
			"generated code",
			"// Code generated by x. DO NOT EDIT.\n" + "package p\n\nfunc f() { rec.Expect('a: b') }\n",
			oneTree,
			"generated code",
		},
		{"a file that isn't Go", "nonsense\n", oneTree, "expected 'package'"},
		{"a backquote in the tree", inFunction("\trec.Expect('a: b')"), "a: b`c\n", "backquote"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			source := []byte(quoted(test.source))
			c, err := findCall("p_test.go", source, 4)
			if err == nil {
				_, err = replaceText(source, c, test.tree)
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}
