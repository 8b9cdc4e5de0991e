package cli

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tracelab/cli/show"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/mask"
	"tracelab/tracetree/stats"
)

// diffCommand compares the traces in two files: their shapes, durations, errors and attributes. IDs
// and times of day are ignored.
type diffCommand struct {
	A          string   `arg:"" optional:"" help:"A trace file. - is standard input."`
	B          string   `arg:"" optional:"" help:"The trace file to compare it with. --from can replace either."`
	Full       bool     `help:"Compare all spans, including CLIENT spans that are folded by default."`
	Attributes bool     `help:"Compare the attributes of each operation's spans as well."`
	FailOn     []string `help:"Differences that make the command fail: shape, errors, attributes, slower, slower=20%." default:"shape" placeholder:"DIFFERENCE"`
	Format     string   `help:"Output format: ${enum}." enum:"text,json" default:"text"`

	Strict bool `help:"Refuse files with bad values, truncated documents or lines that aren't traces. By default, only their bad parts are skipped, with a warning."`

	fromFlags
	findFlags
}

func (c diffCommand) Run(ctx context.Context, env *environment, g given) error {
	if c.A == stdinName && c.B == stdinName {
		return usageError("only one of the files can be standard input")
	}
	fail, err := parseFailOn(c.FailOn)
	if err != nil {
		return err
	}
	if fail.attributes && !c.Attributes {
		return usageError("--fail-on attributes needs --attributes")
	}
	var options []tracetree.Option
	if c.Full {
		options = append(options, tracetree.Full)
	}
	inputs, err := c.inputs()
	if err != nil {
		return err
	}
	var forests [2]*tracetree.Forest
	for i, in := range inputs {
		if forests[i], err = readForest(ctx, env, g, in); err != nil {
			return err
		}
		if len(forests[i].Spans()) == 0 { // two exports that failed aren't the same
			return usageError("no spans in %s: want traces to compare", in.name())
		}
	}
	a, b := forests[0], forests[1]
	before, after := inputs[0].name(), inputs[1].name()
	d := show.Diff{Before: before, After: after, Spans: len(b.Spans())}
	if d.Shapes, err = diffShapes(a, b, options); err != nil {
		return fmt.Errorf("read the trees of %s: %w", before, err)
	}
	// Shapes are compared with their secrets, as two secrets are two names. Everything below is
	// printed as it is.
	a, b = masked(a), masked(b)
	d.Durations, d.Errors = stats.Compare(a, b), stats.CompareErrors(a, b)
	if c.Attributes {
		d.Attributes = stats.CompareAttributes(a, b)
	}
	d.FailedOn = fail.on(d)
	if err := show.PrintDiff(env.stdout, d, c.Format); err != nil {
		return err
	}
	if len(d.FailedOn) > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

// inputs returns what is compared: the files, then the backends.
func (c diffCommand) inputs() ([]input, error) {
	var inputs []input
	for _, file := range []string{c.A, c.B} {
		if file != "" {
			one := c.input([]string{file}, c.findFlags, c.Strict)
			one.from = nil
			inputs = append(inputs, one)
		}
	}
	for _, source := range c.From {
		one := c.input(nil, c.findFlags, c.Strict)
		one.from = []string{source}
		inputs = append(inputs, one)
	}
	if len(inputs) != 2 {
		return nil, usageError("%d files and backends are given: want two to compare", len(inputs))
	}
	return inputs, nil
}

// masked returns the forest of spans without their secrets. It changes the spans of the given one.
func masked(forest *tracetree.Forest) *tracetree.Forest {
	spans := forest.Spans()
	mask.Spans(spans)
	return tracetree.Build(spans)
}

// shape are the trees of a forest that are printed alike, apart from the order of siblings.
type shape struct {
	id   [sha256.Size]byte
	text string         // of the first of the trees
	top  tracetree.Node // of the first of the trees
}

// shapesOf returns the shapes of a forest in the order in which they occur, and the number of its
// trees.
func shapesOf(forest *tracetree.Forest, options []tracetree.Option) (shapes []shape, trees int) {
	seen := make(map[[sha256.Size]byte]bool)
	lines := tracetree.Lines(forest, options...)
	for len(lines) > 0 {
		end := slices.IndexFunc(lines, func(l tracetree.Line) bool { return l.Tree != lines[0].Tree })
		if end < 0 {
			end = len(lines)
		}
		trees++
		if id := identity(lines[:end]); !seen[id] {
			seen[id] = true
			var text strings.Builder
			for _, line := range lines[:end] {
				text.WriteString(line.Text + "\n")
			}
			top := lines[0].Node
			for above, ok := top.Parent(); ok; above, ok = top.Parent() {
				top = above // the CLIENT span that is folded into the line
			}
			shapes = append(shapes, shape{id, text.String(), top})
		}
		lines = lines[end:]
	}
	return shapes, trees
}

// identity returns a hash of the lines of a tree that doesn't depend on the order of siblings,
// which is by chance where they run in parallel. It goes from the last line to the first, so that
// the children of a line are complete when the line comes.
func identity(lines []tracetree.Line) [sha256.Size]byte {
	var id [sha256.Size]byte
	below := make(map[int][]string) // the hashes of lines whose parent has not come yet, by their depth
	for _, line := range slices.Backward(lines) {
		children := below[line.Depth+1]
		slices.Sort(children)
		id = sha256.Sum256([]byte(strings.TrimSpace(line.Text) + "\n" + strings.Join(children, "")))
		delete(below, line.Depth+1)
		below[line.Depth] = append(below[line.Depth], string(id[:]))
	}
	return id
}

// diffShapes compares the shapes of two forests: each shape once, however many trees have it.
func diffShapes(a, b *tracetree.Forest, options []tracetree.Option) (show.ShapeDiff, error) {
	before, n := shapesOf(a, options)
	after, m := shapesOf(b, options)
	d := show.ShapeDiff{Before: n, After: m}
	onlyBefore, onlyAfter := without(before, after), without(after, before)
	d.OnlyBefore, d.OnlyAfter = len(onlyBefore), len(onlyAfter)
	d.Both = len(before) - d.OnlyBefore
	if d.Same() {
		return d, nil
	}
	var text strings.Builder
	for _, s := range onlyBefore {
		text.WriteString(s.text + "\n")
	}
	pattern, err := tracetree.Parse(text.String())
	if err != nil {
		return d, err
	}
	var spans []tracetree.Span
	for _, s := range onlyAfter {
		spans = append(spans, below(s.top)...)
	}
	d.Report = pattern.Match(tracetree.Build(spans), options...)
	return d, nil
}

// without returns the shapes that others doesn't have.
func without(shapes, others []shape) []shape {
	ids := make(map[[sha256.Size]byte]bool, len(others))
	for _, s := range others {
		ids[s.id] = true
	}
	return slices.DeleteFunc(slices.Clone(shapes), func(s shape) bool { return ids[s.id] })
}

// failOn is the parsed value of --fail-on.
type failOn struct {
	shape, errors, attributes, slower bool
	// by is the least change of a median that counts as slower: 0.2 for slower=20%.
	by float64
}

func parseFailOn(list []string) (failOn, error) {
	const want = "want a list of shape, errors, attributes, slower, slower=20%"
	var f failOn
	for _, item := range list {
		name, value, given := strings.Cut(item, "=")
		switch {
		case name == "slower" && given:
			number, ok := strings.CutSuffix(value, "%")
			percent, err := strconv.ParseFloat(number, 64)
			if !ok || err != nil || !(percent > 0 && percent <= 1e6) {
				return f, usageError("--fail-on %s: %s; the change is above 0%%", item, want)
			}
			f.slower, f.by = true, percent/100
		case given:
			return f, usageError("--fail-on %s: %s", item, want)
		case name == "shape":
			f.shape = true
		case name == "errors":
			f.errors = true
		case name == "attributes":
			f.attributes = true
		case name == "slower":
			f.slower = true
		default:
			return f, usageError("--fail-on %s: %s", item, want)
		}
	}
	return f, nil
}

// on returns the differences that make the command fail.
func (f failOn) on(d show.Diff) []string {
	failed := []string{}
	if f.shape && !d.Shapes.Same() {
		failed = append(failed, "shape")
	}
	if f.errors && len(d.Errors) > 0 {
		failed = append(failed, "errors")
	}
	if f.attributes && len(d.Attributes) > 0 {
		failed = append(failed, "attributes")
	}
	if f.slower && slices.ContainsFunc(d.Durations, func(c stats.Comparison) bool {
		return c.Became(stats.Slower, f.by)
	}) {
		failed = append(failed, "slower")
	}
	return failed
}
