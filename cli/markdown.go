package cli

import (
	"fmt"
	"regexp"
	"strings"

	"tracelab/tracetree"
)

// fence is a line that opens or closes a block of code in Markdown: its
// indentation, its backticks or tildes, and what follows them.
var fence = regexp.MustCompile("^([ \t]*)(`{3,}|~{3,})[ \t]*([^`\r\n]*?)[ \t]*\r?\n?$")

// tidyMarkdown tidies the blocks of code whose language is tree, also in lists
// and keeps the line ends of the file. Other blocks stay as they are.
func tidyMarkdown(name, text string) (string, error) {
	var out, block strings.Builder
	var open []string // of the block that is open: indentation, fence, info
	begin, number := 0, 0
	for line := range strings.Lines(text) {
		number++
		found := fence.FindStringSubmatch(line)
		isTree := open != nil && language(open[3]) == "tree"
		switch {
		case open == nil:
			if found != nil {
				open, begin = found, number
				block.Reset()
			}
			out.WriteString(line)
		case found != nil && found[3] == "" && found[2][0] == open[2][0] && len(found[2]) >= len(open[2]):
			if isTree {
				tidy, err := tracetree.Tidy(block.String())
				if err != nil {
					return "", inFile(name, begin, err)
				}
				out.WriteString(indented(tidy, open[1], strings.HasSuffix(line, "\r\n")))
			}
			out.WriteString(line)
			open = nil
		case isTree:
			block.WriteString(strings.TrimPrefix(line, open[1]))
		default:
			out.WriteString(line)
		}
	}
	if open != nil && language(open[3]) == "tree" {
		return "", usageError("%s:%d: the tree block is not closed: want a line of %s", name, begin, open[2])
	}
	return out.String(), nil
}

// language returns the first word of the text that follows a fence.
func language(info string) string {
	word, _, _ := strings.Cut(info, " ")
	return word
}

func indented(text, indent string, crlf bool) string {
	end := "\n"
	if crlf {
		end = "\r\n"
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			line = indent + line
		}
		fmt.Fprint(&b, line, end)
	}
	return b.String()
}
