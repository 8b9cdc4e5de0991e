package draw

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tracelab/tracetree"
)

// Beside configures how two forests are drawn side by side.
type Beside struct {
	// Width is the number of columns. If two trees don't fit side by side, the second is drawn
	// below the first; no line is cut.
	Width int
}

// A Side is one of two forests, with a title above it.
type Side struct {
	Title string
	Lines []tracetree.Line
}

const gap = "   "

// Write draws the two sides. A line that only the first has is marked with -,
// one that only the second has with +.
func (b Beside) Write(w io.Writer, left, right Side) error {
	l, r := column(left, right, "-", ansi.Red), column(right, left, "+", ansi.Green)
	width := widest(l)
	if needed := width + len(gap) + widest(r); needed > b.Width {
		why := fmt.Sprintf("The trees are shown one below the other: side by side they take %d columns, and there are %d.",
			needed, b.Width)
		return writeLines(w, slices.Concat(l, []string{""}, r, []string{"", why}))
	}
	for i := range max(len(l), len(r)) {
		line := at(l, i)
		if more := at(r, i); more != "" {
			line += strings.Repeat(" ", width-ansi.StringWidth(line)) + gap + more
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

// column returns the lines of a side, with a mark before lines that only this side has.
func column(s, other Side, mark string, color ansi.BasicColor) []string {
	there := map[string]int{}
	for _, line := range other.Lines {
		there[line.Text]++
	}
	paint := newPalette(s.Lines)
	texts := []string{ansi.NewStyle().Bold().Styled(Clean(s.Title)), ""}
	for i, line := range s.Lines {
		if i > 0 && line.Tree != s.Lines[i-1].Tree {
			texts = append(texts, "")
		}
		prefix := "  "
		if there[line.Text] == 0 {
			prefix = ansi.NewStyle().ForegroundColor(color).Styled(mark) + " "
		} else {
			there[line.Text]--
		}
		texts = append(texts, prefix+paint.text(narrow(line)))
	}
	return texts
}

// narrow puts the link mark nearer to its line: two trees need the room.
func narrow(line tracetree.Line) tracetree.Line {
	if before, linked := strings.CutSuffix(line.Text, linkMark); linked {
		line.Text = strings.TrimRight(before, " ") + "  " + linkMark
	}
	return line
}

func widest(lines []string) int {
	width := 0
	for _, line := range lines {
		width = max(width, ansi.StringWidth(line))
	}
	return width
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

func writeLines(w io.Writer, lines []string) error {
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}
