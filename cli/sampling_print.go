package cli

import (
	"fmt"
	"io"
	"strconv"

	"tracelab/cli/draw"
	"tracelab/lab/sampling"
)

// printSampling prints what each policy has kept, what one would conclude from
// that, and what is to be seen in it.
func printSampling(w io.Writer, width int, load sampling.Load, results []*sampling.Result) error {
	fmt.Fprintf(w, "%s to the system for each policy. In %s of them something fails.\n\n", requests(load.Requests), percent(load.Errors))
	if err := printKept(w, results); err != nil {
		return err
	}
	fmt.Fprint(w, "\n"+wrapped("errors and slow are traces: with a span in ERROR, and of "+draw.Duration(sampling.SlowBound)+
		" or more from first start to last end. cost is the share of the bytes that all spans take as OTLP, held the most that the "+
		"tail sampler had to hold while it waited.", "", width)+"\n")
	if err := printOff(w, results); err != nil {
		return err
	}
	fmt.Fprint(w, "\n"+wrapped("So far off are the routes' figures that one gets from the sample, each trace scaled up by the ratio on its "+
		"root span: failures in points of a percentage. A trace that was kept for a reason stands for itself alone.", "", width)+"\n")
	if load.Requests < fewRequests {
		fmt.Fprintf(w, "With so few requests, samples of them say little: try %s or more.\n\n", requests(fewRequests))
	}
	for _, remark := range remarks(results) {
		if _, err := fmt.Fprint(w, listed("- ", remark, width)); err != nil {
			return err
		}
	}
	return nil
}

func printKept(w io.Writer, results []*sampling.Result) error {
	all := results[0] // the load is the same for each
	rows := [][]string{{
		"(everything)", grouped(all.Traces.Of), grouped(all.Spans.Of), grouped(all.Errors.Of), grouped(all.Slow.Of), grouped(all.Writes.Of),
		megabytes(all.Bytes.Of), percent(1),
	}}
	for _, r := range results {
		rows = append(rows, []string{
			r.Policy, grouped(r.Traces.Kept), grouped(r.Spans.Kept),
			keptOf(r.Errors, all.Errors), keptOf(r.Slow, all.Slow), keptOf(r.Writes, all.Writes),
			megabytes(r.Bytes.Kept), percent(r.Bytes.Share()), held(r),
		})
	}
	return draw.Table(w, policyColumns("traces", "spans", "errors", "slow", "writes", "exported", "cost", "held"), rows)
}

func printOff(w io.Writer, results []*sampling.Result) error {
	var rows [][]string
	for _, r := range results {
		off := r.Off()
		rows = append(rows, []string{r.Policy, percent(off.Requests), fmt.Sprintf("%.2f", 100*off.Errors), percent(off.P95)})
	}
	return draw.Table(w, policyColumns("requests off by", "failures off by", "p95 off by"), rows)
}

func policyColumns(heads ...string) []draw.Column {
	columns := []draw.Column{{Head: "policy"}}
	for _, head := range heads {
		columns = append(columns, draw.Column{Head: head, Right: true})
	}
	return columns
}

// remarks say in words what the table shows.
func remarks(results []*sampling.Result) []string {
	var remarks []string
	add := func(format string, args ...any) { remarks = append(remarks, fmt.Sprintf(format, args...)) }
	for _, r := range results {
		name := bold(r.Policy)
		switch {
		case r.Errors.Of == 0: // the seed or the load has none
		case r.Tail == nil && r.Errors.Kept < r.Errors.Of && r.Writes.Kept < r.Writes.Of:
			add("%s kept %s of %s errors: the decision falls when a trace begins, before anybody knows how it ends.",
				name, grouped(r.Errors.Kept), grouped(r.Errors.Of))
		case r.Tail == nil && r.Errors.Kept < r.Errors.Of:
			add("%s kept all %s writes, and of the errors %s of %s: those of reads are still left to chance.",
				name, grouped(r.Writes.Of), grouped(r.Errors.Kept), grouped(r.Errors.Of))
		case r.Tail != nil && r.Errors.Kept == r.Errors.Of:
			add("%s kept all %s errors, %s of %s slow traces and %s of %s writes, for %s of the cost.",
				name, grouped(r.Errors.Of), grouped(r.Slow.Kept), grouped(r.Slow.Of),
				grouped(r.Writes.Kept), grouped(r.Writes.Of), percent(r.Bytes.Share()))
		default:
			add("%s kept %s of %s errors.", name, grouped(r.Errors.Kept), grouped(r.Errors.Of))
		}
		if r.Partial > 0 {
			add("%s tore %s traces: some of their spans were exported, and some not.", name, grouped(int64(r.Partial)))
		}
		for _, why := range r.Lost() {
			add("%s dropped %s spans against its policy: %s.", name, grouped(r.Tail.Dropped[why]), why)
		}
	}
	return remarks
}

// keptOf is how many were kept. Of how many stands in the table's first row, unless
// it is another number for this policy.
func keptOf(k, all sampling.Kept) string {
	if k.Of == all.Of {
		return grouped(k.Kept)
	}
	return grouped(k.Kept) + " of " + grouped(k.Of)
}

func held(r *sampling.Result) string {
	if r.Tail == nil {
		return "–"
	}
	return megabytes(r.Tail.PeakBytes)
}

// fewRequests is from how many on a sample of them says something.
const fewRequests = 1000

func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return grouped(int64(n)) + " requests"
}

func percent(share float64) string {
	switch percent := 100 * share; {
	case percent == 0 || percent >= 9.95:
		return fmt.Sprintf("%.0f %%", percent)
	default:
		return fmt.Sprintf("%.1f %%", percent)
	}
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

// grouped writes a number with a comma at every thousand.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
