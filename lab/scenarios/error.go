package scenarios

import (
	"strings"

	"tracelab/internal/source"
	"tracelab/internal/yamlconf"
)

// sourceFile is a file, to say where its mistakes are.
type sourceFile struct{ name, text string }

// lines returns how many there are.
func (s *sourceFile) lines() int { return 1 + strings.Count(s.text, "\n") }

func (s *sourceFile) errorAt(line, column int, format string, args ...any) error {
	return source.At(s.name, s.text, line, column, format, args...)
}

// notation places an error of the notation in the file. Offset is the number of lines before the
// text.
func (s *sourceFile) notation(err error, offset int) error { return source.In(s.name, offset, err) }

// yaml reads a section of YAML.
func (s *sourceFile) yaml(part *section, read yamlconf.Reader) error {
	return source.In(s.name, part.offset, yamlconf.Decode(s.name, part.text, part.name, read))
}
