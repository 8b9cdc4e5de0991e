package exercises

import "strings"

// pasted returns an answer without the fence or the indentation that an example has in a document.
// Lines keep their numbers.
func pasted(answer string) string {
	lines := strings.Split(strings.TrimPrefix(answer, "\ufeff"), "\n")
	first, last := none, none
	for i, line := range lines {
		if strings.TrimSpace(line) != "" {
			if last = i; first == none {
				first = i
			}
		}
	}
	const fence = "```"
	if first < last && strings.HasPrefix(strings.TrimSpace(lines[first]), fence) &&
		strings.TrimSpace(lines[last]) == fence {
		lines[first], lines[last] = "", ""
	}
	indent := none
	for _, line := range lines {
		if rest := strings.TrimLeft(line, " "); strings.TrimSpace(rest) != "" {
			if n := len(line) - len(rest); indent == none || n < indent {
				indent = n
			}
		}
	}
	for i := range lines {
		lines[i] = lines[i][min(max(indent, 0), len(lines[i])-len(strings.TrimLeft(lines[i], " "))):]
	}
	return strings.Join(lines, "\n")
}
