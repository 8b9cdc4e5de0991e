package show

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"tracelab/cli/draw"
	"tracelab/lab/sampling"
)

// Sampling prints what each policy kept, the figures that would be concluded from that, and
// remarks. Only the last lines depend on the machine, so that equal seeds print equal tables.
func Sampling(w io.Writer, width int, load sampling.Load, results []*sampling.Result) error {
	return printSampling(w, width, fmt.Sprintf("%s to the system for each policy. In %s of them something fails.",
		requests(load.Requests), percent(load.Errors)),
		"in which the database took "+draw.Duration(sampling.SlowCall), results, nil)
}

// RecordedSampling prints what each policy would have kept of recorded traces, as [Sampling] does.
func RecordedSampling(w io.Writer, width int, recorded *sampling.Recorded, results []*sampling.Result) error {
	var notes []string
	if recorded.Sampled > 0 {
		notes = append(notes, fmt.Sprintf("%s of the recorded traces are a sample themselves, and stand for more: "+
			"all figures are about the capture.", Grouped(int64(recorded.Sampled))))
	}
	return printSampling(w, width, fmt.Sprintf("%s recorded traces with %s spans, for each policy.",
		Grouped(int64(recorded.Traces)), Grouped(int64(recorded.Spans))),
		"that took "+draw.Duration(recorded.Slow)+" or more", results, notes)
}

func printSampling(w io.Writer, width int, heading, slow string, results []*sampling.Result, notes []string) error {
	fmt.Fprint(w, Wrapped(heading, "", width)+"\n")
	if err := printKept(w, results); err != nil {
		return err
	}
	fmt.Fprint(w,
		"\n"+Wrapped("errors are traces with a span in ERROR, slow are traces "+slow+
			". cost is the share of the bytes that all spans take as OTLP.", "", width)+"\n")
	if err := printEstimates(w, results); err != nil {
		return err
	}
	fmt.Fprint(w,
		"\n"+Wrapped("These figures are concluded from the sample: each root span counts 1/ratio times, by the "+
			"ratio that it "+
			"records, and one that was kept for a reason counts once. ± is the 95 % confidence interval; where it is more "+
			"than half of "+
			"the figure, the sample can't tell. Failures are requests that were answered with an error.", "", width)+"\n")
	for _, remark := range append(remarks(results), notes...) {
		if _, err := fmt.Fprint(w, Listed("- ", remark, width)); err != nil {
			return err
		}
	}
	return nil
}

func printKept(w io.Writer, results []*sampling.Result) error {
	all := results[0] // the load is the same for each
	rows := [][]string{{
		"(everything)", Grouped(all.Traces.Of), Grouped(all.Spans.Of), Grouped(all.Errors.Of), Grouped(all.Slow.Of),
		Grouped(all.Writes.Of),
		percent(1),
	}}
	for _, r := range results {
		rows = append(rows, []string{
			r.Policy, Grouped(r.Traces.Kept), Grouped(r.Spans.Kept),
			keptOf(r.Errors, all.Errors), keptOf(r.Slow, all.Slow), keptOf(r.Writes, all.Writes),
			percent(r.Bytes.Share()),
		})
	}
	return draw.Table(w, policyColumns("traces", "spans", "errors", "slow", "writes", "cost"), rows)
}

func printEstimates(w io.Writer, results []*sampling.Result) error {
	rows := [][]string{{"(everything)", count(results[0].Requests.True), count(results[0].Failures.True)}}
	for _, r := range results {
		rows = append(rows, []string{r.Policy, estimated(r.Requests), estimated(r.Failures)})
	}
	return draw.Table(w, policyColumns("requests", "failures"), rows)
}

func estimated(e sampling.Estimate) string {
	switch {
	case !e.Reliable():
		return "can't tell"
	case e.Margin == 0:
		return count(e.Value)
	}
	return count(e.Value) + " ± " + count(e.Margin)
}

func count(n float64) string { return Grouped(int64(math.Round(n))) }

func policyColumns(heads ...string) []draw.Column {
	columns := []draw.Column{{Head: "policy"}}
	for _, head := range heads {
		columns = append(columns, draw.Column{Head: head, Right: true})
	}
	return columns
}

// remarks returns what the tables show, in sentences.
func remarks(results []*sampling.Result) []string {
	var remarks []string
	add := func(format string, args ...any) { remarks = append(remarks, fmt.Sprintf(format, args...)) }
	for _, r := range results {
		name := Bold(r.Policy)
		if r.Errors.Of > 0 { // whether the check errors-kept would pass
			mark := "✓ "
			if r.Errors.Kept < r.Errors.Of {
				mark = "✗ "
			}
			name = mark + name
		}
		switch {
		case r.Errors.Of == 0: // the seed or the load has none
		case r.Tail == nil && r.Errors.Kept < r.Errors.Of && (r.Writes.Of == 0 || r.Writes.Kept < r.Writes.Of):
			add("%s kept %s of %s errors: it decides when a trace begins, before it is known how the trace ends.",
				name, Grouped(r.Errors.Kept), Grouped(r.Errors.Of))
		case r.Tail == nil && r.Errors.Kept < r.Errors.Of:
			add("%s kept all %s writes, and of the errors %s of %s: errors of reads are still left to chance.",
				name, Grouped(r.Writes.Of), Grouped(r.Errors.Kept), Grouped(r.Errors.Of))
		case r.Tail != nil && r.Errors.Kept == r.Errors.Of:
			add("%s kept all %s errors, %s of %s slow traces and %s of %s writes, for %s of the cost.",
				name, Grouped(r.Errors.Of), Grouped(r.Slow.Kept), Grouped(r.Slow.Of),
				Grouped(r.Writes.Kept), Grouped(r.Writes.Of), percent(r.Bytes.Share()))
		default:
			add("%s kept %s of %s errors.", name, Grouped(r.Errors.Kept), Grouped(r.Errors.Of))
		}
		if r.Tail != nil && r.Tail.PeakBytes > 0 {
			add("%s held %s of spans at most while it waited; this depends on the machine.", Bold(r.Policy),
				megabytes(r.Tail.PeakBytes))
		}
		if r.Partial > 0 {
			add("%s tore %s traces: some of their spans were exported, and some not.", Bold(r.Policy), Grouped(int64(r.Partial)))
		}
		for _, why := range r.Lost() {
			add("%s dropped %s spans against its policy: %s.", Bold(r.Policy), Grouped(r.Tail.Dropped[why]), why)
		}
	}
	return remarks
}

// keptOf returns the number kept. The table's first row has the number that there was, unless it is
// another one for this policy.
func keptOf(k, all sampling.Kept) string {
	if k.Of == all.Of {
		return Grouped(k.Kept)
	}
	return Grouped(k.Kept) + " of " + Grouped(k.Of)
}

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

// Grouped writes a number with a comma at every thousand.
func Grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
