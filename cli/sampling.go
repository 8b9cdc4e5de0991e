package cli

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"tracelab/cli/draw"
	"tracelab/cli/show"
	"tracelab/internal/redact"
	"tracelab/internal/words"
	"tracelab/lab/sampling"
)

// samplingCommand runs policies, one after the other, under the same load or on the same recorded
// traces, or writes one for the Collector.
type samplingCommand struct {
	Policy      []string `sep:"none" placeholder:"FILE" help:"Also run the policy in FILE. - is standard input. Can be repeated."`
	Requests    int      `help:"Number of requests for each policy." default:"10000" placeholder:"N"`
	Errors      string   `help:"Share of requests that fail, such as 1% or 0.01." default:"1%" placeholder:"SHARE"`
	Seed        uint64   `help:"Seed of the requests, their trace IDs and failures." default:"1" placeholder:"N"`
	Format      string   `help:"Output format: ${enum}." enum:"text,json" default:"text"`
	Print       string   `help:"Print the file of a built-in policy, to copy and change: ${policies}." values:"policies" placeholder:"NAME"`
	ToCollector bool     `help:"Print the policy as a tail_sampling configuration of the OpenTelemetry Collector. Differences are in comments and on standard error."`

	Traces []string `group:"from" sep:"none" placeholder:"FILE" help:"Run the policies on the recorded traces in FILE, instead of requests. Can be repeated."`
	Strict bool     `group:"from" help:"Refuse files with bad values, truncated documents or lines that aren't traces. By default, only their bad parts are skipped, with a warning."`

	fromFlags
	findFlags
}

func (c samplingCommand) Run(ctx context.Context, env *environment, g given) error {
	own := []string{"--requests", "--errors", "--seed"}
	recorded := []string{
		"--traces", "--from", "--strict", "--lookback", "--traceql", "--service", "--operation", "--limit", "--trace",
	}
	switch {
	case c.Print != "":
		others := slices.Concat(own, recorded, []string{"--policy", "--format", "--to-collector"})
		if err := g.noEffect("--print", others...); err != nil {
			return err
		}
		return c.print(env)
	case c.ToCollector:
		if err := g.noEffect("--to-collector", slices.Concat(own, recorded, []string{"--format"})...); err != nil {
			return err
		}
		return c.toCollector(ctx, env)
	case len(c.Traces)+len(c.From) > 0:
		if err := g.noEffect("recorded traces", own...); err != nil {
			return err
		}
		return c.runRecorded(ctx, env, g)
	}
	if err := g.onlyFor("recorded traces: want --traces or --from", recorded...); err != nil {
		return err
	}
	return c.run(ctx, env)
}

func (c samplingCommand) print(env *environment) error {
	text, err := sampling.Text(c.Print)
	if err != nil {
		return usageError("unknown policy %q: want %s%s", c.Print, words.OneOf(sampling.Names()),
			words.Closest(c.Print, sampling.Names()))
	}
	_, err = env.stdout.Write(text)
	return err
}

func (c samplingCommand) run(ctx context.Context, env *environment) error {
	load := sampling.DefaultLoad()
	load.Requests, load.Seed = c.Requests, c.Seed
	if c.Requests < 1 || c.Requests > sampling.MaxRequests {
		return usageError("--requests is %d: want 1 to %d", c.Requests, sampling.MaxRequests)
	}
	var err error
	if load.Errors, err = sampling.ParseShare(c.Errors); err != nil {
		return usageError("--errors: %w", err)
	}
	policies, err := c.policies(ctx, env, sampling.Routes())
	if err != nil {
		return err
	}
	results, err := runPolicies(ctx, env, policies, load)
	if err != nil {
		return err
	}
	return c.show(env, results, func(w io.Writer) error { return show.Sampling(w, env.width, load, results) })
}

func (c samplingCommand) show(env *environment, results []*sampling.Result, text func(io.Writer) error) error {
	w := bufio.NewWriter(env.stdout)
	write := text
	if c.Format == "json" {
		write = func(w io.Writer) error { return show.JSON(w, "policies", results) }
	}
	if err := write(w); err != nil {
		return err
	}
	return w.Flush()
}

// toCollector prints the one policy that is given.
func (c samplingCommand) toCollector(ctx context.Context, env *environment) error {
	if len(c.Policy) != 1 {
		return usageError("--to-collector with %d policies: want one --policy FILE; --print writes a built-in one to a file",
			len(c.Policy))
	}
	policy, err := readPolicy(ctx, env, c.Policy[0], nil)
	if err != nil {
		return err
	}
	config, notes := sampling.CollectorConfig(policy)
	for _, note := range notes {
		fmt.Fprintf(env.stderr, "tracelab: %s\n", note)
	}
	_, err = io.WriteString(env.stdout, config)
	return err
}

// runRecorded lets the policies decide about traces of files and backends.
func (c samplingCommand) runRecorded(ctx context.Context, env *environment, g given) error {
	policies, err := c.policies(ctx, env, nil)
	if err != nil {
		return err
	}
	forest, err := readForest(ctx, env, g, c.input(c.Traces, c.findFlags, c.Strict))
	if err != nil {
		return err
	}
	recorded := sampling.NewRecorded(forest, slowBound(policies))
	if recorded.Spans == 0 {
		return usageError("no spans were read: want the traces of requests")
	}
	progress := newProgress(env.stderr)
	defer progress.done()
	var results []*sampling.Result
	for _, policy := range policies {
		progress.say("%s: %s…", policy.Name, words.Count(recorded.Traces, "trace"))
		result, err := sampling.RunRecorded(ctx, policy, recorded)
		if err != nil {
			return err
		}
		results = append(results, result)
	}
	return c.show(env, results, func(w io.Writer) error { return show.RecordedSampling(w, env.width, recorded, results) })
}

// slowBound is the shortest duration for which one of the policies keeps a trace.
func slowBound(policies []sampling.Policy) time.Duration {
	bound := sampling.SlowBound
	for _, p := range policies {
		if p.Tail != nil && p.Tail.Slow > 0 {
			bound = min(bound, p.Tail.Slow)
		}
	}
	return bound
}

// policies are the built-in ones, and those of the files, which may have the given routes, or any.
func (c samplingCommand) policies(ctx context.Context, env *environment, routes []string) ([]sampling.Policy, error) {
	policies, err := sampling.Builtin()
	if err != nil {
		return nil, err
	}
	for _, name := range c.Policy {
		policy, err := readPolicy(ctx, env, name, routes)
		if err != nil {
			return nil, err
		}
		policies = append(policies, policy)
	}
	return policies, nil
}

func readPolicy(ctx context.Context, env *environment, name string, routes []string) (sampling.Policy, error) {
	name, text, err := readInput(ctx, env, name)
	if err != nil {
		return sampling.Policy{}, err
	}
	policy, err := sampling.ParsePolicy(name, bytes.TrimPrefix(text, []byte(byteOrderMark)), routes)
	if err != nil {
		return sampling.Policy{}, &exitError{exitUsage, err}
	}
	policy.Name = draw.Clean(redact.Text(policy.Name))
	return policy, nil
}

func runPolicies(ctx context.Context, env *environment, policies []sampling.Policy,
	load sampling.Load,
) ([]*sampling.Result, error) {
	progress := newProgress(env.stderr)
	defer progress.done()
	var results []*sampling.Result
	for _, policy := range policies {
		load.Progress = func(requests int) {
			progress.say("%s: %s of %s requests…", policy.Name, show.Grouped(int64(requests)),
				show.Grouped(int64(load.Requests)))
		}
		result, err := sampling.Run(ctx, policy, load)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}
