package code_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/internal/slow"
	"tracelab/internal/source"
	"tracelab/lab/exercises/code"
)

// origin is this repository.
func origin(t *testing.T) code.Origin {
	t.Helper()
	dir, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	return code.Origin{Files: os.DirFS(dir), Dir: dir}
}

func builtin(t *testing.T) []*code.Exercise {
	t.Helper()
	list, err := code.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// quickest is the exercise whose tests are compiled soonest.
const quickest = "span-end"

func find(t *testing.T, name string) *code.Exercise {
	t.Helper()
	list := builtin(t)
	return list[slices.IndexFunc(list, func(e *code.Exercise) bool { return e.Name == name })]
}

// Each exercise is red at first, green with its solution, and red for each near-solution. A quick
// run checks one of them.
func TestBuiltinExercises(t *testing.T) {
	list := builtin(t)
	if len(list) < 10 {
		t.Errorf("%d exercises, want 10 or more", len(list))
	}
	if !slow.Enabled() {
		list = []*code.Exercise{find(t, quickest)}
	}
	problems, err := code.Check(t.Context(), list, origin(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// A pack whose parts behave other than they have to is reported, part by part.
func TestCheckFindsWhatIsWrongWithAPack(t *testing.T) {
	const test = "-- test/a_test.go --\npackage exercise\n\nimport \"testing\"\n\n" +
		"func TestDouble(t *testing.T) {\n\tforInputs(t, func(t *testing.T, in input) {\n" +
		"\t\tif got := Double(in.N); got != 2*in.N {\n\t\t\tt.Errorf(\"got %d\", got)\n\t\t}\n\t})\n}\n"
	part := func(name, result string) string {
		return "-- " + name + "/a.go --\npackage exercise\n\nfunc Double(n int) int { return " + result + " }\n"
	}
	e, err := code.Parse("double.txtar", []byte("title: T\nlesson: L\n\nTask.\n-- hint --\nA.\n-- hint --\nB.\n"+test+
		part("broken", "n + n")+part("solution", "3 * n")+
		// A result for one input only is refused, as there are two.
		part("near1", "8")+part("near2", "2 * n")+part("near3", "x")))
	if err != nil {
		t.Fatal(err)
	}
	problems, err := code.Check(t.Context(), []*code.Exercise{e}, origin(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range problems {
		first, _, _ := strings.Cut(p.String(), "\n")
		got = append(got, first)
	}
	want := []string{
		"double: broken: the tests pass, want one to fail",
		"double: solution: the tests fail, want them to pass: double:",
		"double: near2: the tests pass, want one to fail",
		"double: near3: it doesn't compile:",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A learner's directory is graded with the tests of the exercise, whatever the directory has.
func TestGradeUsesTheExercisesTests(t *testing.T) {
	e := find(t, quickest)
	dir := filepath.Join(t.TempDir(), "mine")
	if err := e.Write(dir, origin(t)); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	grade := func() ([]code.Result, error) { return e.Grade(t.Context(), dir) }

	write("service_test.go", "package exercise\n\nimport \"testing\"\n\nfunc TestNothing(*testing.T) {}\n")
	write("inputs_test.go", "package exercise\n\nfunc broken( {\n")
	write("more_test.go", "package exercise\n\nfunc TestMain() {}\n")
	results, err := grade()
	if err != nil || len(results) != 1 || results[0].Passed || !strings.Contains(results[0].Output, "TRACELAB_SEED=") ||
		results[0].Test != "each reservation ends with its work" {
		t.Errorf("with other tests, the broken code has %+v, %v", results, err)
	}

	_, solution, _ := strings.Cut(e.Solution(), "\n")
	write("service.go", solution)
	if results, err = grade(); err != nil || len(results) != 1 || !results[0].Passed {
		t.Errorf("the solution has %+v, %v", results, err)
	}

	write("service.go", "package exercise\n\nfunc (\n")
	var build *code.BuildError
	if _, err = grade(); !errors.As(err, &build) || !strings.Contains(err.Error(), "service.go:4") {
		t.Errorf("code that doesn't compile has the error %v", err)
	}
	if err := e.Write(dir, origin(t)); err == nil || !strings.Contains(err.Error(), "want an empty directory") {
		t.Errorf("writing into a directory with files: %v", err)
	}
	if _, err := e.Grade(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "exercise start") {
		t.Errorf("an empty directory: %v", err)
	}
}

// The packages that an exercise has are those that its tests import.
func TestPackagesAreComplete(t *testing.T) {
	command := exec.CommandContext(t.Context(), "go", "list", "-deps", "./tracetree/treetest", "./fakes")
	command.Dir = "../../.."
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for line := range strings.Lines(string(out)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "tracelab/"); ok {
			want = append(want, name)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, code.Packages()); diff != "" {
		t.Errorf("(-imported +listed):\n%s", diff)
	}
}

func TestBadPacksAreRefusedWithTheirPlace(t *testing.T) {
	file := func(replace ...string) string {
		text := "title: T\nlesson: L\n\nTask.\n-- hint --\nA.\n-- hint --\nB.\n-- test/a_test.go --\npackage exercise\n" +
			"-- broken/a.go --\npackage exercise\n-- solution/a.go --\npackage exercise\n" +
			"-- near1/a.go --\npackage exercise\n-- near2/a.go --\npackage exercise\n-- near3/a.go --\npackage exercise\n"
		return strings.NewReplacer(replace...).Replace(text)
	}
	if _, err := code.Parse("a.txtar", []byte(file())); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		reason, name, text string
		line               int
		want               string
	}{
		{"name of the file", "A b.txtar", file(), 1, "want lower-case letters"},
		{"not text", "a.txtar", "\xff", 1, "UTF-8"},
		{"unknown key", "a.txtar", file("lesson", "about"), 2, `found "about: L" at the top`},
		{"title twice", "a.txtar", file("lesson: L", "title: L"), 2, "want one line title"},
		{"no task", "a.txtar", file("Task.\n", ""), 1, "no task"},
		{"unknown section", "a.txtar", file("near1/a.go", "near/a.go"), 15, "unknown section"},
		{"a path", "a.txtar", file("near1/a.go", "near1/../a.go"), 15, "unknown section"},
		{"section twice", "a.txtar", file("near2", "near1"), 17, "is there twice"},
		{"test of a learner", "a.txtar", file("broken/a.go", "broken/a_test.go"), 11, "want it in test/"},
		{"name that is taken", "a.txtar", file("test/a_test", "test/inputs_test"), 9, "every exercise has"},
		{"package", "a.txtar", file("broken/a.go --\npackage exercise", "broken/a.go --\npackage a"), 11, "package exercise"},
		{"one hint", "a.txtar", file("-- hint --\nB.\n", ""), 18, "1 hints"},
		{"no solution", "a.txtar", file("solution/a.go", "near4/a.go"), 20, "lacks a part"},
		{"two near-solutions", "a.txtar", file("near3/a.go", "test/b_test.go"), 20, "2 near-solutions"},
		{"file that isn't broken", "a.txtar", file("near3/a.go", "near3/b.go"), 20, "isn't among the files of broken"},
	}
	for _, tt := range tests {
		_, err := code.Parse(tt.name, []byte(tt.text))
		var mistake *source.Error
		if !errors.As(err, &mistake) || mistake.Line != tt.line || !strings.Contains(mistake.Message, tt.want) {
			t.Errorf("%s: %v, want line %d and %q", tt.reason, err, tt.line, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("title: T\nlesson: L\n\nTask.\n-- hint --\nA.\n-- broken/a.go --\npackage exercise\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, err := code.Parse("a.txtar", text); err == nil && (e.Title == "" || len(e.Near) < 3 || e.Solution() == "") {
			t.Errorf("accepted without a title, near-solutions or a solution: %+v", e)
		}
	})
}
