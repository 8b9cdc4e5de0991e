package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tracelab/cli/show"
	"tracelab/internal/source"
	"tracelab/internal/words"
	"tracelab/tracetree"
)

// expectCommand compares the traces in files with an expected tree.
type expectCommand struct {
	Files  []string `arg:"" optional:"" name:"file" help:"Trace files of any known format, also compressed. - is standard input."`
	Tree   string   `required:"" help:"File with the expected trees, in the notation." placeholder:"FILE"`
	Any    bool     `help:"Require at least one trace to match, and ignore the others." xor:"mode"`
	All    bool     `help:"Require the traces to be exactly the expected trees, including their number." xor:"mode"`
	Full   bool     `help:"Compare all spans, including CLIENT spans that are folded by default."`
	Format string   `help:"Output format: ${enum}." enum:"text,json" default:"text"`

	Strict bool `help:"Refuse files with bad values, truncated documents or lines that aren't traces. By default, only their bad parts are skipped, with a warning."`

	fromFlags
	findFlags
}

// Help is shown below the usage.
func (expectCommand) Help() string {
	return "By default every trace must be one of the expected trees, and every expected tree must occur at " +
		"least once. Trees with counts, such as 2x shop: POST /checkout, must occur that number of times."
}

func (c expectCommand) Run(ctx context.Context, env *environment, g given) error {
	pattern, err := readPattern(ctx, env, c.Tree)
	if err != nil {
		return err
	}
	in := c.input(c.Files, c.findFlags, c.Strict)
	forest, err := readForest(ctx, env, g, in)
	if err != nil {
		return err
	}
	comparison, err := c.compare(pattern, forest)
	if err != nil {
		return err
	}
	if comparison.Equal && comparison.Spans == 0 { // an export that failed has no error either
		return &exitError{exitFailed, fmt.Errorf("no spans in %s: want traces, also where none is expected", in.name())}
	}
	if err := show.Compared(env.stdout, comparison, c.Format); err != nil {
		return err
	}
	if !comparison.Equal {
		return &exitError{code: exitFailed}
	}
	return nil
}

// compare compares a forest with the expected one in the mode that the flags select.
func (c expectCommand) compare(pattern *tracetree.Pattern, forest *tracetree.Forest) (*show.Comparison, error) {
	var options []tracetree.Option
	if c.Any {
		options = append(options, tracetree.Any)
	}
	if c.Full {
		options = append(options, tracetree.Full)
	}
	result := &show.Comparison{Trees: forest.NumTops(), Spans: len(forest.Spans())}
	report := pattern.Match(forest, options...)
	switch {
	case report == nil:
		result.Equal = true
		return result, nil
	case c.Any && forest.NumTops() > 1:
		result.Report = nearest(pattern, forest, options)
		result.Head = fmt.Sprintf("None of %s is the expected one. The nearest of them:",
			words.Count(forest.NumTops(), "tree"))
		return result, nil
	case c.Any, c.All, !isSingle(pattern):
		result.Report = report
		return result, nil
	}
	return result, eachTree(result, pattern, forest, options, report)
}

// isSingle reports whether each tree of the pattern is expected once: its counts then leave open
// how often a capture may contain it.
func isSingle(pattern *tracetree.Pattern) bool {
	for _, line := range pattern.Lines() {
		if line.Depth == 0 && (line.Rest || line.Min != 1 || line.Max != 1) {
			return false
		}
	}
	return true
}

const hint = "Every trace must be one of the expected trees: use --any to require one matching trace, " +
	"--all to compare the traces as a whole."

// eachTree completes the comparison of each tree of the forest with the trees of the pattern. The
// report is that of the forest as a whole.
func eachTree(
	result *show.Comparison, pattern *tracetree.Pattern, forest *tracetree.Forest, options []tracetree.Option,
	report *tracetree.Report,
) error {
	expected, err := trees(pattern)
	if err != nil {
		return err
	}
	var first *tracetree.Report // of the first tree that is not expected
	found := make([]bool, len(expected))
	matched := 0
	for top := range forest.Tops() {
		tree := tracetree.Build(below(top))
		best, at := closestTree(expected, tree, options)
		if best == nil {
			found[at] = true
			matched++
			continue
		}
		result.Different++
		if first == nil {
			first = best
		}
	}
	switch {
	case result.Different > 0 && matched == 0 && forest.NumTops() <= 2*len(expected):
		// Few trees, and no expected one: probably pieces of one trace, which only the whole report
		// shows.
		result.Report = report
	case result.Different > 0:
		result.Head = fmt.Sprintf("%d of %s differ from the expected ones. The first of them:",
			result.Different, words.Count(forest.NumTops(), "tree"))
		result.Report, result.Hint = first, hint
	default:
		for i, tree := range expected {
			if !found[i] {
				result.Head = "An expected tree was not found:"
				result.Report, result.Hint = tree.Match(tracetree.Build(nil), options...), hint
				return nil
			}
		}
		result.Equal = true
	}
	return nil
}

