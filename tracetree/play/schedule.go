package play

import (
	"time"

	"tracelab/tracetree"
)

// Durations that the text doesn't state.
const (
	leaf    = 4 * time.Millisecond   // a span without children
	around  = time.Millisecond       // before the first child, and after the last
	wire    = 500 * time.Microsecond // from a call's CLIENT to its SERVER, and back
	pickup  = time.Millisecond       // from the end of a send to the processing of its message
	between = time.Millisecond       // between two trees
)

// schedule gives the spans of a text their times, one tree after the other.
func schedule(tops []*span) error {
	var at time.Duration
	for _, s := range tops {
		if err := s.measure(); err != nil {
			return err
		}
		start := at
		if t := s.line.Timing; t != nil && t.HasOffset {
			start = t.Offset
		}
		s.place(start, s.natural)
		at = max(at, s.last()+between)
		if at > maxLength {
			return tooLong(s.line)
		}
	}
	return nil
}

func tooLong(l *tracetree.PatternLine) error {
	return errorAt(l, l.Column, "the text takes longer than %v, want shorter durations", maxLength)
}

// last returns the end of the span or of its last descendant.
func (s *span) last() time.Duration {
	end := s.offset + s.duration
	for _, c := range s.children {
		end = max(end, c.last())
	}
	return end
}

// measure computes the natural durations of a span and its descendants.
func (s *span) measure() error {
	var inTurn, atPlaces time.Duration
	for _, c := range s.children {
		if err := c.measure(); err != nil {
			return err
		}
		offset, isStated := c.stated()
		switch {
		case c.isAsync():
		case isStated:
			atPlaces = max(atPlaces, offset+c.natural+around)
		default:
			inTurn += c.natural
		}
		if inTurn > maxLength || atPlaces > maxLength {
			return tooLong(c.line)
		}
	}
	if s.clientHalf {
		s.natural = s.children[0].natural + 2*wire
		return nil
	}
	s.natural = leaf
	if inTurn > 0 || atPlaces > 0 {
		s.natural = max(inTurn+2*around, atPlaces)
	}
	t := s.line.Timing
	if t == nil {
		return nil
	}
	if t.Low > maxLength || t.High > maxLength || t.Offset > maxLength {
		return tooLong(s.line)
	}
	switch t.Compare {
	case "", tracetree.Equal:
		s.natural = t.Low
	case tracetree.Between:
		s.natural = t.Low + (t.High-t.Low)/2
	case tracetree.AtMost:
		s.natural = min(s.natural, t.Low)
	case tracetree.Below:
		if s.natural >= t.Low {
			s.natural = t.Low / 2
		}
	case tracetree.AtLeast:
		s.natural = max(s.natural, t.Low)
	case tracetree.Above:
		s.natural = max(s.natural, t.Low+time.Millisecond)
	}
	return nil
}

// isAsync reports whether the span above doesn't wait for this one.
func (s *span) isAsync() bool { return s.kind == tracetree.KindConsumer }

// stated returns the offset that the text states for the span, from the start of the span above.
func (s *span) stated() (time.Duration, bool) {
	t := s.shown().line.Timing
	if t == nil || !t.HasOffset {
		return 0, false
	}
	if s.clientHalf { // the text states the server's offset
		return max(0, t.Offset-wire), true
	}
	return t.Offset, true
}

// isFlexible reports whether the span may be shortened.
func (s *span) isFlexible() bool {
	t := s.shown().line.Timing
	return t == nil || t.Compare == tracetree.Below || t.Compare == tracetree.AtMost
}

// place sets the times of the span and its descendants.
func (s *span) place(offset, duration time.Duration) {
	s.offset, s.duration = offset, duration
	if s.clientHalf {
		s.placeServer()
		return
	}
	fixed, flexible := s.inTurn()
	margin, shorter := around, 1.0
	if room := duration - 2*around; fixed+flexible > room {
		margin = min(around, duration/10)
		if room = duration - 2*margin; flexible > 0 && fixed < room && fixed+flexible > room {
			shorter = float64(room-fixed) / float64(flexible)
		}
	}
	at := offset + margin
	messages := offset + duration
	for i, c := range s.children {
		length := c.natural
		begin, isStated := c.stated()
		switch {
		case isStated:
			begin += offset // a line with an offset has a duration, too
		case c.isAsync() && s.line.InOrder && othersFollow(s.children[i+1:]):
			begin = at
		case c.isAsync():
			messages += pickup
			begin = messages
		default:
			if c.isFlexible() {
				length = time.Duration(float64(length) * shorter)
			}
			begin = at
			at += length
		}
		c.place(begin, length)
	}
}

// placeServer places a call's server at the stated offset, or in the middle of the call.
func (s *span) placeServer() {
	server := s.children[0]
	length := server.natural
	if server.isFlexible() {
		length = min(length, s.duration-2*min(wire, s.duration/10))
	}
	begin := s.offset + (s.duration-length)/2
	if t := server.line.Timing; t != nil && t.HasOffset {
		begin = s.offset + min(wire, t.Offset)
	}
	server.place(begin, length)
}

// othersFollow reports whether a later sibling runs after this one.
func othersFollow(later []*span) bool {
	for _, c := range later {
		if _, isStated := c.stated(); !isStated && !c.isAsync() {
			return true
		}
	}
	return false
}

// inTurn returns the total durations of the children that run one after the other: of those with a
// stated duration, and of those that may be shortened.
func (s *span) inTurn() (fixed, flexible time.Duration) {
	for _, c := range s.children {
		if _, isStated := c.stated(); isStated || c.isAsync() {
			continue
		}
		if c.isFlexible() {
			flexible += c.natural
		} else {
			fixed += c.natural
		}
	}
	return fixed, flexible
}
