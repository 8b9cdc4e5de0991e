package cli

import (
	"fmt"
	"reflect"
	"strings"
)

// closest suggests the name that is most like a wrong one, if one is.
func closest(wrong string, names []string) string {
	best, least := "", len(wrong)/2+1
	for _, name := range names {
		// A prefix of a name is near it, too.
		d := min(editDistance(wrong, name), 1+editDistance(wrong, name[:min(len(name), len(wrong)+1)]))
		if d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// editDistance returns how many characters have to be changed, added or removed.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// commandNames returns the names of all commands.
func commandNames() []string {
	var names []string
	grammar := reflect.TypeFor[grammar]()
	for field := range grammar.Fields() {
		_, isCommand := field.Tag.Lookup("cmd")
		_, isHidden := field.Tag.Lookup("hidden")
		if isCommand && !isHidden {
			names = append(names, strings.ToLower(field.Name))
		}
	}
	return names
}
