package scenarios

import (
	"errors"
	"fmt"
	"strings"

	"tracelab/internal/yamlconf"
	"tracelab/tracetree"
)

// An Error says where a scenario's file has a mistake, and what was expected there.
type Error struct {
	File         string
	Line, Column int    // from 1; the column counts characters
	Text         string // the line
	Message      string
}

// Error returns the place, the message, and the line with a caret below it.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s\n  %s\n  %s^", e.File, e.Line, e.Column, e.Message, visible(e.Text),
		strings.Repeat(" ", max(0, e.Column-1)))
}

// visible keeps a caret below its character: what takes no room, or more than a column, is shown as a mark.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '�'
		}
		return r
	}, text)
}

// source is a file, to say where its mistakes are.
type source struct {
	name  string
	lines []string
}

func (s *source) errorAt(line, column int, format string, args ...any) error {
	text := ""
	if line >= 1 && line <= len(s.lines) {
		text = strings.TrimSuffix(s.lines[line-1], "\r")
	}
	return &Error{File: s.name, Line: line, Column: max(column, 1), Text: text, Message: fmt.Sprintf(format, args...)}
}

// notation places an error of the notation in the file. Offset is how many lines stand before the text.
func (s *source) notation(err error, offset int) error {
	var parse *tracetree.ParseError
	if errors.As(err, &parse) {
		return s.errorAt(offset+parse.Line, parse.Column, "%s", parse.Message)
	}
	return err
}

// yaml reads a section of YAML into a value. Fields that there are not, and values of other types, are errors.
func (s *source) yaml(part *section, into any) error {
	err := yamlconf.Unmarshal([]byte(part.text), into)
	var at *yamlconf.Error
	if errors.As(err, &at) {
		return s.errorAt(part.offset+at.Line, at.Column, "%s", at.Message)
	}
	return err
}
