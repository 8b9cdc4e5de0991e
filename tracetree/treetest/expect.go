package treetest

import (
	"fmt"
	"strings"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

const (
	// silence is how long nothing may happen before an expectation fails when no span is open.
	silence = time.Second
	// hang is how long nothing may happen while spans are open.
	hang = 10 * time.Second
)

// Expect fails the test unless the recorded spans match the notation. Indentation that all lines of the text have in
// common, tabs too, is removed first.
//
// It waits until every span has ended and the trees match, and returns at that moment. It fails when they don't match,
// no span is open and none has started or ended for a second; when spans are open and nothing has happened for ten
// seconds; and when the test's context ends. The message says what differs, which spans have not ended, and what the
// text would have to be.
func (r *Recorder) Expect(text string, opts ...tracetree.Option) {
	r.t.Helper()
	r.expect(text, 0, opts)
}

// Within returns an expectation that fails after d, however much happens in between, and not before.
func (r *Recorder) Within(d time.Duration) Expectation { return Expectation{r, d} }

// Expectation is a recorder with a time limit.
type Expectation struct {
	recorder *Recorder
	limit    time.Duration
}

// Expect is like [Recorder.Expect] but for the time limit.
func (e Expectation) Expect(text string, opts ...tracetree.Option) {
	e.recorder.t.Helper()
	e.recorder.expect(text, e.limit, opts)
}

// expect waits for a match; a limit of 0 is no limit but that of silence.
func (r *Recorder) expect(text string, limit time.Duration, opts []tracetree.Option) {
	r.t.Helper()
	pattern, err := tracetree.Parse(dedent(text))
	if err != nil {
		r.t.Fatalf("%v", err)
		return
	}
	var expired <-chan time.Time
	if limit > 0 {
		expired = time.After(limit)
	}
	for {
		spans, open, changed := r.snapshot()
		forest := tracetree.Build(codec.FromSDK(spans))
		if open == 0 && pattern.Match(forest, opts...) == nil {
			return
		}
		patience := expired
		wait := limit
		if limit == 0 {
			wait = silence
			if open > 0 {
				wait = hang
			}
			patience = time.After(wait)
		}
		select {
		case <-changed:
		case <-patience:
			r.t.Errorf("%s", failure(pattern, forest, opts, fmt.Sprintf("within %v", wait)))
			return
		case <-r.t.Context().Done():
			r.t.Errorf("%s", failure(pattern, forest, opts, "before the test's context ended"))
			return
		}
	}
}

// failure says what is wrong with the last forest that was seen.
func failure(pattern *tracetree.Pattern, forest *tracetree.Forest, opts []tracetree.Option, when string) string {
	var b strings.Builder
	unended := unendedLabels(forest)
	if report := pattern.Match(forest, opts...); report != nil {
		fmt.Fprintf(&b, "the trace is not as expected %s:\n%v", when, report)
	} else {
		fmt.Fprintf(&b, "the trace is as expected, but spans have not ended %s\n", when)
	}
	if len(unended) > 0 {
		fmt.Fprintf(&b, "\nnot ended:\n  %s\n", strings.Join(unended, "\n  "))
	}
	b.WriteString("\nseen, to be pasted:\n")
	for line := range strings.Lines(tracetree.Format(forest, opts...)) {
		if line != "\n" {
			b.WriteString("\t\t")
		}
		b.WriteString(line)
	}
	return b.String()
}

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

// dedent removes the white space that all lines but blank ones begin with.
func dedent(text string) string {
	common, first := "", true
	for line := range strings.Lines(text) {
		rest := strings.TrimLeft(line, " \t")
		if strings.TrimRight(rest, "\r\n") == "" {
			continue
		}
		indent := line[:len(line)-len(rest)]
		if first {
			common, first = indent, false
		}
		for !strings.HasPrefix(indent, common) {
			common = common[:len(common)-1]
		}
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if trimmed, ok := strings.CutPrefix(line, common); ok {
			line = trimmed
		} else {
			line = strings.TrimLeft(line, " \t") // a blank line that is shorter
		}
		b.WriteString(line)
	}
	return b.String()
}
