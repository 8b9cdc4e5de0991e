// Package words writes parts of sentences for messages and outputs: numbers with their nouns,
// alternatives, and suggestions for misspelled names.
package words

import (
	"strconv"
	"strings"
)

// Count returns a number with its noun, which is plural unless the number is 1: 2 spans, 2
// mysteries. The noun is one whose plural ends in s, or in ies for one that ends in a consonant and
// y.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, hasY := strings.CutSuffix(noun, "y"); hasY && !strings.ContainsAny(stem[max(0, len(stem)-1):], "aeiou") {
		return strconv.Itoa(n) + " " + stem + "ies"
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// OneOf returns alternatives, of which there is at least one, in the form of a sentence: a, b or c.
func OneOf(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
