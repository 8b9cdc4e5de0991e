package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"tracelab/challenge"
	"tracelab/internal/sample"
	"tracelab/live/checklist"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// fakeTerminal is a terminal that understands the sequences which a challenge writes.
type fakeTerminal struct {
	width, height int
	lines         []string // the last one is that of the cursor
	scrolled      int      // lines that have left at the top, where no cursor gets
	broken        string
}

var moves = regexp.MustCompile(`\r\x1b\[(\d+)A\x1b\[J`)

func (f *fakeTerminal) Write(p []byte) (int, error) {
	text := string(p)
	for text != "" {
		if m := moves.FindStringSubmatchIndex(text); m != nil && m[0] == 0 {
			up, _ := strconv.Atoi(text[m[2]:m[3]])
			at := len(f.lines) - 1 - up
			if at < f.scrolled {
				f.broken = "the cursor moves to a line that has left the screen"
				at = f.scrolled
			}
			f.lines = append(f.lines[:at:at], "")
			text = text[m[1]:]
			continue
		}
		next := len(text)
		if m := moves.FindStringIndex(text[1:]); m != nil {
			next = m[0] + 1
		}
		f.print(text[:next])
		text = text[next:]
	}
	return len(p), nil
}

func (f *fakeTerminal) print(text string) {
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			f.lines = append(f.lines, "")
		}
		if len(f.lines) == 0 {
			f.lines = []string{""}
		}
		f.lines[len(f.lines)-1] += ansi.Strip(line)
		if ansi.StringWidth(f.lines[len(f.lines)-1]) >= f.width {
			f.broken = "a line is wider than the screen: " + line
		}
	}
	f.scrolled = max(f.scrolled, len(f.lines)-f.height)
}

func (f *fakeTerminal) screen() *challengeScreen {
	return &challengeScreen{
		w: f, terminal: f, size: func() (int, int) { return f.width, f.height }, met: make(map[string]bool),
	}
}

func gradeOf(spans []tracetree.Span) challenge.Grade {
	return challenge.Run(check.Input{Forest: tracetree.Build(spans)}, challenge.Names{}.WithDefaults())
}

// The list is drawn in one place, whatever the size of the terminal is, and other output stays
// above it.
func TestAChallengeIsDrawnInOnePlace(t *testing.T) {
	spans := sample.CreateTask(t)
	for _, tt := range []struct {
		reason        string
		width, height int
		has           string // a line of the drawing
		lines         int    // of the drawing
	}{
		{"a large terminal has a line for each item", 120, 50, "  ✓ every request is a SERVER span", 31},
		{"a common one has a line for each group", 80, 24, "API gateway      ✓", 10},
		{"a narrow one has short lines", 30, 24, "        pass the context of", 16},
		{"a tiny one has some lines", 30, 4, "API gateway      ✓", 3},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			f := &fakeTerminal{width: tt.width, height: tt.height}
			s := f.screen()
			fmt.Fprintln(s, "before")
			for n := range len(spans) {
				if err := s.show(gradeOf(spans[:n])); err != nil {
					t.Fatal(err)
				}
				if n == 2 {
					fmt.Fprintln(s, "a log record")
				}
			}
			drawn := f.lines[2 : len(f.lines)-1]
			if f.broken != "" || f.lines[0] != "before" || f.lines[1] != "a log record" || len(drawn) != tt.lines {
				t.Errorf("%s, %d lines:\n%s", f.broken, len(drawn), strings.Join(f.lines, "\n"))
			}
			if !strings.Contains(strings.Join(drawn, "\n"), tt.has) {
				t.Errorf("no %q in\n%s", tt.has, strings.Join(drawn, "\n"))
			}
			if err := s.clear(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"before", "a log record", ""}, f.lines); diff != "" {
				t.Errorf("after the end (-want +got):\n%s", diff)
			}
		})
	}
}

