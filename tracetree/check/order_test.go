package check_test

import (
	"slices"
	"testing"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// Exporters send spans in any order. The findings don't depend on it, except for
// which of several spans a finding names.
func TestOrderOfSpansDoesNotMatter(t *testing.T) {
	foundIn := func(in check.Input, config check.Config) []string {
		var ids []string
		for _, f := range check.RunEach(check.All(), in, config).Findings {
			ids = append(ids, f.Severity.String()+" "+f.Check)
		}
		slices.Sort(ids)
		return ids
	}
	for _, c := range check.All() {
		for _, example := range slices.Concat(c.Examples()) {
			in := exampleInput(t, example)
			want := foundIn(in, example.Config)
			spans := slices.Clone(in.Forest.Spans())
			slices.Reverse(spans)
			in.Forest = tracetree.Build(spans)
			if got := foundIn(in, example.Config); !slices.Equal(got, want) {
				t.Errorf("%s, %s: backwards %v are found, forwards %v", c.ID, example.Why, got, want)
			}
		}
	}
}
