package draw

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tracelab/tracetree"
)

// Notation returns a tree in the colors of a waterfall: actors, failures and links. It is for trees
// of notation alone, which have no times for bars. Text that isn't notation is returned unchanged.
func Notation(text string) string {
	pattern, err := tracetree.Parse(text)
	if err != nil {
		return text
	}
	lines := strings.Split(text, "\n")
	colors := map[string]ansi.BasicColor{}
	for _, l := range pattern.Lines() {
		actor := l.Actor.Text
		if _, known := colors[actor]; !known {
			colors[actor] = serviceColors[len(colors)%len(serviceColors)]
		}
		line := lines[l.Line-1]
		if l.Failed {
			lines[l.Line-1] = ansi.NewStyle().ForegroundColor(ansi.Red).Styled(line)
			continue
		}
		// Quoted actors and the rest are left alone.
		if before, after, found := strings.Cut(line, actor+": "); found && !l.Rest {
			line = before + ansi.NewStyle().ForegroundColor(colors[actor]).Styled(actor+":") + " " + after
		}
		if before, linked := strings.CutSuffix(line, linkMark); linked {
			line = before + ansi.NewStyle().ForegroundColor(ansi.Yellow).Styled(linkMark)
		}
		lines[l.Line-1] = line
	}
	return strings.Join(lines, "\n")
}
