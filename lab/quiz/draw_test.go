package quiz_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/lab/quiz"
	"tracelab/tracetree/check"
)

func TestQuestionsAreComplete(t *testing.T) {
	all := questions(t)
	if len(all) < 15 {
		t.Errorf("%d questions, want at least 15", len(all))
	}
	known := map[string]bool{}
	for _, c := range check.All() {
		known[c.ID] = true
	}
	for _, q := range all {
		if !strings.HasSuffix(q.Ask, "?") {
			t.Errorf("%s asks %q", q.Name, q.Ask)
		}
		for _, id := range q.Finds {
			if !known[id] {
				t.Errorf("%s: there is no check %s", q.Name, id)
			}
		}
		seen := map[string]bool{}
		for _, o := range q.Options {
			if o.Why == "" || o.Text == "" || seen[o.Text] || seen[o.Why] {
				t.Errorf("%s: option %+v is not one of its own", q.Name, o)
			}
			seen[o.Text], seen[o.Why] = true, true
		}
	}
}

func TestQuestionsAreAboutTheLesson(t *testing.T) {
	var terms []string
	for _, q := range questions(t) {
		terms = append(terms, q.Term)
	}
	about := strings.Join(terms, "; ")
	for _, term := range []string{
		"trace", "span", "parent", "propagation", "head sampling", "tail sampling", "baggage", "attributes and baggage",
		"link", "orphan", "lost context",
		"cardinality", "sensitive data", "error status", "clock skew", "critical path", "batch consumer", "N+1",
	} {
		if !strings.Contains(about, term) {
			t.Errorf("no question is about %s", term)
		}
	}
}

// sorted returns questions and their options in a fixed order.
func sorted(questions []quiz.Question) []quiz.Question {
	questions = slices.SortedFunc(slices.Values(questions),
		func(a, b quiz.Question) int { return cmp.Compare(a.Name, b.Name) })
	for i := range questions {
		questions[i].Options = slices.SortedFunc(slices.Values(questions[i].Options),
			func(a, b quiz.Option) int { return cmp.Compare(a.Text, b.Text) })
	}
	return questions
}

// Draw selects and shuffles: every drawn question is one of the given ones, unchanged and without
// repetition; the same seed draws the same.
func TestLawDrawing(t *testing.T) {
	all := questions(t)
	before := questions(t)
	law.Check(t, func(rt *rapid.T) {
		seed, n := rapid.Uint64().Draw(rt, "seed"), rapid.IntRange(-1, len(all)+2).Draw(rt, "n")
		drawn := quiz.Draw(all, seed, n)
		if want := max(0, min(n, len(all))); len(drawn) != want {
			rt.Fatalf("%d questions, want %d", len(drawn), want)
		}
		if diff := gocmp.Diff(drawn, quiz.Draw(all, seed, n)); diff != "" {
			rt.Errorf("the same seed draws differently:\n%s", diff)
		}
		byName := map[string]quiz.Question{}
		for _, q := range sorted(all) {
			byName[q.Name] = q
		}
		for _, q := range sorted(drawn) {
			if diff := gocmp.Diff(byName[q.Name], q); diff != "" {
				rt.Errorf("not one of the questions, or twice (-want +got):\n%s", diff)
			}
			delete(byName, q.Name)
		}
		if diff := gocmp.Diff(before, all); diff != "" {
			rt.Errorf("drawing changed what it drew from:\n%s", diff)
		}
	})
}

// The right option is equally likely in each position.
func TestTheRightOptionIsAnywhere(t *testing.T) {
	all := questions(t)
	places := map[int]int{}
	const seeds = 200
	for seed := range uint64(seeds) {
		for _, q := range quiz.Draw(all, seed, len(all)) {
			places[slices.IndexFunc(q.Options, func(o quiz.Option) bool { return o.Right })]++
		}
	}
	for place, n := range places {
		if share := float64(n) / float64(seeds*len(all)); share < 0.2 || share > 0.3 {
			t.Errorf("option %d is right in %.2f of the questions", place, share)
		}
	}
}
