package tracetree

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Span is one finished operation in the OpenTelemetry data model. It is a plain value that decoders
// fill in; this package never changes one. Programs hold millions of spans, so it is kept small:
// data shared by the spans of one service is in Origin, data that few spans have is in Rare.
type Span struct {
	TraceID TraceID
	SpanID  SpanID
	Parent  SpanID // zero if there is no parent
	Name    string

	Start, End int64 // Unix time in nanoseconds, 0 if unknown

	Attributes    []Attr
	Events        []Event
	Links         []Link
	StatusMessage string
	Origin        *Origin // nil if unknown
	Rare          *Rare   // nil if empty

	Kind         Kind
	Status       Status
	ParentRemote Remote
	Unended      bool   // the span had not ended when it was read
	Flags        uint32 // as in OTLP: W3C trace flags in the lowest 8 bits
}

// Event is a moment in the life of a span.
type Event struct {
	Name              string
	Time              int64 // Unix time in nanoseconds, 0 if unknown
	Attributes        []Attr
	DroppedAttributes uint32 // the number of attributes that the SDK dropped because of its limits
}

// Link points from a span to another span, in the same trace or in a different one.
type Link struct {
	TraceID           TraceID
	SpanID            SpanID
	TraceState        string // the value of the W3C tracestate header
	Attributes        []Attr
	DroppedAttributes uint32
	Flags             uint32 // as those of a span
}

// Origin is the source of spans: the resource and the instrumentation scope. All spans of one
// resource and one scope share an Origin.
type Origin struct {
	Resource        []Attr
	ResourceSchema  string // the URL of the schema of the resource
	ScopeName       string
	ScopeVersion    string
	ScopeAttributes []Attr
	ScopeSchema     string // the URL of the schema of the scope and its spans

	DroppedResource uint32 // the number of attributes of the resource that were dropped
	DroppedScope    uint32 // the number of attributes of the scope that were dropped

	// Entities are those that the resource describes: their types, and JSON maps of schemaUrl,
	// idKeys and descriptionKeys.
	Entities []Attr
}

// Rare holds the data that few spans have.
type Rare struct {
	TraceState        string // the value of the W3C tracestate header
	DroppedAttributes uint32 // the number of attributes that the SDK dropped because of its limits
	DroppedEvents     uint32
	DroppedLinks      uint32
	OriginalID        SpanID // the id in the input if several spans share it, so that SpanID is another one; else zero
	OriginalParent    SpanID // the parent in the input if Parent is another one, or if OriginalID isn't zero
}

// UnknownService is the service of a span whose resource has no service.name.
const UnknownService = "unknown_service"

// Service returns the service.name of the span's resource, or [UnknownService].
func (s *Span) Service() string {
	if s.Origin != nil {
		for i := range s.Origin.Resource {
			if a := &s.Origin.Resource[i]; a.Key == "service.name" {
				if name := a.Value.Text(); name != "" {
					return name
				}
			}
		}
	}
	return UnknownService
}

// Attr returns the value of the span's attribute with this key, and whether it exists. If several
// attributes have the key, which OpenTelemetry forbids, it returns the first.
func (s *Span) Attr(key string) (Value, bool) {
	for i := range s.Attributes {
		if s.Attributes[i].Key == key {
			return s.Attributes[i].Value, true
		}
	}
	return Value{}, false
}

// InputIDs returns the ids that the span and its parent have in their input. They are SpanID and
// Parent, unless several spans of the input share an id: then SpanID and Parent are generated ids,
// by which programs tell the spans apart. Printed ids are those of the input.
func (s *Span) InputIDs() (id, parent SpanID) {
	id, parent = s.SpanID, s.Parent
	if s.Rare == nil {
		return id, parent
	}
	if !s.Rare.OriginalParent.IsZero() {
		parent = s.Rare.OriginalParent
	}
	if !s.Rare.OriginalID.IsZero() {
		id, parent = s.Rare.OriginalID, s.Rare.OriginalParent
	}
	return id, parent
}

// Duration returns the time from start to end, and whether both are known. It is negative if the
// end is before the start.
func (s *Span) Duration() (time.Duration, bool) {
	if s.Start == 0 || s.End == 0 {
		return 0, false
	}
	return time.Duration(s.End - s.Start), true
}

// Kind is a span's role in a call, the SpanKind of OpenTelemetry.
type Kind uint8

// The kinds of spans.
const (
	KindUnspecified Kind = iota
	KindInternal
	KindServer
	KindClient
	KindProducer
	KindConsumer
)

var kindNames = [...]string{"unspecified", "internal", "server", "client", "producer", "consumer"}

// String returns the kind in lower case, as in "server".
func (k Kind) String() string { return nameOf(kindNames[:], int(k)) }

// Status is a span's outcome, the status code of OpenTelemetry.
type Status uint8

// The outcomes. The status of a successful span is normally unset.
const (
	StatusUnset Status = iota
	StatusOK
	StatusError
)

var statusNames = [...]string{"unset", "ok", "error"}

