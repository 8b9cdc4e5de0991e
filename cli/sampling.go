package cli

import (
	"bufio"
	"bytes"
	"context"

	"tracelab/cli/draw"
	"tracelab/cli/show"
	"tracelab/internal/redact"
	"tracelab/lab/sampling"
)

// samplingCommand runs policies, one after the other, under the same load.
type samplingCommand struct {
	Policy   []string `sep:"none" placeholder:"FILE" help:"Also run the policy in FILE. - is standard input. Can be repeated."`
	Requests int      `help:"Number of requests for each policy." default:"10000" placeholder:"N"`
	Errors   string   `help:"Share of requests that fail, such as 1% or 0.01." default:"1%" placeholder:"SHARE"`
	Seed     uint64   `help:"Seed of the requests, their trace IDs and failures." default:"1" placeholder:"N"`
	Format   string   `help:"Output format: ${enum}." enum:"text,json" default:"text"`
	Print    string   `help:"Print the file of a built-in policy, to copy and change: ${policies}." values:"policies" placeholder:"NAME"`
}

func (c samplingCommand) Run(ctx context.Context, env *environment, g given) error {
	if c.Print != "" {
		if err := g.noEffect("--print", "--policy", "--requests", "--errors", "--seed", "--format"); err != nil {
			return err
		}
		text, err := sampling.Text(c.Print)
		if err != nil {
			return usageError("unknown policy %q: want %s%s", c.Print, oneOf(sampling.Names()),
				closest(c.Print, sampling.Names()))
		}
		_, err = env.stdout.Write(text)
		return err
	}
	load := sampling.DefaultLoad()
	load.Requests, load.Seed = c.Requests, c.Seed
	if c.Requests < 1 || c.Requests > sampling.MaxRequests {
		return usageError("--requests is %d: want 1 to %d", c.Requests, sampling.MaxRequests)
	}
	var err error
	if load.Errors, err = sampling.ParseShare(c.Errors); err != nil {
		return usageError("--errors: %w", err)
	}
	policies, err := c.policies(ctx, env)
	if err != nil {
		return err
	}
	results, err := runPolicies(ctx, env, policies, load)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(env.stdout)
	if c.Format == "json" {
		err = show.JSON(w, "policies", results)
	} else {
		err = show.Sampling(w, env.width, load, results)
	}
	if err != nil {
		return err
	}
	return w.Flush()
}

// policies are the built-in ones, and those of the files.
func (c samplingCommand) policies(ctx context.Context, env *environment) ([]sampling.Policy, error) {
	policies, err := sampling.Builtin()
	if err != nil {
		return nil, err
	}
	for _, name := range c.Policy {
		policy, err := readPolicy(ctx, env, name)
		if err != nil {
			return nil, err
		}
		policies = append(policies, policy)
	}
	return policies, nil
}

func readPolicy(ctx context.Context, env *environment, name string) (sampling.Policy, error) {
	name, text, err := readInput(ctx, env, name)
	if err != nil {
		return sampling.Policy{}, err
	}
	policy, err := sampling.ParsePolicy(name, bytes.TrimPrefix(text, []byte(byteOrderMark)))
	if err != nil {
		return sampling.Policy{}, &exitError{exitUsage, err}
	}
	return policy, nil
}

func runPolicies(ctx context.Context, env *environment, policies []sampling.Policy,
	load sampling.Load,
) ([]*sampling.Result, error) {
	progress := newProgress(env.stderr)
	defer progress.done()
	var results []*sampling.Result
	for _, policy := range policies {
		policy.Name = draw.Clean(redact.Text(policy.Name)) // it comes from a file
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
