package cli_test

import (
	"fmt"
	"html"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const pictureFile = "../docs/waterfall.svg"

// The picture in the README is what run prints, in the colors of a terminal.
func TestPictureShowsWhatRunPrints(t *testing.T) {
	got := svg(steadyOutput(t, []string{"run", "--color", "always", "--width", "120"}))
	if *update {
		if err := os.WriteFile(pictureFile, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(read(t, pictureFile), got); diff != "" {
		t.Errorf("%s (-file +now):\n%s\nRun go test ./cli -update after looking at it.", pictureFile, diff)
	}
}

// The size of a character, in pixels, and the space around the text.
const (
	cellWidth, cellHeight = 8, 20
	margin                = 16
)

// fills are the colors of a dark terminal, by SGR code.
var fills = map[string]string{
	"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#56d4dd",
}

// part is text between two escape sequences, or the sequence before it.
var part = regexp.MustCompile("\x1b\\[([0-9;]*)m|[^\x1b]+")

// svg draws the output of a command. Bars become rectangles, because the widths of block characters
// differ between fonts; each other word is put at its own column for the same reason.
func svg(output string) string {
	var b strings.Builder
	lines := strings.Split(strings.TrimRight(output, "\n"), "\n")
	widest := 0
	for y, line := range lines {
		x, style := 0, ""
		for _, p := range part.FindAllStringSubmatch(line, -1) {
			if strings.HasPrefix(p[0], "\x1b") {
				style = p[1]
				continue
			}
			draw(&b, p[0], style, x, y)
			x += len([]rune(p[0]))
		}
		widest = max(widest, x)
	}
	width, height := widest*cellWidth+2*margin, len(lines)*cellHeight+2*margin
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">
<title>The output of tracelab: one trace across three services</title>
<rect width="100%%" height="100%%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13" xml:space="preserve">
%s</g>
</svg>
`, width, height, width, height, b.String())
}

// word matches text up to a gap, or a bar.
var word = regexp.MustCompile(`[█▌▐]+|[^ █▌▐]+( [^ █▌▐]+)*`)

func draw(b *strings.Builder, text, style string, column, line int) {
	fill, more := "#e6edf3", ""
	switch {
	case fills[style] != "":
		fill = fills[style]
	case style == "1":
		more = ` font-weight="bold"`
	case style == "2":
		fill = "#8b949e"
	}
	for _, at := range word.FindAllStringIndex(text, -1) {
		found := text[at[0]:at[1]]
		x := margin + cellWidth*(column+len([]rune(text[:at[0]])))
		y := margin + cellHeight*line
		runes := []rune(found)
		if strings.ContainsRune("█▌▐", runes[0]) {
			left, right := x, x+cellWidth*len(runes)
			if runes[0] == '▐' {
				left += cellWidth / 2
			}
			if runes[len(runes)-1] == '▌' {
				right -= cellWidth / 2
			}
			fmt.Fprintf(b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"2\" fill=\"%s\"/>\n",
				left, y+3, right-left, cellHeight-6, fill)
			continue
		}
		fmt.Fprintf(b, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"%s\"%s>%s</text>\n",
			x, y+14, cellWidth*len(runes), fill, more, html.EscapeString(found))
	}
}
