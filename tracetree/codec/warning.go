package codec

import (
	"fmt"
	"slices"
)

// WarningKind says what a [Warning] is about.
type WarningKind string

// The kinds of warnings.
const (
	Base64IDs       WarningKind = "base64-ids"        // ids were in base64, as Tempo writes them
	InvalidID       WarningKind = "invalid-id"        // a span was left out, because its ids are none
	DerivedID       WarningKind = "derived-id"        // an id was no number; it was replaced by one derived from its text
	InvalidParent   WarningKind = "invalid-parent"    // a span lost its parent, because the parent's id is none
	InvalidLink     WarningKind = "invalid-link"      // a link was left out, because its ids are none
	SkippedSignal   WarningKind = "skipped-signal"    // metrics, logs or profiles were skipped
	Microseconds    WarningKind = "microseconds"      // times have no more than microseconds
	TimeOutOfRange  WarningKind = "time-out-of-range" // a time beyond the year 2262 was taken as not known
	ProducerWarning WarningKind = "producer-warning"  // the program that wrote the file had a warning about a span
)

var warningTexts = map[WarningKind]string{
	Base64IDs:       "ids are in base64; they were read all the same",
	InvalidID:       "a trace id or span id is zero, of the wrong length or not hexadecimal: the span is left out",
	DerivedID:       "an id is not hexadecimal: it is replaced by one that is derived from its text",
	InvalidParent:   "a parent's id is of the wrong length or not hexadecimal: the span stands without a parent",
	InvalidLink:     "a link's id is zero, of the wrong length or not hexadecimal: the link is left out",
	SkippedSignal:   "metrics, logs or profiles between the traces are skipped",
	Microseconds:    "times of this format have microsecond precision: shorter spans seem to take no time",
	TimeOutOfRange:  "a time is beyond the year 2262: it is taken as not known",
	ProducerWarning: "the program that wrote this had a warning about the span",
}

// Warning is something that a reader noticed, said once for each kind, with the place where it was first.
type Warning struct {
	Kind    WarningKind
	Message string // what it is, and what was done about it
	Count   int    // how often
	Name    string // of the input, as given to NewReader
	Line    int    // from 1; 0 in formats without lines
	Column  int
	Offset  int64
	Path    string
}

// String returns the message with its place in front and the count behind.
func (w Warning) String() string {
	at := Error{Name: w.Name, Line: w.Line, Column: w.Column, Offset: w.Offset, Path: w.Path}
	text := at.Place() + ": " + w.Message
	if w.Count > 1 {
		text += fmt.Sprintf(" (%d times)", w.Count)
	}
	return text
}

// warn counts a warning; where is asked for its place the first time.
func (s *state) warn(kind WarningKind, where func() Error, detail ...string) {
	if i := slices.IndexFunc(s.warnings, func(w Warning) bool { return w.Kind == kind }); i >= 0 {
		s.warnings[i].Count++
		return
	}
	at := where()
	message := warningTexts[kind]
	for _, d := range detail {
		message += ": " + d
	}
	s.warnings = append(s.warnings, Warning{
		Kind: kind, Message: message, Count: 1, Name: s.name,
		Line: at.Line, Column: at.Column, Offset: at.Offset, Path: at.Path,
	})
}
