package check

import (
	"fmt"
	"time"

	"tracelab/tracetree/clock"
)

func clockSkew() Check {
	return Check{
		ID:       "clock-skew",
		Title:    "the clocks of two processes differ",
		Severity: Info,
		Doc: `Two processes of which most calls begin before they were made, or after they have ended: by one clock, neither can be.
The finding is one for each pair of processes. It estimates how far the callee's clock is ahead or late, from all calls
between the two.

The waterfall draws the callee's spans at the wrong place, and what compares times across the two processes, such as the
time that a message waits, is off by as much. Durations within one process are right.

Synchronize the clocks of all hosts (NTP, or the platform's time service), and use the time of the host, not one of the
browser or the device. Tools that correct the times of a trace hide the difference; they don't remove it.`,
		Lesson: []string{"realistic durations"},
		bad: []example{{
			Why: "the server's clock is late",
			Spans: `
				span=1 service=shop kind=client name=GET start=0s end=10ms
				span=2 parent=1 service=prices kind=server name="GET /prices" start=-40ms end=-32ms`,
		}},
		good: []example{{
			Why: "the server's span ends after its answer has arrived: it had more to do",
			Spans: `
				span=1 service=shop kind=client name=GET start=0s end=10ms
				span=2 parent=1 service=prices kind=server name="GET /prices" start=3ms end=45ms`,
		}},
		run: func(p *pass) {
			for _, skew := range p.clocks().Skews() {
				reportClockSkew(p, skew)
			}
		},
	}
}

// clocks returns the differences between the clocks of the forest. They are estimated once.
func (in *Input) clocks() *clock.Offsets {
	if in.offsets == nil {
		in.offsets = clock.Estimate(in.Forest)
	}
	return in.offsets
}

func reportClockSkew(p *pass, skew clock.Skew) {
	to, from := processText(skew.To), processText(skew.From)
	if skew.To.Service == skew.From.Service && skew.To.Instance == "" {
		to = "another instance of " + to
	}
	direction := "ahead of"
	offset := skew.Offset
	if offset < 0 {
		direction, offset = "behind", -offset
	}
	f := p.Report(skew.Example,
		fmt.Sprintf("the clock of %s is about %s %s that of %s: %d of %d calls between them begin outside the time of "+
			"their callers",
			to, round(offset), direction, from, skew.Shown, skew.Calls),
		"clocks that differ by less than a call takes",
		"the clocks of the two hosts are not synchronized",
		"times are set by hand, or come from a browser or a device",
		"the callers do not wait for the answers")
	if above, ok := p.Forest.Node(skew.Example).Parent(); ok {
		f.Related = append(f.Related, refTo(above.Span()))
	}
}

func processText(p clock.Process) string {
	if p.Instance == "" {
		return p.Service
	}
	return p.Service + " (" + p.Instance + ")"
}

// round leaves three digits or so of a duration that is an estimate.
func round(d time.Duration) time.Duration {
	unit := time.Nanosecond
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}
