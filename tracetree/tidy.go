package tracetree

import "strings"

// Tidy formats text in the notation: annotations in order, one space between them, one blank line
// between trees. Unlike parsing and printing a [Pattern], it keeps the comments in their places. It
// removes the drawings of a waterfall. The error is a [*ParseError].
//
// The result has the same meaning as the text, and Tidy does not change it again.
func Tidy(text string) (string, error) {
	pattern, err := Parse(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	blank, at := false, 0 // whether a blank line must come next; the index of the next line of the pattern
	for text != "" {
		var content string
		content, text, _ = strings.Cut(text, "\n")
		s := &scanner{text: strings.TrimSuffix(content, "\r")}
		indent := s.skipSpaces()
		var line string
		switch {
		case s.atEnd():
			blank = out.Len() > 0
			continue
		case strings.HasPrefix(s.rest(), noteMark) || strings.HasPrefix(s.rest(), drawingMark):
			continue
		case s.at('#'):
			line = spaces[:2*min(indent/2, maxIndent)] + strings.TrimRight(s.rest(), " ")
		default:
			line, err = pattern.tidyLine(at, s)
			if err != nil {
				return "", err
			}
			blank = blank || at > 0 && pattern.above[at] == none && !endsInComment(out.String())
			at++
		}
		if blank {
			out.WriteByte('\n')
			blank = false
		}
		out.WriteString(line)
		out.WriteByte('\n')
	}
	return out.String(), nil
}

// tidyLine returns a line of the pattern with the comment that follows it. The scanner is at the
// start of its text.
func (p *Pattern) tidyLine(at int, s *scanner) (string, error) {
	s.skipLevel()
	if _, err := parseLine(s); err != nil {
		return "", err
	}
	l := &p.lines[at]
	line := string(l.append(l.appendCount(appendIndent(nil, l.Depth))))
	if s.at('#') {
		line += "  " + strings.TrimRight(s.rest(), " ")
	}
	return line, nil
}

// endsInComment reports whether the last line is a comment at the left margin, which belongs to the
// tree after it.
func endsInComment(text string) bool {
	last := strings.TrimSuffix(text, "\n")
	return strings.HasPrefix(last[strings.LastIndexByte(last, '\n')+1:], "#")
}
