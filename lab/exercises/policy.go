package exercises

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"tracelab/lab/sampling"
	tsampling "tracelab/telemetry/sampling"
)

// The load of ex3, and the greatest cost of its traces, as a share of the cost of all.
const (
	policyRequests = 4000
	policyWrites   = 0.05
	policyBudget   = 0.14
)

// policyTask is ex3. The seed determines the requests, and which of them fail.
type policyTask struct {
	seed     uint64
	requests int
}

// policyWords returns the placeholders in the text of ex3, each followed by its value.
func policyWords() []string {
	return []string{"[budget]", fmt.Sprintf("%.0f %%", 100*policyBudget), "[requests]", fmt.Sprint(policyRequests)}
}

// grade runs the policy on the system, and grades what it has kept.
func (t policyTask) grade(ctx context.Context, answer string) (Grade, error) {
	policy, err := sampling.ParsePolicy("answer", []byte(answer), sampling.Routes())
	if err != nil {
		return Grade{}, err
	}
	load := sampling.DefaultLoad()
	load.Requests, load.Writes, load.Seed = t.requests, policyWrites, t.seed
	result, err := sampling.Run(ctx, policy, load)
	if err != nil {
		return Grade{}, fmt.Errorf("%w: %w", ErrNotRun, err)
	}
	var g Grade
	gradeCost(&g, policy, result)
	gradeWrites(&g, policy, result)
	gradeErrors(&g, policy, result)
	gradeLosses(&g, policy, result)
	return g, nil
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

func kept(k sampling.Kept) string { return fmt.Sprintf("%d of %d", k.Kept, k.Of) }

func gradeCost(g *Grade, policy sampling.Policy, r *sampling.Result) {
	asked := fmt.Sprintf("the cost is at most %.0f %% of keeping everything", 100*policyBudget)
	has := fmt.Sprintf("%s: %d of %d traces, %d of %d bytes", percent(r.Bytes.Share()), r.Traces.Kept, r.Traces.Of,
		r.Bytes.Kept, r.Bytes.Of)
	if math.Round(1000*r.Bytes.Share()) <= 1000*policyBudget { // as precisely as it is printed
		g.pass(asked, has, "")
		return
	}
	const enough = 0.01
	var reads []string
	for _, route := range sampling.Routes() {
		if share := headShare(policy, route); share > enough && strings.HasPrefix(route, "GET ") {
			reads = append(reads, fmt.Sprintf("%s of %s", percent(share), route))
		}
	}
	switch {
	case len(reads) > 0 && (policy.Tail == nil || policy.Tail.Rest > enough):
		g.fail(asked, has,
			fmt.Sprintf("The head samples %s. There are many of these reads, and they are alike: one of a hundred "+
				"shows as much.", strings.Join(reads, ", and ")))
	default:
		g.fail(asked, has, "The reads that the head samples aren't the cause: look at the other rules of the tail.")
	}
}

// headShare is the share of a route's traces that the head samples.
func headShare(policy sampling.Policy, route string) float64 {
	if share, ok := policy.Head.Routes[route]; ok {
		return share
	}
	return policy.Head.Default
}

func gradeWrites(g *Grade, policy sampling.Policy, r *sampling.Result) {
	const asked = "every trace of a write is kept"
	if r.Writes.Kept == r.Writes.Of {
		g.pass(asked, kept(r.Writes), "Each write changes something, so any of them may have to be explained later.")
		return
	}
	if lost(r) {
		g.fail(asked, kept(r.Writes), "Some were dropped because the buffer was full, before they ended: see below.")
		return
	}
	why := ""
	for _, route := range sampling.Routes() {
		if share := headShare(policy, route); share < 1 && !strings.HasPrefix(route, "GET ") {
			why += fmt.Sprintf("The head samples %s of %s. ", percent(share), route)
		}
	}
	if policy.Tail != nil && policy.Tail.Rest < 1 {
		why += fmt.Sprintf("The tail keeps %s of the rest, and can't distinguish a write from a read: let the head "+
			"choose, and keep all that it has sampled. ", percent(policy.Tail.Rest))
	}
	g.fail(asked, kept(r.Writes),
		strings.TrimSpace(
			why+"A write is recognized by its route, which the head sampler has: routes: {POST /tasks: 100%, …}.",
		))
}

func gradeErrors(g *Grade, policy sampling.Policy, r *sampling.Result) {
	const asked = "every trace with an error is kept"
	switch {
	case r.Errors.Kept == r.Errors.Of && policy.Tail == nil:
		g.pass(asked, kept(r.Errors),
			"The head sampled every trace with an error in this run; with another load it may drop some.")
	case r.Errors.Kept == r.Errors.Of:
		g.pass(asked, kept(r.Errors), "The spans of each trace were held until it ended.")
	case policy.Tail == nil:
		g.fail(asked, kept(r.Errors),
			"The head decides when a trace begins, before an error can happen: it loses errors at the rate at which it drops "+
				"traces. Keeping them takes a tail: errors: true.")
	case lost(r):
		g.fail(asked, kept(r.Errors),
			"Some were dropped because the buffer was full, before their error happened: see below.")
	case !policy.Tail.Errors:
		g.fail(asked, kept(r.Errors), "The tail received them, but isn't configured to keep them: errors: true.")
	default:
		g.fail(asked, kept(r.Errors),
			"The tail keeps errors, but decided about some traces before their error happened: a longer window or "+
				"message_wait, or a larger buffer, waits for the work after the queue.")
	}
}

func lost(r *sampling.Result) bool { return len(r.Lost()) > 0 }

// gradeLosses grades the spans that were dropped although the policy might have kept them.
func gradeLosses(g *Grade, policy sampling.Policy, r *sampling.Result) {
	if policy.Tail == nil {
		return
	}
	const asked = "nothing was dropped because the buffer was full"
	if !lost(r) {
		g.pass(asked, "0 spans", "")
		return
	}
	var losses []string
	for _, why := range r.Lost() {
		losses = append(losses, fmt.Sprintf("%d spans (%s)", r.Tail.Dropped[why], why))
	}
	why := "When the buffer is full, traces in it are decided before they end."
	if slices.Contains(r.Lost(), tsampling.DropFull) {
		why += " A larger buffer, or a shorter window, holds the traces until they end."
	}
	g.fail(asked, strings.Join(losses, ", "), why)
}
