package scenarios_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/tools/txtar"

	"tracelab/internal/slow"
	"tracelab/lab/scenarios"
	"tracelab/telemetry"
	"tracelab/tracetree"
)

var update = flag.Bool("update", false,
	"write the trees and findings of the scenarios as they are now into their files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func all(t testing.TB) []*scenarios.Scenario {
	t.Helper()
	list, err := scenarios.All()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// run runs a scenario in a bubble, where time costs none.
func run(t *testing.T, s *scenarios.Scenario) (o *scenarios.Outcome) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var err error
		if o, err = s.Run(t.Context(), telemetry.Config{}); err != nil {
			t.Fatal(err)
		}
	})
	return o
}

// Each file is its own test: the tree, the findings, the answers and every claim of the story.
func TestEveryScenarioIsAsItSays(t *testing.T) {
	for _, s := range all(t) {
		t.Run(s.Name, func(t *testing.T) {
			o := run(t, s)
			if *update {
				rewrite(t, s, o)
				return
			}
			if o.Report != nil {
				t.Errorf("the tree differs:\n%s", o.Report)
			}
			for _, wrong := range o.Wrong {
				t.Error(wrong)
			}
			if len(s.Claims) == 0 {
				t.Error("the story claims nothing that the run could show")
			}
		})
	}
}

func TestEveryFileIsInTheListAndEveryFixIsThere(t *testing.T) {
	names, err := filepath.Glob("library/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(filepath.Base(name), ".txtar")
	}
	slices.Sort(names) // without their endings they sort otherwise
	listed := slices.Sorted(slices.Values(scenarios.Names()))
	if diff := cmp.Diff(names, listed); diff != "" {
		t.Errorf("files and list (-files +list):\n%s", diff)
	}
	for _, s := range all(t) {
		if s.Fix != "" && !slices.Contains(listed, s.Fix) {
			t.Errorf("%s names %s to be compared with, which isn't there", s.Name, s.Fix)
		}
	}
}

// rewrite writes the tree and the findings into the file; the story stays, and may have become
// wrong.
func rewrite(t *testing.T, s *scenarios.Scenario, o *scenarios.Outcome) {
	t.Helper()
	source, err := scenarios.Source(s.Name)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(source)
	var findings strings.Builder
	has := func(name string) bool {
		return slices.ContainsFunc(archive.Files, func(f txtar.File) bool { return f.Name == name })
	}
	if !has("tree") && !s.Played() {
		archive.Files = append(archive.Files, txtar.File{Name: "tree"})
	}
	if !has("findings") && len(o.Findings.Findings) > 0 {
		archive.Files = append(archive.Files, txtar.File{Name: "findings"})
	}
	for _, f := range o.Findings.Findings {
		findings.WriteString(scenarios.Expected{Severity: f.Severity, Check: f.Check, Label: f.Label}.String() + "\n")
	}
	for i := range archive.Files {
		switch file := &archive.Files[i]; {
		case file.Name == "tree" && !s.Played():
			file.Data = []byte(tracetree.Format(o.Checked))
		case file.Name == "findings":
			file.Data = []byte(findings.String())
		}
	}
	if text := txtar.Format(archive); !bytes.Equal(text, source) {
		if err := os.WriteFile(filepath.Join("library", s.Name+".txtar"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Nothing depends on timing. In a bubble the schedule still varies; what the fakes take is what
// they take outside.
func TestEveryScenarioGivesTheSameTreeEachTime(t *testing.T) {
	for _, s := range all(t) {
		t.Run(s.Name, func(t *testing.T) {
			first := run(t, s)
			want := tracetree.Format(first.Forest)
			for range slow.Times(99, 1) {
				o := run(t, s)
				if diff := cmp.Diff(want, tracetree.Format(o.Checked)); diff != "" {
					t.Fatalf("tree (-first +later):\n%s", diff)
				}
				if diff := cmp.Diff(hops(first), hops(o)); diff != "" {
					t.Fatalf("on the wire (-first +later):\n%s", diff)
				}
			}
		})
	}
}

// hops are what went over the wire, without the values.
func hops(o *scenarios.Outcome) []string {
	var list []string
	for _, hop := range o.Wire {
		text := hop.From + " → " + hop.To + " " + hop.Protocol
		for _, field := range hop.Fields {
			text += " " + field.Name
		}
		list = append(list, text)
	}
	return list
}

// Outside of a bubble, too, where time is as it is, and others need it as well. The checks pair
// calls without a CLIENT span by time, which a busy machine blurs, so only the tree has to be the
// same.
func TestEveryScenarioGivesItsTreeInRealTime(t *testing.T) {
	for _, s := range all(t) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel() // most of them wait
			for range slow.Times(3, 1) {
				o, err := s.Run(t.Context(), telemetry.Config{})
				if err != nil {
					t.Fatal(err)
				}
				if o.Report != nil {
					t.Fatalf("the tree differs:\n%v", o.Report)
				}
			}
		})
	}
}

// If the checks can find a fault, their first finding names it. docs/scenarios.md lists the faults
// that they can't find.
func TestChecksNameTheCauseOfEveryMysteryThatTheyCanSee(t *testing.T) {
	seen, unseen := map[string]bool{}, map[string]bool{}
	for seed := range uint64(slow.Times(200, 100)) {
		m, err := scenarios.Mystery(seed)
		if err != nil {
			t.Fatal(err)
		}
		o := run(t, m)
		if m.Cause == "" {
			unseen[m.Name] = true
			if len(o.Findings.Findings) > 0 {
				t.Errorf("seed %d: %s says that the checks can't see it, and they find %s", seed, m.Name,
					o.Findings.Findings[0].Seen)
			}
			continue
		}
		seen[m.Name] = true
		id, text, _ := strings.Cut(m.Cause, ": ")
		if len(o.Findings.Findings) == 0 {
			t.Errorf("seed %d: %s: nothing is found", seed, m.Name)
			continue
		}
		first := o.Findings.Findings[0]
		said := strings.Join(append([]string{first.Seen}, first.Causes...), "\n")
		if first.Check != id || !strings.Contains(said, text) {
			t.Errorf("seed %d: %s: the first finding is %s, and says\n%s\nwant %q", seed, m.Name, first.Check, said, m.Cause)
		}
	}
	for _, s := range all(t) {
		if s.Mystery != "" && !seen[s.Name] && !unseen[s.Name] {
			t.Errorf("no seed has chosen %s", s.Name)
		}
	}
}

func TestMysteryDependsOnItsSeedAlone(t *testing.T) {
	different := map[string]bool{}
	for seed := range uint64(20) {
		first, err := scenarios.Mystery(seed)
		if err != nil {
			t.Fatal(err)
		}
		again, err := scenarios.Mystery(seed)
		if err != nil {
			t.Fatal(err)
		}
		want := tracetree.Format(run(t, first).Forest)
		if diff := cmp.Diff(want, tracetree.Format(run(t, again).Forest)); diff != "" {
			t.Errorf("seed %d (-first +again):\n%s", seed, diff)
		}
		different[want] = true
	}
	if len(different) < 20 {
		t.Errorf("20 seeds give %d different trees, want each to be another one", len(different))
	}
}