// Without a terminal, each item is printed once when it is met, and again when it no longer is.
func TestAChallengeIsPrintedInLines(t *testing.T) {
	spans := sample.CreateTask(t)
	var out bytes.Buffer
	s := newChallengeScreen(&out, "")
	for _, spans := range [][]tracetree.Span{nil, spans[:1], spans[:1], spans} {
		if err := s.show(gradeOf(spans)); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Count(out.String(), "✓"); got < 22 || strings.Contains(out.String(), "\x1b") {
		t.Errorf("%d ticks:\n%s", got, &out)
	}
	if got := strings.Count(out.String(), "(gateway-server)"); got != 1 {
		t.Errorf("an item that stays met is printed %d times:\n%s", got, &out)
	}
	out.Reset()
	if err := s.show(gradeOf(spans[:1])); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.HasPrefix(got, "✗ ") || strings.Contains(got, "✓") {
		t.Errorf("items that are no longer met:\n%s", got)
	}
}

// following is a challenge that receives spans in a bubble.
type following struct {
	live   *liveChallenge
	ended  chan error // of the receiver
	result chan error
}

func follow(ctx context.Context, command challengeCommand, screen *challengeScreen) *following {
	command.Settle = 2 * time.Second
	f := &following{ended: make(chan error, 1), result: make(chan error, 1)}
	traces := store.New(store.Config{Settle: command.Settle})
	f.live = &liveChallenge{
		command: command, env: &environment{stderr: io.Discard}, store: traces, screen: screen,
		list: checklist.New(traces, challenge.Names{}.WithDefaults(), tracetree.TraceID{}),
	}
	changes := traces.Subscribe(ctx)
	go func() { f.result <- f.live.follow(ctx, changes, f.ended) }()
	return f
}

// A challenge ends when all items are met, with --once after one request, after --timeout, at an
// interrupt and when nothing can be received any more. Each time what was received until then is
// graded.
func TestAChallengeEnds(t *testing.T) {
	spans := sample.CreateTask(t)
	for _, tt := range []struct {
		reason  string
		command challengeCommand
		spans   int
		end     func(f *following, interrupt context.CancelFunc)
		after   time.Duration
	}{
		{"all items are met", challengeCommand{}, len(spans), nil, 2 * time.Second},
		{"one request is complete", challengeCommand{Once: true}, 3, nil, 2 * time.Second},
		{"the time is over", challengeCommand{Timeout: time.Minute}, 3, nil, time.Minute},
		{"the time is over before a trace is complete", challengeCommand{Timeout: time.Second}, 3, nil, time.Second},
		{"the time is over without spans", challengeCommand{Timeout: time.Minute}, 0, nil, time.Minute},
		{"an interrupt", challengeCommand{}, 3, func(_ *following, interrupt context.CancelFunc) {
			interrupt()
		}, time.Second},
		{"the receiver fails", challengeCommand{}, 3, func(f *following, _ context.CancelFunc) {
			f.ended <- errors.New("failed")
		}, time.Second},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, interrupt := context.WithCancel(t.Context())
				defer interrupt()
				began := time.Now()
				f := follow(ctx, tt.command, newChallengeScreen(io.Discard, ""))
				f.live.store.Add(spans[:tt.spans])
				if tt.end != nil {
					time.Sleep(time.Second) // virtual
					tt.end(f, interrupt)
				}
				if err := <-f.result; err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took != tt.after {
					t.Errorf("it ends after %v, want %v", took, tt.after)
				}
				want := gradeOf(spans[:tt.spans])
				if got := f.live.grade; got.Open() != want.Open() || got.Requests != want.Requests {
					t.Errorf("%d items open of %d requests, want %d of %d", got.Open(), got.Requests, want.Open(), want.Requests)
				}
			})
		})
	}
}

// On a terminal, spans are shown soon after they have arrived, and not only when their trace is
// complete.
func TestAChallengeIsDrawnAsSpansArrive(t *testing.T) {
	spans := sample.CreateTask(t)
	synctest.Test(t, func(t *testing.T) {
		terminal := &fakeTerminal{width: 80, height: 24}
		ctx, interrupt := context.WithCancel(t.Context())
		f := follow(ctx, challengeCommand{}, terminal.screen())
		shown := func() string { return strings.Join(terminal.lines, "\n") }
		synctest.Wait()
		if !strings.Contains(shown(), "0 of 22 items are met.") {
			t.Errorf("before the first span:\n%s", shown())
		}
		for n := 1; n < len(spans); n++ {
			f.live.store.Add(spans[n-1 : n])
			time.Sleep(drawPause + time.Millisecond) // virtual
			synctest.Wait()
			grade := gradeOf(spans[:n])
			if want := fmt.Sprintf("%d of 22 items are met.", 22-grade.Open()); !strings.Contains(shown(), want) {
				t.Errorf("after %d spans, no %q in:\n%s", n, want, shown())
			}
		}
		interrupt()
		if err := <-f.result; err != nil {
			t.Error(err)
		}
	})
}
