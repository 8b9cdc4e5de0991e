package cli

import (
	"bufio"
	"context"
	"errors"
	"strings"

	"tracelab/cli/show"
	"tracelab/internal/words"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec"
)

// checkCommand finds what is wrong with the traces in files.
type checkCommand struct {
	Files  []string `arg:"" optional:"" name:"file" help:"Trace files of any known format, also compressed. - is standard input."`
	Expect string   `help:"Also compare the traces with the expected tree in FILE." placeholder:"FILE"`
	FailOn string   `help:"Exit with 1 for findings of at least this severity: ${enum}." enum:"error,warning,info,none" default:"error"`
	Config string   `help:"Configuration of the checks, in YAML: levels, limits, and the I/O that routes require." placeholder:"FILE"`
	Format string   `help:"Output format: ${enum}." enum:"text,json,junit,markdown,github" default:"text"`

	Strict     bool `help:"Refuse files with bad values, truncated documents or lines that aren't traces. By default, only their bad parts are skipped, with a warning."`
	AllowEmpty bool `help:"Accept files without spans. By default they are an error, so that a lost capture does not pass."`

	fromFlags
	findFlags
}

// Help is shown below the usage.
func (checkCommand) Help() string {
	return "Exits with 1 if there are findings at or above --fail-on or the tree is not the expected one, 2 if the " +
		"files can't be read or have no spans, and 0 otherwise."
}

func (c checkCommand) Run(ctx context.Context, env *environment, g given) (err error) {
	config, err := readConfig(ctx, env, c.Config)
	if err != nil {
		return err
	}
	var expected *tracetree.Pattern
	if c.Expect != "" {
		if expected, err = readPattern(ctx, env, c.Expect); err != nil {
			return err
		}
	}
	capture, err := openInputs(ctx, env, g, c.input(c.Files, c.findFlags, c.Strict))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, capture.close()) }()
	in, err := c.read(ctx, env, capture)
	if err != nil {
		return err
	}
	if len(in.Forest.Spans())+len(in.InvalidIDs) == 0 && !c.AllowEmpty {
		return c.noSpans(capture)
	}
	checked := show.Checked{
		Checks: check.All(), Traces: show.TracesOf(in.Forest), Spans: len(in.Forest.Spans()),
		Result: check.Run(check.All(), in, config),
	}
	if expected != nil {
		if report := expected.Match(in.Forest); report != nil {
			checked.Report = show.Masked(report)
		}
	}
	w := bufio.NewWriter(env.stdout)
	if err := errors.Join(checked.Write(w, c.Format), w.Flush()); err != nil {
		return err
	}
	if checked.Report != nil || c.FailOn != "none" && checked.Worst() >= severities[c.FailOn] {
		return &exitError{code: exitFailed}
	}
	return nil
}

// noSpans returns the error about files without spans.
func (c checkCommand) noSpans(capture *capture) error {
	has := ""
	for _, warning := range capture.warnings {
		if warning.Kind == codec.SkippedSignal {
			has = "it has logs and metrics only; "
		}
	}
	return usageError("no spans in %s: %swant traces, or --allow-empty", strings.Join(capture.names(), ", "), has)
}

var severities = map[string]check.Severity{"error": check.Error, "warning": check.Warning, "info": check.Info}

// read reads all spans without masking them: checks find secrets. The findings are masked.
func (c checkCommand) read(ctx context.Context, env *environment, capture *capture) (check.Input, error) {
	var in check.Input
	var spans []tracetree.Span
	err := capture.each(ctx, env, func(batch []tracetree.Span) error {
		spans = append(spans, batch...)
		return nil
	})
	for _, warning := range capture.warnings {
		switch warning.Kind {
		case codec.InvalidID:
			in.InvalidIDs = append(in.InvalidIDs, warning.String())
		case codec.Microseconds:
			in.Microseconds = true
		}
	}
	in.Forest = tracetree.Build(spans)
	return in, err
}

// checksCommand documents the checks.
type checksCommand struct {
	ID     string `arg:"" optional:"" help:"The check to explain. Without it, all checks are listed."`
	Format string `help:"Output format: ${enum}." enum:"text,json" default:"text"`
}

func (c checksCommand) Run(env *environment) error {
	checks := check.All()
	if c.ID == "" {
		return show.Checks(env.stdout, checks, c.Format)
	}
	for _, known := range checks {
		if known.ID == c.ID {
			return show.Check(env.stdout, known, c.Format)
		}
	}
	return usageError("unknown check %q: want one that tracelab checks lists%s", c.ID, words.Closest(c.ID, ids(checks)))
}
