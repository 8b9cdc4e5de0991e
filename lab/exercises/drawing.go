package exercises

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"tracelab/tracetree"
)

// drawing is an answer in the notation, with the parent of each line.
type drawing struct {
	pattern *tracetree.Pattern
	lines   []drawn
	// courseStyle are the lines in the course's style, which were read in the notation's.
	courseStyle []int
}

// drawn is one line of a drawing.
type drawn struct {
	tracetree.PatternLine
	above int // the line that this one is below, or none
}

const none = -1

// read reads an answer in the notation. Lines in the course's style, as db.query, are read as the
// lines that they stand for. The error is a ParseError, with advice if it is clear what was meant.
func read(answer string) (*drawing, error) {
	answer = strings.TrimPrefix(answer, "\ufeff")
	text, dots := courseNames(answer)
	pattern, err := tracetree.Parse(text)
	if err != nil {
		return nil, advise(answer, dots, err)
	}
	written := strings.Split(answer, "\n")
	d := &drawing{pattern: pattern}
	var path []int // the last line of each level
	for i, l := range pattern.Lines() {
		// Such a line is valid, and its marks are parsed as a part of a name.
		if advice := meant(written[l.Line-1]); advice != "" && !l.Rest {
			return nil,
				&tracetree.ParseError{
					Line: l.Line, Column: l.Column, Text: strings.TrimSuffix(written[l.Line-1], "\r"),
					Message: "unexpected text: " + advice,
				}
		}
		if l.Deep {
			return nil, &tracetree.ParseError{
				Line: l.Line, Column: l.Column, Text: strings.TrimSuffix(written[l.Line-1], "\r"),
				Message: `"..." before a label: want the span in its place, below the one that causes it`,
			}
		}
		line := drawn{PatternLine: l, above: none}
		if l.Depth > 0 {
			line.above = path[l.Depth-1]
		}
		path = append(path[:l.Depth], i)
		d.lines = append(d.lines, line)
		if dots[l.Line] > 0 {
			d.courseStyle = append(d.courseStyle, i)
		}
	}
	if len(d.lines) == 0 {
		return nil, errors.New(`found no span, want a line for each, as in "gateway: GET /orders (root)"`)
	}
	return d, nil
}

// newGrade returns a grade that notes how the drawing was read.
func (d *drawing) newGrade() Grade {
	var g Grade
	for _, i := range d.courseStyle {
		g.note("line %d was read as %q, which is how this notation writes it", d.lines[i].Line, d.lines[i].Label())
	}
	return g
}

// dotted matches a line whose label is a single word with a dot, as the course writes names.
var dotted = regexp.MustCompile(`^( *[A-Za-z][A-Za-z0-9_-]*)\.([A-Za-z0-9_.-]+(?: +(?:[({\[!#←│]|<-).*)?\r?)$`)

// courseNames rewrites lines in the course's style in the notation's: the text before the first dot
// is the actor, which has no dot itself. Nothing else has that form, so nothing is guessed. It also
// returns the columns of the dots, by line number.
func courseNames(answer string) (string, map[int]int) {
	lines := strings.Split(answer, "\n")
	dots := map[int]int{}
	for i, line := range lines {
		if parts := dotted.FindStringSubmatch(line); parts != nil {
			lines[i] = parts[1] + ": " + parts[2]
			dots[i+1] = len(parts[1]) + 1
		}
	}
	return strings.Join(lines, "\n"), dots
}

// advise adds to a ParseError what to write instead, if it is clear what was meant, and shows the
// line as it was written.
func advise(answer string, dots map[int]int, err error) error {
	var parse *tracetree.ParseError
	if !errors.As(err, &parse) {
		return err
	}
	at := *parse
	if column := dots[at.Line]; column > 0 {
		if at.Column > column {
			at.Column-- // the dot was read as a colon and a space
		}
		at.Text = strings.TrimSuffix(strings.Split(answer, "\n")[at.Line-1], "\r")
	}
	if advice := meant(at.Text); advice != "" {
		at.Message += "; " + advice
	}
	return &at
}

// meant returns how the notation writes a line that is drawn in another common style, or "". Quoted
// text is taken literally.
func meant(line string) string {
	line = strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(line, "```"):
		return "leave out the fence"
	case strings.Contains(line, `"`):
		return ""
	case strings.HasPrefix(line, "├"), strings.HasPrefix(line, "└"), strings.HasPrefix(line,
		"|--"), strings.HasPrefix(line, "`--"):
		return "branches are not drawn: indent a line two spaces more than its parent"
	case strings.Contains(line, "->"), strings.Contains(line, " → "), strings.Contains(line, "=>"):
		return "the notation has no arrows: each span has a separate line, indented two spaces more than the one " +
			"that called it"
	case strings.HasPrefix(line, "- "), strings.HasPrefix(line, "* "):
		return "write the line without the mark before it"
	case strings.HasPrefix(line, "http.client."), strings.HasPrefix(line, "grpc.client."):
		return fmt.Sprintf("write the calling service before it, as in %q", "checkout: "+line)
	default:
		return ""
	}
}

// isHalf reports whether a line is the CLIENT half of a call.
func (l *drawn) isHalf() bool {
	if strings.EqualFold(l.Actor.Text, "db") { // CLIENT spans without a SERVER half
		return false
	}
	for i := range l.Conditions {
		if c := &l.Conditions[i]; c.Field && c.Key == "kind" {
			return c.Compare == tracetree.Equal && c.Value.Text == tracetree.KindClient.String()
		}
	}
	system, _, isClient := strings.Cut(l.Operation.Text, ".client.")
	return isClient && !strings.ContainsAny(system, " /")
}

// isDatabase reports whether a line is a call to a database.
func isDatabase(l *drawn) bool { return l.Actor.Text == "db" }

// below returns the lines one level below a line, or the roots for none.
func (d *drawing) below(i int) []int {
	var list []int
	for j := range d.lines {
		if d.lines[j].above == i {
			list = append(list, j)
		}
	}
	return list
}

// name returns the label of a line as a verdict quotes it, with its number.
func (d *drawing) name(i int) string {
	l := &d.lines[i]
	return fmt.Sprintf("%s (line %d)", l.Label(), l.Line)
}

// names returns the labels of lines.
func (d *drawing) names(lines []int) string {
	const most = 5
	var list []string
	for _, i := range lines[:min(most, len(lines))] {
		list = append(list, d.name(i))
	}
	if more := len(lines) - most; more > 0 {
		list = append(list, fmt.Sprintf("%d more", more))
	}
	return strings.Join(list, ", ")
}

// where returns the lines for which a condition holds.
func (d *drawing) where(holds func(i int, l *drawn) bool) []int {
	var list []int
	for i := range d.lines {
		if !d.lines[i].Rest && holds(i, &d.lines[i]) {
			list = append(list, i)
		}
	}
	return list
}

// isBelow reports whether a line is somewhere below another one.
func (d *drawing) isBelow(i, other int) bool {
	for i = d.lines[i].above; i != none; i = d.lines[i].above {
		if i == other {
			return true
		}
	}
	return false
}
