package expect

import "strings"

// Dedent removes the white space that all lines but blank ones begin with.
func Dedent(text string) string {
	common := CommonIndent(text)
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

// CommonIndent returns the white space that all lines but blank ones begin with.
func CommonIndent(text string) string {
	common, first := "", true
	for line := range strings.Lines(text) {
		if IsBlank(line) {
			continue
		}
		indent := IndentOf(line)
		if first {
			common, first = indent, false
		}
		for !strings.HasPrefix(indent, common) {
			common = common[:len(common)-1]
		}
	}
	return common
}

// Indent puts indent before every line that is not empty.
func Indent(text, indent string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString(indent)
		}
		b.WriteString(line)
	}
	return b.String()
}

// TopComments returns the comments that notation begins with, and the blank lines among and after
// them.
func TopComments(text string) string {
	text = strings.TrimLeft(text, "\r\n")
	end := 0
	for line := range strings.Lines(text) {
		if !IsBlank(line) && !strings.HasPrefix(strings.TrimLeft(line, " "), "#") {
			break
		}
		end += len(line)
	}
	switch top := text[:end]; {
	case IsBlank(top):
		return ""
	case !strings.HasSuffix(top, "\n"):
		return top + "\n"
	default:
		return top
	}
}

// IsBlank reports whether a line has nothing but white space.
func IsBlank(line string) bool { return strings.Trim(line, " \t\r\n") == "" }

// IndentOf returns the white space at the start of a line.
func IndentOf(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " \t"))] }
