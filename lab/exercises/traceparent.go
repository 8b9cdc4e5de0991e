package exercises

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"tracelab/internal/words"
)

// traceparent contains the fields of a header, valid or not. A field that was not found is empty.
type traceparent struct {
	version, traceID, spanID, flags string
}

// The lengths of the fields, in characters.
const (
	versionLength = 2
	traceIDLength = 32
	spanIDLength  = 16
	flagsLength   = 2
)

// written is a header as it was written in an answer.
type written struct {
	name    string // before the colon, or empty
	value   string
	equals  bool   // an equals sign instead of the colon
	problem string // what is wrong with the form, or empty
	traceparent
}

// readHeader splits a header into its fields, even a malformed one, so that each mistake can be
// named. Only an answer that isn't one line of text is an error.
func readHeader(answer string) (written, error) {
	var line string
	number := 0
	for i, l := range strings.Split(strings.TrimPrefix(answer, "\ufeff"), "\n") {
		l = strings.TrimSpace(l)
		switch {
		case l == "":
		case number > 0:
			return written{},
				fmt.Errorf("line %d, column 1: unexpected second line, want a single header, as in traceparent: 00-…-…-01", i+1)
		default:
			line, number = l, i+1
		}
	}
	if number == 0 {
		return written{}, errors.New("line 1, column 1: found no text, want a header, as in traceparent: 00-…-…-01")
	}
	if !utf8.ValidString(line) {
		return written{},
			fmt.Errorf("line %d, column %d: invalid UTF-8, want hexadecimal digits and hyphens", number, invalidAt(line))
	}
	w := written{value: line}
	if name, value, found := strings.Cut(line, ":"); found && !isFields(line, ":") {
		w.name, w.value = strings.TrimSpace(name), strings.TrimSpace(value)
	} else if name, value, found := strings.Cut(line, "="); found {
		w.name, w.value, w.equals = strings.TrimSpace(name), strings.TrimSpace(value), true
	}
	w.split()
	return w, nil
}

// invalidAt returns the column of the first byte that isn't UTF-8, from 1, in characters.
func invalidAt(line string) int {
	column := 1
	for at := 0; at < len(line); column++ {
		r, size := utf8.DecodeRuneInString(line[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return column
}

// isFields reports whether a value has four fields with this separator, so that a colon isn't taken
// for the one after a name.
func isFields(value, separator string) bool {
	return strings.Count(value, separator) == 3 && !strings.Contains(value, "-")
}

// split finds the fields. If the separator isn't a hyphen, or the number of fields isn't four, it
// records the problem and finds what it can: ids by their length, version and flags by their place.
func (w *written) split() {
	value := w.value
	var problems []string
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	defer func() { w.problem = strings.Join(problems, "; ") }()
	if bare := strings.Trim(value, "\"'`<>"); bare != value {
		problem("quotes or brackets around it, want the value alone")
		value = bare
	}
	if bare := strings.TrimSpace(value); bare != value {
		problem("spaces at its end or its beginning, want none")
		value = bare
	}
	fields := strings.Split(value, "-")
	if len(fields) == 1 {
		for _, separator := range []string{"_", ":", ".", ",", ";", "/", "–", "—", " "} {
			if split := strings.Split(value, separator); len(split) > 1 {
				fields = split
				problem("%q between the fields, want hyphens", separator)
				break
			}
		}
	}
	if slices.ContainsFunc(fields, func(f string) bool { return strings.TrimSpace(f) != f }) {
		problem("spaces around a hyphen, want none")
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
	}
	if len(fields) == 4 {
		w.traceparent = traceparent{fields[0], fields[1], fields[2], fields[3]}
		return
	}
	problem("%s, want four: version, trace id, span id and flags, joined by hyphens", words.Count(len(fields), "field"))
	w.sort(fields)
}

// sort assigns fields to what they most likely are, if there aren't four of them.
func (w *written) sort(fields []string) {
	ids := false
	for _, f := range fields {
		switch n := utf8.RuneCountInString(f); {
		case n == traceIDLength && w.traceID == "":
			w.traceID, ids = f, true
		case n == spanIDLength && w.spanID == "":
			w.spanID, ids = f, true
		case n == versionLength && !ids && w.version == "":
			w.version = f
		case n == flagsLength && ids && w.flags == "":
			w.flags = f
		}
	}
}

// isHex reports whether a text consists of hexadecimal digits in lower case.
func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }
