package tracetree

// shape returns what a line of the view shows without attributes.
func (v *view) shape(line int32) shape {
	s := v.span(line)
	return shape{labelOf(s), v.lines[line].marks, s.Status == StatusError}
}

// above returns the span above a line, or nil.
func (v *view) above(line int32) *Span {
	if p := v.lines[line].parent; p != none {
		return v.span(p)
	}
	return nil
}

func (l *patternLine) acceptsShape(s *shape) bool {
	return l.acceptsLabel(&s.label) && l.marks == s.marks && l.failed == s.failed
}

func (l *patternLine) acceptsLabel(s *label) bool {
	return l.actor.match(s.actor) && l.operation.match(s.operation) && l.hasTarget == (s.target != "") && l.target.match(s.target)
}

// fulfils reports whether a line of the view, whose shape is right, has what the line of the pattern states beyond it.
func (v *view) fulfils(line int32, l *patternLine) bool {
	if l.errorType == nil && l.timing == nil && !l.exact && len(l.predicates) == 0 {
		return true
	}
	s, above := v.span(line), v.above(line)
	if l.errorType != nil && !l.acceptsErrorType(s) {
		return false
	}
	if l.timing.compared() {
		if _, ok := l.timing.match(s, above); !ok {
			return false
		}
	}
	for i := range l.predicates {
		if !l.predicates[i].match(s, above) {
			return false
		}
	}
	return !l.exact || len(l.unnamed(s)) == 0
}

func (l *patternLine) acceptsErrorType(s *Span) bool {
	value, ok := s.Attr(errorType)
	return ok && l.errorType.match(value.Text())
}

// unnamed returns the attributes that the line doesn't name.
func (l *patternLine) unnamed(s *Span) []Attr {
	named := make(map[string]bool, len(l.predicates))
	for i := range l.predicates {
		if !l.predicates[i].field {
			named[l.predicates[i].key] = true
		}
	}
	var unnamed []Attr
	for _, a := range s.Attributes {
		if !named[a.Key] {
			unnamed = append(unnamed, a)
		}
	}
	return unnamed
}
