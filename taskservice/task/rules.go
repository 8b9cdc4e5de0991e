package task

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of a task's fields, which both sides of the contract hold.
const (
	MaxID             = 2048 // bytes, as DynamoDB bounds a key
	MaxTitle          = 200  // characters
	MaxDescription    = 4000 // characters
	MaxIdempotencyKey = 255  // bytes
	MaxPageSize       = 100
	DefaultPageSize   = 20
)

// A Violation is a field of a request that breaks the contract.
type Violation struct{ Field, Description string }

// Violationf returns the violation of a field with a formatted description.
func Violationf(field, format string, args ...any) Violation {
	return Violation{Field: field, Description: fmt.Sprintf(format, args...)}
}

// CheckID appends to v what is wrong with a task's id, in the field of that name.
func CheckID(v []Violation, field, id string) []Violation {
	switch n := len(id); {
	case n == 0:
		return append(v, Violationf(field, "must not be empty"))
	case n > MaxID:
		return append(v, Violationf(field, "must have at most %d bytes, has %d", MaxID, n))
	case !utf8.ValidString(id):
		return append(v, Violationf(field, "must be UTF-8"))
	case strings.ContainsFunc(id, unicode.IsControl):
		return append(v, Violationf(field, "must not contain control characters"))
	}
	return v
}

// CheckTitle appends a violation to v if the title of a task is invalid.
func CheckTitle(v []Violation, title string) []Violation {
	switch n := utf8.RuneCountInString(title); {
	case strings.TrimSpace(title) == "":
		return append(v, Violationf("title", "must not be empty"))
	case n > MaxTitle:
		return append(v, Violationf("title", "must have at most %d characters, has %d", MaxTitle, n))
	}
	return v
}

// CheckDescription appends to v what is wrong with a task's description.
func CheckDescription(v []Violation, description string) []Violation {
	if n := utf8.RuneCountInString(description); n > MaxDescription {
		return append(v, Violationf("description", "must have at most %d characters, has %d", MaxDescription, n))
	}
	return v
}
