package treetest

import "strings"

// dedent removes the white space that all lines but blank ones begin with.
func dedent(text string) string {
	common := commonIndent(text)
	var b strings.Builder
	for line := range strings.Lines(text) {
		if trimmed, ok := strings.CutPrefix(line, common); ok {
			line = trimmed
		} else {
			line = strings.TrimLeft(line, " \t") // a blank line that is shorter
		}
		b.WriteString(line)
	}
	return b.String()
}

// commonIndent returns the white space that all lines but blank ones begin with.
func commonIndent(text string) string {
	common, first := "", true
	for line := range strings.Lines(text) {
		if blank(line) {
			continue
		}
		indent := indentOf(line)
		if first {
			common, first = indent, false
		}
		for !strings.HasPrefix(indent, common) {
			common = common[:len(common)-1]
		}
	}
	return common
}

// indented puts indent before every line that is not empty.
func indented(text, indent string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString(indent)
		}
		b.WriteString(line)
	}
	return b.String()
}

// topComments returns the comments that notation begins with, and the blank lines among and after
// them.
func topComments(text string) string {
	text = strings.TrimLeft(text, "\r\n")
	end := 0
	for line := range strings.Lines(text) {
		if !blank(line) && !strings.HasPrefix(strings.TrimLeft(line, " "), "#") {
			break
		}
		end += len(line)
	}
	switch top := text[:end]; {
	case blank(top):
		return ""
	case !strings.HasSuffix(top, "\n"):
		return top + "\n"
	default:
		return top
	}
}

func blank(line string) bool { return strings.Trim(line, " \t\r\n") == "" }

// indentOf returns the white space at the start of a line.
func indentOf(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " \t"))] }
