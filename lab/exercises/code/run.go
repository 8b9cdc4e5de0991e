package code

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// A Result is the result of one test of an exercise.
type Result struct {
	// Test is what the test is about, from its name.
	Test   string
	Passed bool
	// Output is what the test printed. It has the seed, and of several inputs only the first that
	// fails.
	Output string
}

// ErrNoGo reports that the go command could not be run.
var ErrNoGo = errors.New("run go test")

// A BuildError reports that an answer doesn't compile.
type BuildError struct{ Output string }

func (e *BuildError) Error() string {
	return "the code doesn't compile:\n" + strings.TrimSpace(e.Output)
}

// Grade runs the tests of the exercise on the code in a directory that Write has written. The files
// in it that a learner isn't to change are taken from the exercise, and further tests are left out,
// so that a test that was changed changes nothing.
func (e *Exercise) Grade(ctx context.Context, dir string) ([]Result, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil || info.IsDir() {
		return nil, fmt.Errorf("%s isn't the directory of a code exercise: want one that tracelab exercise start made", dir)
	}
	temp, err := os.MkdirTemp("", "tracelab-exercise-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	overlay, err := e.overlay(dir, temp)
	if err != nil {
		return nil, err
	}
	packages, err := goTest(ctx, dir, "-overlay="+overlay, ".")
	if err != nil {
		return nil, err
	}
	for _, p := range packages {
		if p.build != "" {
			return nil, &BuildError{p.build}
		}
		if len(p.results) > 0 {
			return p.results, nil
		}
	}
	return nil, fmt.Errorf("%w: %s has no test that ran", ErrNoGo, dir)
}

// overlay writes the files of an exercise that a learner isn't to change, and a file that makes the
// go command use them instead of those in the learner's directory.
func (e *Exercise) overlay(dir, temp string) (string, error) {
	replace := map[string]string{}
	found, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return "", err
	}
	for _, name := range found {
		replace[name] = "" // deleted, unless it is one of the exercise
	}
	files, err := e.variant(brokenPart)
	if err != nil {
		return "", err
	}
	for name, text := range files {
		if _, own := e.files[brokenPart][name]; own {
			continue
		}
		to := filepath.Join(temp, name)
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(dir, name)] = to
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	to := filepath.Join(temp, "overlay.json")
	return to, os.WriteFile(to, text, 0o600)
}

// testedPackage is the result of the tests of one package.
type testedPackage struct {
	path    string
	build   string // what the compiler printed, if it failed
	results []Result
}

// event is a line of go test -json.
type event struct {
	Action, Package, ImportPath, Test, Output, FailedBuild string
}

// testTimeout is how long the tests of a package may take.
const testTimeout = 60 * time.Second

// goTest runs go test and returns the result of each package, in the order in which they ended.
func goTest(ctx context.Context, dir string, args ...string) ([]testedPackage, error) {
	args = append([]string{
		"test", "-json", "-vet=off", "-count=1", "-ldflags=-s -w", fmt.Sprintf("-timeout=%v", testTimeout),
	}, args...)
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOWORK=off")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, runErr := command.Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	packages, err := readEvents(out)
	if err == nil && len(packages) == 0 && runErr != nil {
		err = fmt.Errorf("%w\n%s", runErr, strings.TrimSpace(stderr.String()))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoGo, err)
	}
	return packages, nil
}

func readEvents(out []byte) ([]testedPackage, error) {
	built := map[string]*strings.Builder{}
	printed := map[[2]string]*strings.Builder{} // by package and test
	failed := map[[2]string]string{}            // the first failed subtest, by package and test
	results := map[string][]Result{}
	var packages []testedPackage
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("read the output of go test: %w: %s", err, lines.Text())
		}
		root, subtest, _ := strings.Cut(e.Test, "/")
		key := [2]string{e.Package, e.Test}
		switch e.Action {
		case "build-output":
			if built[e.ImportPath] == nil {
				built[e.ImportPath] = &strings.Builder{}
			}
			built[e.ImportPath].WriteString(e.Output)
		case "output":
			if printed[key] == nil {
				printed[key] = &strings.Builder{}
			}
			printed[key].WriteString(e.Output)
		case "pass", "fail":
			switch {
			case e.Test == "":
				p := testedPackage{path: e.Package, results: results[e.Package]}
				if out := built[e.FailedBuild]; e.FailedBuild != "" && out != nil {
					p.build = out.String()
				} else if e.Action == "fail" && allPassed(p.results) { // a panic, or the time is over
					p.results = append(p.results, Result{Test: "the tests end", Output: text(printed[key])})
				}
				packages = append(packages, p)
			case subtest != "":
				if of := [2]string{e.Package, root}; e.Action == "fail" && failed[of] == "" {
					failed[of] = text(printed[key]) // the other input shows the same mistake
				}
			default:
				results[e.Package] = append(results[e.Package], Result{
					Test: sentence(root), Passed: e.Action == "pass",
					Output: strings.TrimSpace(text(printed[key]) + "\n" + failed[key]),
				})
			}
		}
	}
	return packages, lines.Err()
}

func allPassed(results []Result) bool {
	for _, r := range results {
		if !r.Passed {
			return false
		}
	}
	return true
}

// frame matches the lines of go test that frame the output of tests.
var frame = regexp.MustCompile(`(?m)^\s*(=== |--- |PASS|FAIL|exit status).*\n?`)

// pasteable is the part of a message with the tree that was seen, which would only make the test
// wrong.
var pasteable = regexp.MustCompile(`(?ms)^[ \t]*Nothing happened for 1s\..*?$|^[ \t]*seen, to be pasted:.*\z`)

// text returns the output of a test without frames and without its common indentation.
func text(b *strings.Builder) string {
	if b == nil {
		return ""
	}
	out := pasteable.ReplaceAllString(frame.ReplaceAllString(b.String(), ""), "")
	lines := strings.Split(strings.ReplaceAll(strings.TrimRight(out, " \t\n"), "\t", "    "), "\n")
	indent := -1
	for _, line := range lines {
		if n := len(line) - len(strings.TrimLeft(line, " ")); n < len(line) && (indent < 0 || n < indent) {
			indent = n
		}
	}
	for i, line := range lines {
		lines[i] = strings.TrimRight(line[min(max(indent, 0), len(line)):], " ")
	}
	return strings.Join(lines, "\n")
}

// sentence returns the words of a test's name.
func sentence(test string) string {
	var b strings.Builder
	for i, r := range strings.TrimPrefix(test, "Test") {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
