package quiz_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tracelab/lab/quiz"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec/fromsdk"
	"tracelab/tracetree/play"
)

func questions(t testing.TB) []quiz.Question {
	t.Helper()
	all, err := quiz.Questions()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every tree is realistic: it can be played, the result is the tree, and the checks find exactly
// what the question lists.
func TestTreesAreReal(t *testing.T) {
	for _, q := range questions(t) {
		t.Run(q.Name, func(t *testing.T) {
			pattern, err := tracetree.Parse(q.Tree)
			if err != nil {
				t.Fatal(err)
			}
			if tidy, err := tracetree.Tidy(q.Tree); err != nil || tidy != q.Tree {
				t.Errorf("the tree is\n%s\nwhose usual form is\n%s (%v)", q.Tree, tidy, err)
			}
			played, err := play.Record(t.Context(), pattern, time.Unix(1e9, 0))
			if err != nil {
				t.Fatal(err)
			}
			forest := tracetree.Build(fromsdk.Spans(played))
			if report := pattern.Match(forest); report != nil {
				t.Errorf("what was played isn't the tree:\n%s", report)
			}
			var found []string
			for _, f := range check.Run(check.All(), check.Input{Forest: forest}, check.Config{}).Findings {
				found = append(found, f.Check)
			}
			slices.Sort(found)
			if diff := cmp.Diff(q.Finds, slices.Compact(found), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("what the checks find (-want +got):\n%s", diff)
			}
		})
	}
}
