package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"

	"tracelab/challenge"
	"tracelab/cli/show"
)

// drawPause is the least time between two drawings of a challenge.
const drawPause = 200 * time.Millisecond

// challengeScreen shows how far a challenge is. On a terminal it draws the whole list again and
// again in the same place, and elsewhere it prints a line for each item that changes. It is safe
// for concurrent use.
type challengeScreen struct {
	w        io.Writer // with styles, as far as it can show them
	terminal io.Writer // for moving the cursor; nil without a terminal
	size     func() (width, height int)
	language string

	mu    sync.Mutex
	drawn []string        // the lines that are on the terminal
	met   map[string]bool // the items that were printed as met, by ID
}

// newChallengeScreen returns a screen that shows on w.
func newChallengeScreen(w io.Writer, language string) *challengeScreen {
	s := &challengeScreen{w: w, terminal: terminal(w), language: language, met: make(map[string]bool)}
	if f, ok := s.terminal.(*os.File); ok {
		s.size = func() (int, int) {
			width, height, err := term.GetSize(f.Fd())
			if err != nil || width <= 0 || height <= 0 {
				return defaultWidth, 24
			}
			return width, height
		}
	}
	return s
}

// isDrawn reports whether the screen is a terminal, which shows a grade before it is final.
func (s *challengeScreen) isDrawn() bool { return s.terminal != nil }

// show shows a grade.
func (s *challengeScreen) show(grade challenge.Grade) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.terminal == nil {
		return s.printChanges(grade)
	}
	width, height := s.size()
	lines := show.NewChallenge(grade, s.language).Progress(width-1, height-1)
	for i := range lines {
		lines[i] = ansi.Truncate(lines[i], width-1, "…") // a line that wraps would be two
	}
	return s.draw(lines)
}

// draw replaces what is on the terminal.
func (s *challengeScreen) draw(lines []string) error {
	if n := len(s.drawn); n > 0 {
		if _, err := fmt.Fprintf(s.terminal, "\r\x1b[%dA\x1b[J", n); err != nil {
			return err
		}
	}
	s.drawn = lines
	if len(lines) == 0 {
		return nil
	}
	_, err := fmt.Fprintln(s.w, strings.Join(lines, "\n"))
	return err
}

// clear removes what is on the terminal.
func (s *challengeScreen) clear() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draw(nil)
}

// Write writes other text above the drawing, such as log records.
func (s *challengeScreen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := s.drawn
	if err := s.draw(nil); err != nil {
		return 0, err
	}
	n, err := s.w.Write(p)
	if err != nil {
		return n, err
	}
	return n, s.draw(lines)
}

// printChanges prints the items that are met since the last time, or no longer.
func (s *challengeScreen) printChanges(grade challenge.Grade) error {
	if grade.Requests == 0 {
		return nil
	}
	for _, v := range grade.Verdicts {
		isMet := v.Status == challenge.Met
		if isMet == s.met[v.Item.ID] {
			continue
		}
		s.met[v.Item.ID] = isMet
		line := fmt.Sprintf("✓ %s (%s)", show.Text(v.Item.Title), v.Item.ID)
		if !isMet {
			line = fmt.Sprintf("✗ %s (%s): %s", show.Text(v.Item.Title), v.Item.ID, show.Text(v.Seen))
		}
		if _, err := fmt.Fprintln(s.w, line); err != nil {
			return err
		}
	}
	return nil
}
