package words

import (
	"fmt"
	"strings"
)

// Closest suggests the name that is most like a wrong one, as the end of a message: "; did you mean
// view?". It returns "" if none is.
func Closest(wrong string, names []string) string {
	best, least := "", len(wrong)/2+1
	for _, name := range names {
		// A prefix of a name is near it, too, and nearest if it is spelled right.
		d := min(editDistance(wrong, name), 1+editDistance(wrong, name[:min(len(name), len(wrong)+1)]))
		if strings.HasPrefix(name, wrong) {
			d = min(d, 1)
		}
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
