package code

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A Problem is what is wrong with an exercise of a pack, for its author.
type Problem struct{ Exercise, Part, Message string }

func (p Problem) String() string { return fmt.Sprintf("%s: %s: %s", p.Exercise, p.Part, p.Message) }

// Check runs the tests of exercises on all their parts: they have to fail on the broken code and on
// each near-solution, and to pass on the solution. All parts are packages of one module, so that
// what they import is compiled once.
func Check(ctx context.Context, list []*Exercise, origin Origin) ([]Problem, error) {
	dir, err := os.MkdirTemp("", "tracelab-pack-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	module, err := moduleFiles(origin)
	if err != nil {
		return nil, fmt.Errorf("check pack: %w", err)
	}
	if err := writeAll(dir, module); err != nil {
		return nil, fmt.Errorf("check pack: %w", err)
	}
	for _, e := range list {
		for _, part := range e.parts() {
			files, err := e.variant(part)
			if err != nil {
				return nil, err
			}
			if err := writeAll(filepath.Join(dir, e.Name, part), files); err != nil {
				return nil, fmt.Errorf("check pack: %w", err)
			}
		}
	}
	packages, err := goTest(ctx, dir, "./...")
	if err != nil {
		return nil, err
	}
	tested := map[string]testedPackage{}
	for _, p := range packages {
		tested[p.path] = p
	}
	var problems []Problem
	for _, e := range list {
		for _, part := range e.parts() {
			if message := judge(tested["exercise/"+e.Name+"/"+part], part); message != "" {
				problems = append(problems, Problem{e.Name, part, message})
			}
		}
	}
	return problems, nil
}

// parts returns the parts that have a service each.
func (e *Exercise) parts() []string { return append([]string{brokenPart, solutionPart}, e.Near...) }

// judge returns what is wrong with a part, or an empty text.
func judge(p testedPackage, part string) string {
	passed := allPassed(p.results)
	switch {
	case p.build != "":
		return "it doesn't compile:\n" + strings.TrimSpace(p.build)
	case len(p.results) == 0:
		return "no test ran: want one in test/"
	case part == solutionPart && !passed:
		var failed []string
		for _, r := range p.results {
			if !r.Passed {
				failed = append(failed, r.Test+":\n"+r.Output)
			}
		}
		return "the tests fail, want them to pass: " + strings.Join(failed, "\n")
	case part != solutionPart && passed:
		return "the tests pass, want one to fail"
	}
	return ""
}
