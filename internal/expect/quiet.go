package expect

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tracelab/tracetree"
)

// Accepted is what an expectation that matched has seen.
type Accepted struct {
	changes int
	spans   map[acceptedKey]bool
}

type acceptedKey struct {
	trace tracetree.TraceID
	span  tracetree.SpanID
}

// Accept remembers what an expectation has matched.
func Accept(s Snapshot) *Accepted {
	known := &Accepted{s.Changes, make(map[acceptedKey]bool, len(s.Spans))}
	for i := range s.Spans {
		known.spans[acceptedKey{s.Spans[i].TraceID, s.Spans[i].SpanID}] = true
	}
	return known
}

// Quiet waits for d, and returns a message if something has changed since then or changed before: a
// message that was delivered twice, for example, or a retry after the answer. Otherwise it returns "".
func (known *Accepted) Quiet(ctx context.Context, take func() Snapshot, d time.Duration) string {
	s := take()
	if s.Changes == known.changes && d > 0 {
		select {
		case <-s.Changed:
		case <-time.After(d):
		case <-ctx.Done():
		}
		s = take()
	}
	if s.Changes == known.changes {
		return ""
	}
	var b strings.Builder
	for i := range s.Spans {
		if !known.spans[acceptedKey{s.Spans[i].TraceID, s.Spans[i].SpanID}] {
			fmt.Fprintf(&b, "  %s\n", tracetree.Label(&s.Spans[i]))
		}
	}
	if b.Len() == 0 {
		b.WriteString("  none: a span that was recorded already has changed, or was sent again\n")
	}
	return fmt.Sprintf("spans came after the expectation was met, want none for %v\nnew:\n%s\nseen:\n%s",
		d, b.String(), Indent(tracetree.Format(tracetree.Build(s.Spans)), "  "))
}
