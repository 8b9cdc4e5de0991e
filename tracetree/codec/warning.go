package codec

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// WarningKind is what a [Warning] is about.
type WarningKind string

// The kinds of warnings.
const (
	Base64IDs       WarningKind = "base64-ids"        // ids are in base64, as Tempo writes them
	InvalidID       WarningKind = "invalid-id"        // a span was left out, because its trace id or span id isn't one
	BadSpan         WarningKind = "bad-span"          // a span was left out, because one of its times can't be read
	BadField        WarningKind = "bad-field"         // an optional field, an attribute, event or link was left out
	CutDocument     WarningKind = "cut-document"      // a document is cut off or broken: the spans before it were kept
	NotATrace       WarningKind = "not-a-trace"       // a line or document between the traces was skipped
	DerivedID       WarningKind = "derived-id"        // an id isn't a number; it was replaced by one derived from its text
	InvalidParent   WarningKind = "invalid-parent"    // a span lost its parent, because the parent's id isn't one
	InvalidLink     WarningKind = "invalid-link"      // a link was left out, because its ids aren't ids
	SkippedSignal   WarningKind = "skipped-signal"    // metrics, logs or profiles were skipped
	Microseconds    WarningKind = "microseconds"      // times have no more than microseconds
	TimeAsText      WarningKind = "time-as-text"      // a time is a text where the format has a number; it was read
	TimeOutOfRange  WarningKind = "time-out-of-range" // a time beyond the year 2262 was taken as unknown
	ProducerWarning WarningKind = "producer-warning"  // the program that wrote the file had a warning about a span
)

var warningTexts = map[WarningKind]string{
	Base64IDs:       "ids are in base64; they were read all the same",
	InvalidID:       "a trace id or span id is zero, of the wrong length or not hexadecimal: the span is left out",
	DerivedID:       "an id is not hexadecimal: it is replaced by one that is derived from its text",
	InvalidParent:   "a parent's id is of the wrong length or not hexadecimal: the span has no parent",
	InvalidLink:     "a link's id is zero, of the wrong length or not hexadecimal: the link is left out",
	SkippedSignal:   "metrics, logs or profiles between the traces are skipped",
	Microseconds:    "times of this format have microsecond precision: shorter spans seem to take no time",
	TimeAsText:      "a time is a text of RFC 3339, where the format has a number; it was read all the same",
	TimeOutOfRange:  "a time is beyond the year 2262: it is taken as unknown",
	ProducerWarning: "the program that wrote this had a warning about the span",
}

// maxValues is how many different IDs a warning lists.
const maxValues = 5

// Warning is something that a reader noticed, with the place where it was first. Faults of values
// are one warning for each kind and field, others one for each kind.
type Warning struct {
	Kind    WarningKind
	Message string // what was found, and what was done about it
	Count   int    // how often
	Name    string // of the input, as given to NewReader
	Line    int    // from 1; 0 in formats without lines
	Column  int
	Offset  int64
	Path    string

	field  string // the path without the indexes of arrays, one warning for each; or ""
	values int    // how many the message lists
}

// maxFields is how many fields of one kind have a warning of their own. The faults of the others
// are counted with the last of these, so that an input can't make the list long.
const maxFields = 20

// Lost reports whether spans that are in the input may be missing because of this warning. Results
// that are computed from the rest may then be wrong, so that programs exit with status 1.
func (w Warning) Lost() bool {
	switch w.Kind {
	case InvalidID, BadSpan, CutDocument:
		return true
	}
	return false
}

// String returns the place, the message and the count.
func (w Warning) String() string {
	at := Error{Name: w.Name, Line: w.Line, Column: w.Column, Offset: w.Offset, Path: w.Path}
	text := at.Place() + ": " + w.Message
	if w.Count > 1 {
		text += fmt.Sprintf(" (%d times)", w.Count)
	}
	return text
}

// warn counts a warning. It calls where for the place only the first time, and then uses detail
// only if it is about IDs.
func (s *state) warn(kind WarningKind, where func() Error, detail ...string) {
	if s.counted(kind, "") {
		s.addIDs(kind, detail)
		return
	}
	message := warningTexts[kind]
	for _, d := range detail {
		message += ": " + d
	}
	s.addWarning(kind, "", where(), message)
}

// addIDs adds IDs to the warning about others, as people look for the spans by them.
func (s *state) addIDs(kind WarningKind, ids []string) {
	switch kind {
	case InvalidID, InvalidParent, InvalidLink:
	default:
		return
	}
	w := &s.warnings[slices.IndexFunc(s.warnings, func(w Warning) bool { return w.Kind == kind })]
	for _, id := range ids {
		switch {
		case w.values > maxValues, strings.Contains(w.Message, ": "+id), strings.Contains(w.Message, "; "+id):
			continue
		case w.values == maxValues:
			w.Message += "; and others"
		default:
			w.Message += "; " + id
		}
		w.values++
	}
}

// warnOf counts a warning that is about an error, with what it costs.
func (s *state) warnOf(kind WarningKind, err error, cost string) {
	e := &Error{Message: err.Error()}
	errors.As(err, &e)
	field := ""
	if kind == BadField || kind == BadSpan {
		field = index.ReplaceAllLiteralString(e.Path, "[]")
	}
	if s.counted(kind, field) {
		return
	}
	s.addWarning(kind, field, *e, e.Message+": "+cost)
}

// index matches the indexes of arrays in a path.
var index = regexp.MustCompile(`\[[0-9]+\]`)

// counted counts a warning of a kind and field that was reported before.
func (s *state) counted(kind WarningKind, field string) bool {
	last, fields := -1, 0
	for i := range s.warnings {
		if s.warnings[i].Kind != kind {
			continue
		}
		last = i
		fields++
		if s.warnings[i].field == field {
			break
		}
	}
	if last < 0 || s.warnings[last].field != field && fields < maxFields {
		return false
	}
	s.warnings[last].Count++
	return true
}

func (s *state) addWarning(kind WarningKind, field string, at Error, message string) {
	s.warnings = append(s.warnings, Warning{
		Kind: kind, Message: message, Count: 1, Name: s.name,
		Line: at.Line, Column: at.Column, Offset: at.Offset, Path: at.Path, field: field, values: 1,
	})
}
