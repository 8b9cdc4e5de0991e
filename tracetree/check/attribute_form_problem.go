package check

import (
	"strings"
	"unicode"

	"tracelab/tracetree/check/semconv"
)

// problem is what can be wrong with an attribute's form.
type problem uint8

const (
	none problem = iota
	noKey
	blankInKey
	looseDot
	misspelt
	empty
	otherType
	asText // text, which all values of some formats are
	namespace
)

// String returns what is wrong with a key, as the end of a sentence.
func (p problem) String() string {
	return [...]string{
		noKey: "is empty", blankInKey: "has white space or a control character in it",
		looseDot: "has a dot without a name on one side", namespace: "",
	}[p]
}

// problemOf returns what is wrong with a key by itself.
func problemOf(key string) problem {
	switch {
	case key == "":
		return noKey
	case strings.ContainsFunc(key, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return blankInKey
	case key[0] == '.' || key[len(key)-1] == '.' || strings.Contains(key, ".."):
		return looseDot
	case semconv.Spelled(key) != "":
		return misspelt
	default:
		return none
	}
}
