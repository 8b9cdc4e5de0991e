package exercises

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tracelab/internal/words"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec/fromsdk"
	"tracelab/tracetree/play"
)

// play plays the answer and runs the checks over the spans. An answer that can't be played gets a
// failed verdict, and so does each error or warning of the checks. The returned error is not about
// the answer.
func (c *checkout) play(ctx context.Context) error {
	const asked = "it can be played"
	recorded, err := play.Record(ctx, c.pattern, time.Unix(1_700_000_000, 0))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		c.grade.fail(asked, strings.TrimPrefix(err.Error(), "play notation: "),
			"The plan is played as real spans, and this part can't be played. Fix it; tracelab simulate shows the "+
				"spans of a tree.")
		return nil
	}
	played := fromsdk.Spans(recorded)
	c.grade.pass(asked, words.Count(len(played), "span")+", with the CLIENT halves of calls", "")
	c.check(played)
	return nil
}

// check makes a verdict of each error and warning that the checks find, up to a few.
func (c *checkout) check(played []tracetree.Span) {
	const most = 5
	checks := check.All()
	titles := map[string]string{}
	for _, k := range checks {
		titles[k.ID] = k.Title
	}
	n := 0
	for _, f := range check.Run(checks, check.Input{Forest: tracetree.Build(played)}, check.Config{}).Findings {
		if f.Severity < check.Warning {
			continue
		}
		if f.Check == "required-attributes" && strings.Contains(f.Label, ".client.") &&
			strings.Contains(f.Seen, "server.address") {
			// Unlike the name of an HTTP call, that of an RPC's CLIENT span doesn't contain the
			// host.
			c.grade.note("%s: the host of an RPC is an attribute, as in {server.address=pay.example.com}", f.Label)
			continue
		}
		if n++; n > most {
			continue
		}
		has := f.Seen
		if f.Label != "" {
			has += ", at " + f.Label
		}
		c.grade.fail("the check "+f.Check, has,
			fmt.Sprintf("%s. Expected: %s. More: tracelab checks %s", titles[f.Check], f.Expected, f.Check))
	}
	switch {
	case n == 0:
		c.grade.pass("the checks", "no findings", "")
	case n > most:
		c.grade.fail("the checks", fmt.Sprintf("and %d more findings", n-most), "Fix the first ones, and try again.")
	}
}
