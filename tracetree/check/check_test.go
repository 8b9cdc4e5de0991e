package check_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/check/internal/spantext"
	"tracelab/tracetree/codec/fromsdk"
	"tracelab/tracetree/play"
)

var update = flag.Bool("update", false, "write docs/checks.md")

// played returns the spans of a tree.
func played(t testing.TB, tree string) []tracetree.Span {
	t.Helper()
	pattern, err := tracetree.Parse(tree)
	if err != nil {
		t.Fatal(err)
	}
	spans, err := play.Record(t.Context(), pattern, time.Unix(1e9, 0))
	if err != nil {
		t.Fatal(err)
	}
	return fromsdk.Spans(spans)
}

// sample is what a check is run on: a tree that is played, or spans.
type sample struct {
	Tree   string
	Spans  []tracetree.Span
	Edit   func(*check.Input) // changes the input that was made of them, if not nil
	Config check.Config
}

func inputOf(t testing.TB, s sample) check.Input {
	t.Helper()
	spans := s.Spans
	if s.Tree != "" {
		spans = played(t, s.Tree)
	}
	in := check.Input{Forest: tracetree.Build(spans)}
	if s.Edit != nil {
		s.Edit(&in)
	}
	return in
}

// spansIn returns what a text describes, as package spantext reads it.
func spansIn(t testing.TB, text string) spantext.Input {
	t.Helper()
	in, err := spantext.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// exampleInput returns the input of an example of the documentation.
func exampleInput(t testing.TB, e check.Example) check.Input {
	t.Helper()
	if e.Tree != "" {
		return inputOf(t, sample{Tree: e.Tree})
	}
	in := spansIn(t, e.Spans)
	return check.Input{
		Forest: tracetree.Build(in.Spans), Recorded: in.Recorded, InvalidIDs: in.Unreadable, Microseconds: in.Microseconds,
	}
}

// Each check flags its bad examples, and none of its good ones.
func TestChecksHoldWhatTheyDocument(t *testing.T) {
	for _, c := range check.All() {
		t.Run(c.ID, func(t *testing.T) {
			flagged, clean := c.Examples()
			for _, bad := range flagged {
				if r := check.RunEach([]check.Check{c}, exampleInput(t, bad), bad.Config); len(r.Findings) == 0 {
					t.Errorf("not flagged: %s\n%s", bad.Why, bad.Tree+bad.Spans)
				}
			}
			for _, good := range clean {
				if r := check.RunEach([]check.Check{c}, exampleInput(t, good), good.Config); len(r.Findings) != 0 {
					t.Errorf("flagged: %s\n%s\n%+v", good.Why, good.Tree+good.Spans, r.Findings)
				}
			}
		})
	}
}

func TestEveryCheckIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range check.All() {
		bad, good := c.Examples()
		switch {
		case c.ID == "" || strings.ToLower(c.ID) != c.ID || strings.ContainsAny(c.ID, " _."):
			t.Errorf("id %q: want lower case with hyphens", c.ID)
		case seen[c.ID]:
			t.Errorf("%s is there twice", c.ID)
		case c.Title == "" || strings.HasSuffix(c.Title, "."):
			t.Errorf("%s: title %q: want a few words without a period", c.ID, c.Title)
		case strings.Count(strings.TrimSpace(c.Doc), "\n\n") < 2:
			t.Errorf("%s: the documentation has less than three paragraphs", c.ID)
		case c.Severity < check.Info:
			t.Errorf("%s has no severity", c.ID)
		case len(bad) == 0 || len(good) == 0:
			t.Errorf("%s: want an example that is flagged and one that is not", c.ID)
		case !c.Does():
			t.Errorf("%s does nothing", c.ID)
		}
		if _, err := os.Stat(strings.ReplaceAll(c.ID, "-", "_") + ".go"); err != nil {
			t.Errorf("%s is not in a file of its name: %v", c.ID, err)
		}
		seen[c.ID] = true
	}
}

// An example's text shows why it is flagged or not: the same text can't be both.
func TestExamplesDiffer(t *testing.T) {
	for _, c := range check.All() {
		shown := map[string]string{}
		for _, e := range slices.Concat(c.Examples()) {
			text := check.ExampleText(&e)
			if why, twice := shown[text]; twice {
				t.Errorf("%s: %q and %q have the same text:\n%s", c.ID, why, e.Why, text)
			}
			shown[text] = e.Why
		}
	}
}

const docs = "../../docs/checks.md"

func TestDocumentIsFresh(t *testing.T) {
	const head = `# The checks

The checks of ` + "`tracelab check`" +
		`: what each finds, why that matters and how to fix it. This page is generated from the
checks, and a test runs each on its examples. An example is a tree in the [notation](notation.md), or a list of spans where
the notation can't express it: a line for each span, with numbers as ids, attributes in braces, and times that count from a
common start. A config that is not the default is shown above the example.

`
	want := head + check.Markdown(check.All())
	if *update {
		if err := os.WriteFile(docs, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/checks.md is stale, run go test ./tracetree/check -update (-want +got):\n%s", diff)
	}
}

// A finding about a secret doesn't hold it.
func TestFindingsAreMasked(t *testing.T) {
	const secret = "ann@example.com"
	c := check.Custom("x", check.Info, func(p *check.Pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
		p.Report(i, "seen "+s.Name, "not "+s.Name, "a cause "+s.Name)
	}, nil)
	forest := tracetree.Build([]tracetree.Span{{TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{1}, Name: secret}})
	r := check.RunEach([]check.Check{c}, check.Input{Forest: forest}, check.Config{})
	if len(r.Findings) != 1 {
		t.Fatalf("%d findings, want 1", len(r.Findings))
	}
	f := r.Findings[0]
	if text := f.Seen + f.Expected + f.Label + strings.Join(f.Causes, ""); strings.Contains(text, secret) {
		t.Errorf("the finding has it: %+v", f)
	}
}

func TestConfigChangesAndSilencesChecks(t *testing.T) {
	c := check.Custom("x", check.Warning, nil, func(p *check.Pass) { p.Report(-1, "a", "b") })
	in := check.Input{Forest: tracetree.Build(nil)}
	raised := check.RunEach([]check.Check{c}, in,
		check.Config{Levels: map[string]check.Level{"x": {Severity: check.Error}}})
	if raised.Worst() != check.Error {
		t.Errorf("worst is %s, want error", raised.Worst())
	}
	off := check.RunEach([]check.Check{c}, in, check.Config{Levels: map[string]check.Level{"x": {Reason: "known"}}})
	if diff := cmp.Diff([]check.Silenced{{Check: "x", Reason: "known", Findings: 1}}, off.Silenced); diff != "" ||
		len(off.Findings) != 0 {
		t.Errorf("findings %v, silenced (-want +got):\n%s", off.Findings, diff)
	}
}
