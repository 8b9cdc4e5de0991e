package cli_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/cli/show"
	"tracelab/tracetree/stats"
)

func TestCriticalPathNamesClocksAndParallelSpans(t *testing.T) {
	const ms = time.Millisecond
	path := stats.Path{
		TraceID: "a1", Duration: 100 * ms, Whole: 350 * ms,
		Clocks: []stats.ClockDifference{{From: "a", To: "b", Ahead: 2000 * ms}, {From: "b", To: "c", Ahead: -30 * ms}},
		Spans: []stats.PathSpan{
			{Label: "a: GET /x", Total: 30 * ms},
			{Label: "b: GET /y", Total: 70 * ms, Parallel: &stats.Parallel{Label: "c: GET /z", Slack: 3 * ms}},
		},
	}
	var b strings.Builder
	if err := show.CriticalPath(&b, path); err != nil {
		t.Fatal(err)
	}
	const want = `trace a1 took 350ms, 250ms of it after its first span had ended
the clock of b is 2.00s ahead of that of a, by estimate from their calls; times are corrected for it
the clock of c is 30.0ms behind that of b, by estimate from their calls; times are corrected for it
` + "\x1b[2mwaited  share  for\x1b[m\n" + `30.0ms    30%  a: GET /x
70.0ms    70%  b: GET /y
c: GET /z ran in parallel to b: GET /y and ended 3.00ms earlier: making only one of them faster shortens the trace by that at most
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	path.Spans[1].Parallel.Slack = 0
	b.Reset()
	if err := show.CriticalPath(&b, path); err != nil {
		t.Fatal(err)
	}
	const together = "and ended no earlier: making only one of them faster doesn't shorten the trace\n"
	if !strings.HasSuffix(b.String(), together) {
		t.Errorf("got %q, want it to end with %q", b.String(), together)
	}
	path.Spans[1].Parallel.Slack = 30 * ms
	b.Reset()
	if err := show.CriticalPath(&b, path); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "parallel") {
		t.Errorf("a sibling that ended much earlier is named:\n%s", b.String())
	}
}
