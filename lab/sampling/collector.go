package sampling

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tracelab/telemetry/sampling"
)

// collectorTraces is how many undecided traces a Collector holds, as by default.
const collectorTraces = 50_000

// CollectorConfig returns the policy as a configuration of the Collector's tail_sampling processor,
// version 0.155, which is YAML. It decides as the policy does in a process that records every span,
// except for what the notes list, a sentence each. They are in the configuration too, as comments.
func CollectorConfig(p Policy) (config string, notes []string) {
	tail := sampling.TailPolicy{Rest: 1} // the head alone decides
	if p.Tail != nil {
		tail = *p.Tail
	}
	tail = tail.WithDefaults()
	notes = collectorNotes(p, tail)

	var b strings.Builder
	fmt.Fprintf(&b, "# The policy %q for the OpenTelemetry Collector, by tracelab sampling --to-collector.\n", p.Name)
	b.WriteString(`#
# Services export every span, with OTEL_TRACES_SAMPLER=always_on. All spans of a trace have to reach the same Collector:
# several ones need the loadbalancing exporter in front of them. Add tail_sampling to the processors of a pipeline.
#
# What differs from the policy in a process:
`)
	for _, note := range notes {
		fmt.Fprintf(&b, "# - %s\n", note)
	}
	fmt.Fprintf(&b, "processors:\n  tail_sampling:\n    decision_wait: %s\n    num_traces: %d\n",
		tail.Window+tail.MessageWait, collectorTraces)
	fmt.Fprintf(&b, "    decision_cache: {sampled_cache_size: %[1]d, non_sampled_cache_size: %[1]d}\n    policies:\n",
		10*collectorTraces)
	if tail.Errors {
		b.WriteString("      - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}\n")
	}
	if tail.Slow > 0 {
		fmt.Fprintf(&b, "      - {name: slow, type: latency, latency: {threshold_ms: %d}}\n", milliseconds(tail.Slow))
	}
	if conditions := collectorConditions(p.Head, tail.Rest); len(conditions) > 0 {
		b.WriteString("      - name: rest\n        type: ottl_condition\n        ottl_condition:\n" +
			"          error_mode: ignore\n          span:\n")
		for _, condition := range conditions {
			fmt.Fprintf(&b, "            - '%s'\n", collectorText(condition))
		}
	} else if !tail.Errors && tail.Slow == 0 {
		b.WriteString("      - {name: nothing, type: probabilistic, probabilistic: {sampling_percentage: 0}}\n")
	}
	return b.String(), notes
}

// collectorConditions are in OTTL, one for each share. The number in a trace's ID is compared as
// the samplers do, because the processor's own probabilistic policy keeps other traces, by a hash.
func collectorConditions(head Head, rest float64) []string {
	var conditions []string
	others := "IsRootSpan()"
	add := func(span string, share float64) {
		threshold, ok := sampling.Threshold(share, rest)
		switch {
		case !ok: // none is kept
		case strings.Trim(threshold, "0") == "":
			conditions = append(conditions, span)
		default:
			conditions = append(conditions,
				span+fmt.Sprintf(` and Substring(span.trace_id.string, 18, %d) >= "%s"`, len(threshold), threshold))
		}
	}
	for _, route := range slices.Sorted(maps.Keys(head.Routes)) {
		method, path, _ := strings.Cut(route, " ")
		is := fmt.Sprintf(`span.attributes["http.request.method"] == %s and span.attributes["http.route"] == %s`,
			strconv.Quote(method), strconv.Quote(path))
		add("IsRootSpan() and "+is, head.Routes[route])
		others += " and not (" + is + ")"
	}
	add(others, head.Default)
	return conditions
}

// collectorText returns a text for single quotes of a Collector's YAML, which would read $NAME as a
// variable.
func collectorText(text string) string {
	return strings.NewReplacer("'", "''", "$", "$$").Replace(text)
}

// milliseconds rounds up: a trace that lasts for less than the bound isn't slow.
func milliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

func collectorNotes(p Policy, tail sampling.TailPolicy) (notes []string) {
	notes = append(notes,
		fmt.Sprintf("The Collector decides %s (window + message_wait) after a trace's first span, "+
			"whether or not it has ended.", tail.Window+tail.MessageWait),
		"It doesn't record tracelab.sampling.ratio, nor a threshold in the tracestate: a number of requests can't be "+
			"estimated from what it keeps.",
		"A trace that began elsewhere, so that its root span doesn't arrive, doesn't follow its caller's decision.")
	if p.Tail != nil {
		notes = append(notes,
			fmt.Sprintf("buffer: the Collector bounds the number of traces, num_traces: %d, and not their bytes. "+
				"The processor memory_limiter bounds its memory.", collectorTraces),
			"Traces that are linked to each other are decided one by one.")
	}
	if tail.Slow%time.Millisecond != 0 {
		notes = append(notes, fmt.Sprintf("slower_than: %s is rounded up to %d ms.", tail.Slow, milliseconds(tail.Slow)))
	}
	return notes
}
