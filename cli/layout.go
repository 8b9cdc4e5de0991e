package cli

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
	"tracelab/cli/command"
)

// layout is a writer for what people read. It wraps lines that are wider than the terminal, and can
// replace the characters of drawings by ASCII. Both happen here and nowhere else. It keeps the last
// line until its end; call Flush before waiting for an answer.
type layout struct {
	w     io.Writer
	width int // 0 does not wrap
	ascii bool
	line  bytes.Buffer
}

func (l *layout) Write(p []byte) (int, error) {
	written := len(p)
	for {
		line, rest, ended := bytes.Cut(p, []byte("\n"))
		l.line.Write(line)
		if !ended {
			return written, nil
		}
		l.line.WriteByte('\n')
		if err := l.Flush(); err != nil {
			return 0, err
		}
		p = rest
	}
}

// Flush writes the last line, whose end is missing.
func (l *layout) Flush() error {
	text := l.line.String()
	l.line.Reset()
	if l.ascii {
		text = toASCII.Replace(beforeArrow.ReplaceAllString(text, "$1←"))
	}
	if l.width > 0 {
		text = folded(text, l.width)
	}
	_, err := io.WriteString(l.w, text)
	return err
}

// beforeArrow is the space that the wider ASCII arrow takes, and the style of the arrow.
var beforeArrow = regexp.MustCompile(` ((?:\x1b\[[0-9;]*m)*)←`)

// toASCII keeps the width of everything that is aligned. The notation accepts <- for ←.
var toASCII = strings.NewReplacer(
	"←", "<-", "→", "->", "↪", ">", "│", "|", "█", "#", "▌", "#", "▐", "#", "✓", "+", "✗", "x",
	"–", "-", "—", "-", "·", "-", "…", "...", "×", "x", "µ", "u",
)

// label is the start of a line that a wrapped line is aligned with: an indent, and a mark or a word
// in a column of its own.
var label = regexp.MustCompile(`^ *(?:# |- |[✓✗–+x] |[a-z]+ {2,})?`)

// finding is the start of the first line of a finding, below which its details are indented.
var finding = regexp.MustCompile(`^(?:error|warning|info) [a-z-]+: `)

// folded breaks a line at its spaces. A line of a tree is left whole: it has to stay notation.
func folded(line string, width int) string {
	text := strings.TrimRight(line, "\n")
	if ansi.StringWidth(text) <= width || strings.ContainsAny(text, "│|") {
		return line
	}
	indent := strings.Repeat(" ", ansi.StringWidth(label.FindString(ansi.Strip(text))))
	if finding.MatchString(ansi.Strip(text)) {
		indent = "  "
	}
	if before, isComment := strings.CutSuffix(label.FindString(ansi.Strip(text)), "# "); isComment {
		indent = before + "# " // it has to stay a comment
	}
	var b strings.Builder
	column := 0
	for i, word := range strings.Split(text, " ") {
		size := ansi.StringWidth(word)
		switch {
		case i == 0:
		case column+1+size > width && column > len(indent):
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += size
	}
	b.WriteString(line[len(text):])
	return b.String()
}

// newLayout returns the layout of a command's output, or w if it needs none: a pipe is not wrapped
// unless a width was given, and output for programs is never changed.
func newLayout(w io.Writer, stdout io.Writer, g *grammar, line *command.Line, width int) io.Writer {
	l := &layout{w: w, ascii: g.ASCII || !isUTF8(os.Environ())}
	if g.Width > 0 || isTerminal(stdout) {
		l.width = width
	}
	if !l.ascii && l.width == 0 || !isForPeople(line) {
		return w
	}
	return l
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(f.Fd())
}

// isForPeople reports whether a command prints text that people read, rather than notation, files
// or other formats.
func isForPeople(line *command.Line) bool {
	if slices.Contains([]string{"convert", "fmt", "completion", "__complete"}, line.Command.Name) {
		return false
	}
	given := givenIn(line)
	for _, flag := range []string{"--print", "--export", "--solution"} {
		if given[flag] {
			return false
		}
	}
	for _, flag := range line.Command.Flags {
		if flag.Name == "format" {
			format, _ := line.Value(flag.Value).(string)
			return format == "tree" || format == "text" && !slices.Contains(flag.Enum, "tree")
		}
	}
	return true
}

// isUTF8 reports whether an environment allows UTF-8: it does unless it names another character
// set.
func isUTF8(environ []string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		for _, variable := range environ {
			if value, found := strings.CutPrefix(variable, name+"="); found && value != "" {
				value = strings.ToLower(strings.ReplaceAll(value, "-", ""))
				return strings.Contains(value, "utf8")
			}
		}
	}
	return true
}

// flush writes the last line of an output, whose end is missing.
func flush(w io.Writer) error {
	if l, ok := w.(*layout); ok {
		return l.Flush()
	}
	return nil
}