// closestTree returns the report with the fewest differences between a forest and one of the
// patterns, and the index of that pattern. The report is nil if it matches.
func closestTree(
	patterns []*tracetree.Pattern, forest *tracetree.Forest, options []tracetree.Option,
) (best *tracetree.Report, at int) {
	for i, pattern := range patterns {
		report := pattern.Match(forest, options...)
		if report == nil {
			return nil, i
		}
		if best == nil || differences(report) < differences(best) {
			best, at = report, i
		}
	}
	return best, at
}

// trees returns the trees of a pattern as patterns.
func trees(pattern *tracetree.Pattern) ([]*tracetree.Pattern, error) {
	var texts []string
	for line := range strings.Lines(pattern.String()) {
		if len(texts) == 0 || !strings.HasPrefix(line, " ") && strings.TrimSpace(line) != "" {
			texts = append(texts, "")
		}
		texts[len(texts)-1] += line
	}
	patterns := make([]*tracetree.Pattern, len(texts))
	for i, text := range texts {
		var err error
		if patterns[i], err = tracetree.Parse(text); err != nil {
			return nil, fmt.Errorf("take the expected trees apart: %w", err)
		}
	}
	return patterns, nil
}

// readPattern reads a file of notation, or standard input.
func readPattern(ctx context.Context, env *environment, name string) (*tracetree.Pattern, error) {
	name, text, err := readInput(ctx, env, name)
	if err != nil {
		return nil, err
	}
	return parsePattern(name, text)
}

// parsePattern returns the trees in a file. A file without any was probably written by a command
// that failed.
func parsePattern(name string, text []byte) (*tracetree.Pattern, error) {
	notation := strings.TrimPrefix(string(text), byteOrderMark)
	pattern, err := tracetree.Parse(notation)
	if err == nil && len(pattern.Lines()) == 0 {
		err = source.At(name, notation, 1, 1, "found no tree: want at least one, such as shop: GET /cart (root)")
	}
	return pattern, inFile(name, 0, err)
}

// readForest reads all the spans of the input. Their secrets are not masked, because a comparison
// needs them; printing masks them.
func readForest(ctx context.Context, env *environment, g given, in input) (forest *tracetree.Forest, err error) {
	capture, err := openInputs(ctx, env, g, in)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, capture.close()) }()
	spans, err := capture.spans(ctx, env, nil)
	if err != nil {
		return nil, err
	}
	return tracetree.Build(spans), nil
}

// maxCandidates is the number of trees among which the nearest one is searched.
const maxCandidates = 200

// nearest returns the report of the tree with the fewest differences from the pattern, among the
// first maxCandidates trees.
func nearest(pattern *tracetree.Pattern, forest *tracetree.Forest, options []tracetree.Option) *tracetree.Report {
	var best *tracetree.Report
	tried := 0
	for top := range forest.Tops() {
		if tried++; tried > maxCandidates {
			break
		}
		report := pattern.Match(tracetree.Build(below(top)), options...)
		if report == nil {
			continue // it differs only next to the other trees
		}
		if best == nil || differences(report) < differences(best) {
			best = report
		}
	}
	return best
}

func differences(report *tracetree.Report) int {
	d := report.Differences
	return d.Missing + d.Unexpected + d.Marks + d.Statuses + d.Durations + d.Attributes + d.Orders + d.Moved
}

// below returns the spans of a tree.
func below(top tracetree.Node) []tracetree.Span {
	var spans []tracetree.Span
	todo := []tracetree.Node{top}
	for len(todo) > 0 {
		node := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		spans = append(spans, *node.Span())
		for child := range node.Children() {
			todo = append(todo, child)
		}
	}
	return spans
}
