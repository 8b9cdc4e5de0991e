package play_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/play"
)

// times returns a line for every span of the full view: its start, its end, and its operation.
func times(spans []tracetree.Span) string {
	var b strings.Builder
	for _, l := range tracetree.Lines(tracetree.Build(spans), tracetree.Full) {
		s := l.Node.Span()
		text := strings.TrimSpace(l.Text)
		operation, _, _ := strings.Cut(text[strings.Index(text, ": ")+2:], " (root)")
		fmt.Fprintf(&b, "%v-%v %s\n", time.Duration(s.Start-start.UnixNano()), time.Duration(s.End-start.UnixNano()),
			operation)
	}
	return b.String()
}

func TestTimesFollowTheText(t *testing.T) {
	tests := []struct{ reason, text, want string }{
		{"a span without children takes 4 ms", "a: b (root)", "0s-4ms b\n"},
		{
			"children run one after the other, with 1 ms around", "a: b (root)\n  a: c\n  db: d",
			"0s-10ms b\n1ms-5ms c\n5ms-9ms d\n",
		},
		{
			"a call takes half a millisecond each way", "a: b (root)\n  c: GET /d",
			"0s-7ms b\n1ms-6ms http.client.GET c\n1.5ms-5.5ms GET /d\n",
		},
		{
			"consumers start after the send, which doesn't wait for them", "a: b (root)\n  sqs: s\n    2x c: process d [9ms]",
			"0s-6ms b\n1ms-5ms s\n6ms-15ms process d\n7ms-16ms process d\n",
		},
		{
			"trees come one after the other, messages included", "a: b (root)\n  x: process y\n\nc: d (root)",
			"0s-4ms b\n5ms-9ms process y\n10ms-14ms d\n",
		},
		{"a note is played", "a: b (root) [12ms]", "0s-12ms b\n"},
		{"a duration is kept", "a: b (root) [=12ms]\n  a: c", "0s-12ms b\n1ms-5ms c\n"},
		{"the middle of a range", "a: b (root) [10ms..50ms]", "0s-30ms b\n"},
		{"below a bound that is longer than usual", "a: b (root) [<50ms]", "0s-4ms b\n"},
		{"below a bound that is shorter than usual", "a: b (root) [<4ms]", "0s-2ms b\n"},
		{"at most", "a: b (root) [<=3ms]", "0s-3ms b\n"},
		{"above", "a: b (root) [>5ms]", "0s-6ms b\n"},
		{"at least", "a: b (root) [>=5ms]", "0s-5ms b\n"},
		{"a duration of zero", "a: b (root) [0s]", "0s-0s b\n"},
		{
			"an offset is from the start of the line above", "a: b (root)\n  a: c [=2ms at +3ms]\n  a: d",
			"0s-6ms b\n1ms-5ms d\n3ms-5ms c\n",
		},
		{
			"an offset of a server is the server's", "a: b (root)\n  c: GET /d [=2ms at +3ms]",
			"0s-6.5ms b\n2.5ms-5.5ms http.client.GET c\n3ms-5ms GET /d\n",
		},
		{
			"a call can be served at once", "a: b (root)\n  c: GET /d [=2ms at +0s]",
			"0s-4ms b\n0s-3ms http.client.GET c\n0s-2ms GET /d\n",
		},
		{
			"an offset of a consumer is from the send", "a: b (root)\n  sqs: s\n    c: process d [=2ms at +1s]",
			"0s-6ms b\n1ms-5ms s\n1.001s-1.003s process d\n",
		},
		{
			"children without a stated duration are shortened to fit",
			"a: b (root) [10ms]\n  a: c [4ms]\n  2x a: d\n  a: e [<9ms]",
			"0s-10ms b\n1ms-5ms c\n5ms-6.333333ms d\n6.333333ms-7.666666ms d\n7.666666ms-8.999999ms e\n",
		},
		{
			"children with a stated duration are not", "a: b (root) [1ms]\n  a: c [4ms]",
			"0s-1ms b\n100µs-4.1ms c\n",
		},
		{
			"in order, a message may come before a call", "a: b (root) (in order)\n  c: process d\n  c: GET /e",
			"0s-7ms b\n1ms-5ms process d\n1ms-6ms http.client.GET c\n1.5ms-5.5ms GET /e\n",
		},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, times(mustPlay(t, test.text))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.reason, diff)
		}
	}
}

func TestEventsAreInTheMiddleOfTheSpan(t *testing.T) {
	spans := mustPlay(t, "a: b (root) [10ms] {@event=retry}")
	want := []tracetree.Event{{Name: "retry", Time: start.Add(5 * time.Millisecond).UnixNano()}}
	if diff := cmp.Diff(want, spans[0].Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestRateSpacesRepetitions(t *testing.T) {
	spans, err := tryPlay(t, "a: b (root)", telemetry.Config{}, play.Config{Count: 3, Rate: 4})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("0s-4ms b\n250ms-254ms b\n500ms-504ms b\n", times(spans)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPlayingStartsNowAndTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := tracetest.NewSpanRecorder()
		config := telemetry.Config{Processors: []sdktrace.SpanProcessor{seen}}
		began := time.Now()
		how := play.Config{Count: 100}
		if err := play.Play(t.Context(), parse(t, courseTree), over(telemetry.NewPipeline(config)), how); err != nil {
			t.Fatal(err)
		}
		if got := seen.Started()[0].StartTime(); !got.Equal(began) {
			t.Errorf("the first span starts at %v, want now, %v", got, began)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("playing took %v", took)
		}
	})
}
