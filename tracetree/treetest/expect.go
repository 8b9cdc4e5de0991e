package treetest

import (
	"runtime"
	"time"

	"tracelab/internal/expect"
	"tracelab/tracetree"
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
	return Expectation{r, max(d, expect.AtOnce)}
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
	pattern, err := tracetree.Parse(expect.Dedent(l.text))
	if err != nil && !update {
		r.t.Fatalf("%v", err)
		return
	}
	seen := r.await(pattern, limit, opts)
	switch {
	case seen.Matches:
	case update && seen.Complete:
		if err := l.replace(expect.Written(seen.Forest, opts...)); err != nil {
			r.t.Errorf("update the expectation: %v\n\n%s", err, pasted(seen.Forest, opts))
		}
	default:
		r.t.Errorf("%s\n%s", seen.Failure(pattern, advice(), opts...), pasted(seen.Forest, opts))
	}
}

// advice returns what reports recommend.
func advice() expect.Advice {
	return expect.Advice{
		NoSpans: `
No span reached the recorder. The usual reasons:
  - The code under test has its provider from elsewhere, often the global one: pass it rec.TracerProvider(…), or register
    the recorder with its provider.
  - Its sampler drops the spans, or OTEL_SDK_DISABLED=true is set.
  - Another process has not exported them: it exports to another endpoint, was killed before its provider was shut down, or
    needs longer: Within(d).Expect(…).
`,
		Longer: "If the program needs longer, give it a time: Within(d).Expect(…).",
	}
}

// pasted prints the forest as a test can have it; nothing if it is empty.
func pasted(forest *tracetree.Forest, opts []tracetree.Option) string {
	if len(forest.Spans()) == 0 {
		return ""
	}
	return "seen, to be pasted:\n" + expect.Indent(tracetree.Format(forest, opts...), "\t\t")
}
