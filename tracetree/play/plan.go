package play

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tracelab/internal/source"
	"tracelab/tracetree"
)

// span is a span to play, with everything except its ids.
type span struct {
	line       *tracetree.PatternLine
	form       form
	clientHalf bool // the CLIENT half of a call, implied by the line of its only child, the SERVER

	service, scope, name string
	kind                 tracetree.Kind
	status               tracetree.Status
	attributes           attributes
	events               []string
	messageID            bool // has the id of the message that it sends or processes

	arrives  carrier // how the context of the span above arrives
	linked   bool
	newTrace bool

	orphan bool
	root   *span // the root of an orphan's trace, or nil

	offset, duration time.Duration // the offset is from the start of the text
	natural          time.Duration // the duration if the span above doesn't shorten it

	children []*span
}

// shown returns the span that has the line in the compact view.
func (s *span) shown() *span {
	if s.clientHalf {
		return s.children[0]
	}
	return s
}

type planner struct {
	lines []tracetree.PatternLine
	full  bool // the lines contain every span, callers included
	spans int

	showsCallers bool // some line is a span that the compact view leaves out
}

// plan creates the spans of lines in the full or the compact view, with their times. It reports
// whether some line is a caller that the compact view leaves out.
func plan(lines []tracetree.PatternLine, full bool) (tops []*span, showsCallers bool, err error) {
	p := &planner{lines: lines, full: full}
	if tops, err = p.siblings(0, len(lines), nil); err != nil {
		return nil, false, err
	}
	if err := p.findTraces(tops); err != nil {
		return nil, false, err
	}
	return tops, p.showsCallers, schedule(tops)
}

// siblings plans the lines from at to end that are one level below the span above, or at the top.
func (p *planner) siblings(at, end int, above *span) ([]*span, error) {
	var list []*span
	for at < end {
		l := &p.lines[at]
		below := at + 1
		for at = below; at < end && p.lines[at].Depth > l.Depth; {
			at++
		}
		for range l.Min {
			s, err := p.span(l, above)
			if err != nil {
				return nil, err
			}
			if s.children, err = p.siblings(below, at, s); err != nil {
				return nil, err
			}
			s.completeMethod()
			p.showsCallers = p.showsCallers || isCaller(s)
			if !p.full && impliesClient(s, above) {
				s = newClientHalf(s, above)
			}
			list = append(list, s)
		}
	}
	return list, nil
}

func (p *planner) span(l *tracetree.PatternLine, above *span) (*span, error) {
	if p.spans++; p.spans > maxSpans {
		return nil, errorAt(l, l.Column, "more than %d spans: want smaller counts", maxSpans)
	}
	if err := checkPlace(l); err != nil {
		return nil, err
	}
	s, err := compose(l, above)
	if err != nil {
		return nil, err
	}
	s.linked = l.Marks&tracetree.Linked != 0
	s.orphan = l.Marks&tracetree.Orphan != 0
	if s.newTrace && !s.linked && above != nil {
		return nil, errorAt(l, l.Column, "a new trace without the link mark would be a separate tree, want ← linked span")
	}
	if above != nil || s.orphan {
		s.arrives = arrival(s, above)
	}
	return s, nil
}

// checkPlace refuses lines with marks or labels that no played span can have in that place.
func checkPlace(l *tracetree.PatternLine) error {
	if l.Deep {
		return errorAt(l, l.Column, `"..." before a label can't be played, want the line in its place`)
	}
	for _, text := range []*tracetree.PatternText{&l.Actor, &l.Operation, &l.Target} {
		if text.Wild {
			return errorAt(l, text.Column, "a wildcard can't be played, want the text, or quotes around a literal *")
		}
	}
	onTop := l.Marks & (tracetree.Root | tracetree.Orphan)
	switch {
	case l.Marks&tracetree.Cycle != 0:
		return errorAt(l, l.Column, "(cycle) can't be played: no descendant can be the parent of a new span")
	case l.Marks&tracetree.Duplicate != 0:
		return errorAt(l, l.Column, "(duplicate) can't be played: the SDK gives every span a new id")
	case l.Actor.Text == databaseActor && l.Target.Text != "" && !strings.HasSuffix(l.Target.Text, tableSuffix):
		return errorAt(l, l.Target.Column, "unknown target of a database call, want a table, as in (tasks table)")
	case l.Depth > 0 && onTop != 0:
		return errorAt(l, l.Column, "(root) or (orphan) below another span, want it at the top of a tree")
	case l.Depth == 0 && onTop != tracetree.Root && onTop != tracetree.Orphan:
		return errorAt(l, l.Column, "the top of a tree is unmarked or has both marks, want either (root) or (orphan)")
	}
	return nil
}

// isCaller reports whether the span is the CLIENT half of a call, and its SERVER half is in the
// text.
func isCaller(s *span) bool {
	isServer := func(c *span) bool { return c.kind == tracetree.KindServer }
	return s.kind == tracetree.KindClient && slices.ContainsFunc(s.children, isServer)
}

// impliesClient reports whether the compact view leaves out the span that called s. At the top of a
// tree that is the case only if the line is linked, which a SERVER without a caller can't be.
func impliesClient(s, above *span) bool {
	if s.kind != tracetree.KindServer {
		return false
	}
	if above == nil {
		return s.linked
	}
	return above.kind != tracetree.KindClient
}

// findTraces gives every orphan its trace. A SERVER that is alone in its trace would be the entry
// of that trace, so it gets a CLIENT span above it, which is the orphan.
func (p *planner) findTraces(tops []*span) error {
	var last, first *span
	for _, s := range tops {
		if !s.orphan {
			last = s
			if first == nil {
				first = s
			}
		}
		s.root = last
	}
	for i, s := range tops {
		if s.root == nil {
			s.root = first
		}
		if !s.orphan || len(tops) > 1 || s.clientHalf {
			continue
		}
		switch {
		case s.kind == tracetree.KindServer && !p.full:
			tops[i] = newClientHalf(s, nil)
		case s.kind == tracetree.KindServer || s.kind == tracetree.KindConsumer:
			return errorAt(s.line, s.line.Column,
				"a lone %v without its parent is the entry of its trace, not an orphan, want (root), or another tree", s.kind)
		}
	}
	return nil
}

func errorAt(l *tracetree.PatternLine, column int, format string, args ...any) error {
	return &source.Error{Line: l.Line, Column: column, Message: fmt.Sprintf(format, args...)} // a pattern has no text
}
