package show

import (
	"fmt"
	"io"
	"strconv"

	"tracelab/cli/draw"
	"tracelab/lab/sampling"
)

// printSampling prints what each policy has kept, what one would conclude from
// that, and what is to be seen in it.
func Sampling(w io.Writer, width int, load sampling.Load, results []*sampling.Result) error {
	fmt.Fprintf(w, "%s to the system for each policy. In %s of them something fails.\n\n", requests(load.Requests), percent(load.Errors))
	if err := printKept(w, results); err != nil {
		return err
	}
	fmt.Fprint(w, "\n"+Wrapped("errors and slow are traces: with a span in ERROR, and of "+draw.Duration(sampling.SlowBound)+
		" or more from first start to last end. cost is the share of the bytes that all spans take as OTLP, held the most that the "+
		"tail sampler had to hold while it waited.", "", width)+"\n")
	if err := printOff(w, results); err != nil {
		return err
	}
	fmt.Fprint(w, "\n"+Wrapped("So far off are the routes' figures that one gets from the sample, each trace scaled up by the ratio on its "+
		"root span: failures in points of a percentage. A trace that was kept for a reason stands for itself alone.", "", width)+"\n")
	if load.Requests < fewRequests {
		fmt.Fprintf(w, "With so few requests, samples of them say little: try %s or more.\n\n", requests(fewRequests))
	}
	for _, remark := range remarks(results) {
		if _, err := fmt.Fprint(w, Listed("- ", remark, width)); err != nil {
			return err
		}
	}
	return nil
}

func printKept(w io.Writer, results []*sampling.Result) error {
	all := results[0] // the load is the same for each
	rows := [][]string{{
		"(everything)", Grouped(all.Traces.Of), Grouped(all.Spans.Of), Grouped(all.Errors.Of), Grouped(all.Slow.Of), Grouped(all.Writes.Of),
		megabytes(all.Bytes.Of), percent(1),
	}}
	for _, r := range results {
		rows = append(rows, []string{
			r.Policy, Grouped(r.Traces.Kept), Grouped(r.Spans.Kept),
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
		name := Bold(r.Policy)
		switch {
		case r.Errors.Of == 0: // the seed or the load has none
		case r.Tail == nil && r.Errors.Kept < r.Errors.Of && r.Writes.Kept < r.Writes.Of:
			add("%s kept %s of %s errors: the decision falls when a trace begins, before anybody knows how it ends.",
				name, Grouped(r.Errors.Kept), Grouped(r.Errors.Of))
		case r.Tail == nil && r.Errors.Kept < r.Errors.Of:
			add("%s kept all %s writes, and of the errors %s of %s: those of reads are still left to chance.",
				name, Grouped(r.Writes.Of), Grouped(r.Errors.Kept), Grouped(r.Errors.Of))
		case r.Tail != nil && r.Errors.Kept == r.Errors.Of:
			add("%s kept all %s errors, %s of %s slow traces and %s of %s writes, for %s of the cost.",
				name, Grouped(r.Errors.Of), Grouped(r.Slow.Kept), Grouped(r.Slow.Of),
				Grouped(r.Writes.Kept), Grouped(r.Writes.Of), percent(r.Bytes.Share()))
		default:
			add("%s kept %s of %s errors.", name, Grouped(r.Errors.Kept), Grouped(r.Errors.Of))
		}
		if r.Partial > 0 {
			add("%s tore %s traces: some of their spans were exported, and some not.", name, Grouped(int64(r.Partial)))
		}
		for _, why := range r.Lost() {
			add("%s dropped %s spans against its policy: %s.", name, Grouped(r.Tail.Dropped[why]), why)
		}
	}
	return remarks
}

// keptOf is how many were kept. Of how many stands in the table's first row, unless
// it is another number for this policy.
func keptOf(k, all sampling.Kept) string {
	if k.Of == all.Of {
		return Grouped(k.Kept)
	}
	return Grouped(k.Kept) + " of " + Grouped(k.Of)
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
	return Grouped(int64(n)) + " requests"
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
func Grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
