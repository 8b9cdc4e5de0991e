package draw

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tracelab/tracetree"
)

// serviceColors are assigned to services in turn.
var serviceColors = [...]ansi.BasicColor{ansi.Cyan, ansi.Blue, ansi.Magenta, ansi.Green, ansi.Yellow}

// A palette assigns a color to each service, in the order in which the services occur, and red to
// failures.
type palette struct{ colors map[string]ansi.BasicColor }

func newPalette(lines []tracetree.Line) palette {
	p := palette{colors: map[string]ansi.BasicColor{}}
	for i, service := range Services(lines) {
		p.colors[service] = serviceColors[i%len(serviceColors)]
	}
	return p
}

const linkMark = "← linked span"

// text colors the actor of a line by its service, and highlights links.
func (p palette) text(line tracetree.Line) string {
	span := line.Node.Span()
	if span.Status == tracetree.StatusError {
		return ansi.NewStyle().ForegroundColor(ansi.Red).Styled(line.Text)
	}
	actor, rest, found := strings.Cut(line.Text, ": ")
	if !found {
		return line.Text
	}
	text := ansi.NewStyle().ForegroundColor(p.colors[span.Service()]).Styled(actor+":") + " "
	if before, linked := strings.CutSuffix(rest, linkMark); linked {
		return text + before + ansi.NewStyle().ForegroundColor(ansi.Yellow).Styled(linkMark)
	}
	return text + rest
}

func (p palette) bar(span *tracetree.Span, bar string) string {
	color := p.colors[span.Service()]
	if span.Status == tracetree.StatusError {
		color = ansi.Red
	}
	return ansi.NewStyle().ForegroundColor(color).Styled(bar)
}

func (p palette) note(span *tracetree.Span, note string) string {
	if span.Status == tracetree.StatusError {
		return ansi.NewStyle().ForegroundColor(ansi.Red).Styled(note)
	}
	return faint(note)
}

func faint(text string) string { return ansi.NewStyle().Faint().Styled(text) }