// String returns the status in lower case, as in "error".
func (s Status) String() string { return nameOf(statusNames[:], int(s)) }

// Remote is whether the parent of a span is in another process.
type Remote uint8

// The values of Remote.
const (
	RemoteUnknown Remote = iota
	RemoteNo
	RemoteYes
)

func nameOf(names []string, i int) string {
	if i >= len(names) {
		return "invalid"
	}
	return names[i]
}

// TraceID is a W3C trace id: 16 bytes, all zero if it is not set.
type TraceID [16]byte

// SpanID is a W3C span id: 8 bytes, all zero if it is not set.
type SpanID [8]byte

// String returns the id as 32 lower-case hexadecimal digits.
func (id TraceID) String() string { return hex.EncodeToString(id[:]) }

// String returns the id as 16 lower-case hexadecimal digits.
func (id SpanID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether all bytes of the id are zero, which makes it invalid.
func (id TraceID) IsZero() bool { return id == TraceID{} }

// IsZero reports whether all bytes of the id are zero, which makes it invalid.
func (id SpanID) IsZero() bool { return id == SpanID{} }

// ParseTraceID parses exactly 32 hexadecimal digits of either case. It accepts the id of zeros.
func ParseTraceID(text string) (TraceID, error) {
	var id TraceID
	err := parseID(id[:], text)
	if err != nil {
		return TraceID{}, fmt.Errorf("parse trace id: %w", err)
	}
	return id, nil
}

func parseID(into []byte, text string) error {
	if len(text) != 2*len(into) {
		return fmt.Errorf("%.80q has %d characters, want %d hexadecimal digits", text, len(text), 2*len(into))
	}
	if _, err := hex.Decode(into, []byte(text)); err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	return nil
}

// Attr is one attribute: a key and its value.
type Attr struct {
	Key   string
	Value Value
}

// ValueKind is the type of a [Value].
type ValueKind uint8

// The kinds of values. The zero Value is empty.
const (
	EmptyValue ValueKind = iota
	StringValue
	IntValue
	FloatValue
	BoolValue
	JSONValue
)

var valueKindNames = [...]string{"empty", "string", "int", "float", "bool", "json"}

// String returns the kind in lower case, as in "string" or "int".
func (k ValueKind) String() string { return nameOf(valueKindNames[:], int(k)) }

// Value is the value of an attribute: empty, a string, a 64-bit integer, a float, a bool, or JSON
// text for arrays, maps and bytes. The zero Value is empty. Values can be compared with ==.
type Value struct {
	kind ValueKind
	num  uint64
	text string
}

// String returns a string value. It is a constructor, not the [fmt.Stringer] method; see
// [Value.Text].
func String(s string) Value { return Value{kind: StringValue, text: s} }

// Int returns an integer value.
func Int(i int64) Value { return Value{kind: IntValue, num: uint64(i)} }

// Float returns a floating-point value.
func Float(f float64) Value { return Value{kind: FloatValue, num: math.Float64bits(f)} }

// Bool returns a boolean value.
func Bool(b bool) Value {
	if b {
		return Value{kind: BoolValue, num: 1}
	}
	return Value{kind: BoolValue}
}

// JSON returns an array, a map, or bytes (as a base64 string). The text must be in canonical form:
// JSON without insignificant white space, with sorted keys. JSON does not check it. A second, typed
// form of the value is kept if it is given: decoders use it for types that JSON lacks, such as
// bytes in an array.
func JSON(text string, typed ...string) Value {
	if len(typed) == 0 || typed[0] == "" {
		return Value{kind: JSONValue, text: text}
	}
	return Value{kind: JSONValue, num: uint64(len(text)) + 1, text: text + typed[0]}
}

// Typed returns the typed form of a JSON value, or "".
func (v Value) Typed() string {
	if v.kind != JSONValue || v.num == 0 {
		return ""
	}
	return v.text[v.num-1:]
}

// Kind returns the type of the value.
func (v Value) Kind() ValueKind { return v.kind }

// Text returns the canonical text, which the notation prints and compares: a string unchanged, an
// integer in decimal, a float in the shortest form that parses to the same number, true or false,
// JSON text, or "" if empty.
func (v Value) Text() string {
	switch v.kind {
	case IntValue:
		return strconv.FormatInt(int64(v.num), 10)
	case FloatValue:
		return strconv.FormatFloat(math.Float64frombits(v.num), 'g', -1, 64)
	case BoolValue:
		return strconv.FormatBool(v.num != 0)
	case JSONValue:
		return v.text[:len(v.text)-len(v.Typed())]
	default:
		return v.text
	}
}

// AsInt returns the number of an integer value, and whether the value is an integer.
func (v Value) AsInt() (int64, bool) {
	if v.kind != IntValue {
		return 0, false
	}
	return int64(v.num), true
}

// AsFloat returns the number of a float value, and whether the value is a float.
func (v Value) AsFloat() (float64, bool) {
	if v.kind != FloatValue {
		return 0, false
	}
	return math.Float64frombits(v.num), true
}
