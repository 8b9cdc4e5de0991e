package otlpserve

import "fmt"

// maxJSONNesting is how deep a request in JSON may be nested. It allows about as much as in
// protobuf: ten levels down to the value of an attribute, and for each of 64 levels of a value up
// to four. Decoders recur, so a request of some megabytes could otherwise nest a million levels.
const maxJSONNesting = 10 + 4*64

// checkJSONNesting returns an error if valid JSON is nested too deep.
func checkJSONNesting(body []byte) error {
	depth, inString := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			inString = !inString
		case inString && c == '\\':
			i++ // what follows can't end the string
		case inString:
		case c == '{', c == '[':
			if depth++; depth > maxJSONNesting {
				return fmt.Errorf("the JSON is nested too deep: want at most %d levels", maxJSONNesting)
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return nil
}
