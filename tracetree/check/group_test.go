package check_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// Findings of one check about one service with one cause are one finding.
func TestFindingsAreGrouped(t *testing.T) {
	in := spansIn(t, `
		trace=1 span=1 service=shop name=a
		trace=1 span=2 service=shop name=b
		trace=1 span=3 service=shop name=c
		trace=1 span=4 service=stock name=d
		trace=1 span=5 service=shop name=e`)
	expected := map[string]string{"e": "another thing"}
	each := func(p *check.Pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
		want := "span 7 below it"
		if e, ok := expected[s.Name]; ok {
			want = e
		}
		p.Report(i, fmt.Sprintf("after %dms", i), want, "x").Others = i // each stands for i others, too
	}
	whole := func(p *check.Pass) {
		p.Report(-1, "trace 1", "x")
		p.Report(-1, "trace 2", "x")
	}
	one := check.Custom("one", check.Warning, each, nil)
	two := check.Custom("two", check.Warning, each, whole)
	r := check.Run([]check.Check{one, two}, check.Input{Forest: tracetree.Build(in.Spans)}, check.Config{})
	type row struct {
		Check, Label, Seen string
		Also               int
	}
	var got []row
	for _, f := range r.Findings {
		got = append(got, row{f.Check, f.Label, f.Seen, len(f.Also)})
	}
	want := []row{
		{"one", "shop: a", "after 0ms (and on 5 other spans)", 2}, // b stands for 1, c for 2 others
		{"one", "stock: d", "after 3ms (and on 3 other spans)", 0},
		{"one", "shop: e", "after 4ms (and on 4 other spans)", 0},
		{"two", "", "trace 1", 0},
		{"two", "", "trace 2", 0},
		{"two", "shop: a", "after 0ms (and on 5 other spans)", 2},
		{"two", "stock: d", "after 3ms (and on 3 other spans)", 0},
		{"two", "shop: e", "after 4ms (and on 4 other spans)", 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// Grouping only counts findings: none is lost, and none is counted twice.
func TestGroupingLosesNothing(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		in := inputFrom(t, file)
		spans := func(r check.Result) map[string]int {
			counts := map[string]int{}
			for _, f := range r.Findings {
				counts[f.Check+" "+f.Service] += 1 + f.Others
			}
			return counts
		}
		each, grouped := check.RunEach(check.All(), in, check.Config{}), check.Run(check.All(), in, check.Config{})
		if diff := cmp.Diff(spans(each), spans(grouped)); diff != "" {
			t.Errorf("%s: spans of the findings by check and service (-each +grouped):\n%s", file, diff)
		}
	}
}

// Calls between different pairs of services, and different operations, stay apart.
func TestDifferentCausesStayApart(t *testing.T) {
	in := spansIn(t, `
		trace=1 span=1 service=shop kind=server name=a
		trace=1 span=2 parent=1 service=stock kind=server name=b
		trace=2 span=1 service=cart kind=server name=a
		trace=2 span=2 parent=1 service=stock kind=server name=b
		trace=3 span=1 service=shop kind=server name=a
		trace=3 span=2 parent=1 service=stock kind=server name=b`)
	r := check.Run([]check.Check{checkNamed(t, "kind-edge")}, check.Input{Forest: tracetree.Build(in.Spans)},
		check.Config{})
	wantSeen(t, r, []string{
		"warning: a SERVER span of stock is directly below a SERVER span of shop (and on 1 other span)",
		"warning: a SERVER span of stock is directly below a SERVER span of cart",
	})
}
