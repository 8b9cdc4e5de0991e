package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"
)

// progress is a line on a terminal that shows the progress of an operation, after its first second.
// It is safe for concurrent use.
type progress struct {
	w io.Writer // nil: there is no terminal

	mu      sync.Mutex
	shown   time.Time
	visible bool
}

func newProgress(w io.Writer) *progress {
	return &progress{w: terminal(w), shown: time.Now()}
}

const clearLine = "\r\x1b[K"

// say replaces the line, once a second at most.
func (p *progress) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w != nil && time.Since(p.shown) >= time.Second {
		p.shown, p.visible = time.Now(), true
		fmt.Fprintf(p.w, clearLine+format, args...)
	}
}

// done removes the line from the screen.
func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.visible {
		fmt.Fprint(p.w, clearLine)
		p.visible = false
	}
}

// terminal returns the terminal that w writes to, or nil. Sequences that move its cursor bypass the
// filter for colors.
func terminal(w io.Writer) io.Writer {
	if l, ok := w.(*layout); ok {
		w = l.w
	}
	if styled, ok := w.(*colorprofile.Writer); ok {
		w = styled.Forward
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(f.Fd()) {
		return f
	}
	return nil
}

// hintAfter prints a line to w if what goes on takes longer than a while. The function that it
// returns ends that, and has to be called once; after it, nothing is written to w.
func hintAfter(w io.Writer, while time.Duration, text string) (stop func()) {
	printed := make(chan struct{})
	timer := time.AfterFunc(while, func() {
		defer close(printed)
		fmt.Fprintln(w, "tracelab: "+text)
	})
	return func() {
		if !timer.Stop() {
			<-printed
		}
	}
}
