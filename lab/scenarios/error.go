package scenarios

import (
	"errors"
	"strings"

	"tracelab/internal/place"
	"tracelab/internal/yamlconf"
	"tracelab/tracetree"
)

// source is a file, to say where its mistakes are.
type source struct{ name, text string }

// lines returns how many there are.
func (s *source) lines() int { return 1 + strings.Count(s.text, "\n") }

func (s *source) errorAt(line, column int, format string, args ...any) error {
	return place.At(s.name, s.text, line, column, format, args...)
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
	err := yamlconf.Unmarshal(s.name, part.text, into)
	var at *place.Error
	if errors.As(err, &at) {
		return s.errorAt(part.offset+at.Line, at.Column, "%s", at.Message)
	}
	return err
}
