package treetest

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"tracelab/tracetree"
)

const (
	// silence is how long nothing may happen before an expectation fails when no span is open.
	silence = time.Second
	// hang is how long nothing may happen while spans are open.
	hang = 10 * time.Second
	// longest is how long an expectation waits in all, however much happens: a poller that makes spans
	// for ever must not keep a test from failing.
	longest = 30 * time.Second
)

// Expect fails the test unless the recorded spans match the notation. Indentation that all lines of
// the text have in common, tabs too, is removed first.
//
// It waits until every span has ended and the trees match, and returns at that moment. It fails
// when they don't match, no span is open and none has started or ended for a second; when spans are
// open and nothing has happened for ten seconds; and when the test's context ends. The message has
// the differences, the spans that have not ended, and the text that would match.
//
// With TREETEST_UPDATE=1 in the environment, text that doesn't match is replaced in the test's
// source instead, if it is a raw string literal in the call itself. Comments at its top stay. Where
// it can't be replaced without doubt, the test fails with the reason and the text to paste. Written
// text has no attributes, whatever the options.
func (r *Recorder) Expect(text string, opts ...tracetree.Option) {
	r.t.Helper()
	_, file, line, _ := runtime.Caller(1)
	r.expect(literal{file, line, text}, 0, opts)
}

// Within returns an expectation that fails after d, however much happens in between, and not
// before. With 0 or less it fails at once unless all has been seen already.
func (r *Recorder) Within(d time.Duration) Expectation {
	return Expectation{r, max(d, 1)} // 0 stands for no limit
}

// Expectation is a recorder or an endpoint with a time limit.
type Expectation struct {
	recorder *Recorder
	limit    time.Duration
}

// Expect is like [Recorder.Expect] but for the time limit.
func (e Expectation) Expect(text string, opts ...tracetree.Option) {
	e.recorder.t.Helper()
	_, file, line, _ := runtime.Caller(1)
	e.recorder.expect(literal{file, line, text}, e.limit, opts)
}

// Golden is like [Recorder.Golden] but for the time limit.
func (e Expectation) Golden(path string, opts ...tracetree.Option) {
	e.recorder.t.Helper()
	e.recorder.golden(path, e.limit, opts)
}

func (r *Recorder) expect(l literal, limit time.Duration, opts []tracetree.Option) {
	r.t.Helper()
	update, err := updating()
	if err != nil {
		r.t.Fatalf("%v", err)
		return
	}
	pattern, err := tracetree.Parse(dedent(l.text))
	if err != nil && !update {
		r.t.Fatalf("%v", err)
		return
	}
	seen := r.await(pattern, limit, opts)
	switch {
	case seen.matches:
	case update && seen.complete:
		if err := l.replace(written(seen.forest, opts)); err != nil {
			r.t.Errorf("update the expectation: %v\n\n%s", err, pasted(seen.forest, opts))
		}
	default:
		r.t.Errorf("%s\n%s", seen.failure(pattern, opts), pasted(seen.forest, opts))
	}
}

// failure returns a message on the last forest that was seen. The pattern is nil if the forest was
// not compared.
func (o *outcome) failure(pattern *tracetree.Pattern, opts []tracetree.Option) string {
	var b strings.Builder
	if pattern == nil {
		fmt.Fprintf(&b, "the trace is not complete %s\n", o.when)
	} else if report := pattern.Match(o.forest, opts...); report != nil {
		fmt.Fprintf(&b, "the trace is not as expected %s:\n%v", o.when, report)
	} else {
		fmt.Fprintf(&b, "the trace is as expected, but spans have not ended %s\n", o.when)
	}
	switch {
	case len(o.forest.Spans()) == 0 && len(o.troubles) == 0:
		b.WriteString(noSpans)
	case o.silent:
		fmt.Fprintf(
			&b,
			"\nNothing happened for %v. If the program needs longer, give it a time: Within(d).Expect(…).\n",
			silence,
		)
	}
	if labels := unendedLabels(o.forest); len(labels) > 0 {
		fmt.Fprintf(&b, "\nnot ended:\n  %s\n", strings.Join(labels, "\n  "))
	}
	if len(o.troubles) > 0 {
		fmt.Fprintf(&b, "\nrefused:\n  %s\n", strings.Join(o.troubles, "\n  "))
	}
	return b.String()
}

// noSpans is the usual reason for an empty recorder.
const noSpans = `
No span reached the recorder. The usual reasons:
  - The code under test has its provider from elsewhere, often the global one: pass it rec.TracerProvider(…), or register
    the recorder with its provider.
  - Its sampler drops the spans, or OTEL_SDK_DISABLED=true is set.
  - Another process has not exported them: it exports to another endpoint, was killed before its provider was shut down, or
    needs longer: Within(d).Expect(…).
`

func unendedLabels(forest *tracetree.Forest) []string {
	var labels []string
	spans := forest.Spans()
	for i := range spans {
		if spans[i].Unended {
			labels = append(labels, tracetree.Label(&spans[i]))
		}
	}
	return labels
}

// pasted prints the forest as a test can have it.
func pasted(forest *tracetree.Forest, opts []tracetree.Option) string {
	return "seen, to be pasted:\n" + indented(tracetree.Format(forest, opts...), "\t\t")
}
