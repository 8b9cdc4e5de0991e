package tracetree

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Span is one finished operation, as the OpenTelemetry data model has it. It is a plain value that decoders fill in;
// nothing in this package changes one. A million of them are held at once, so it is kept small: what the spans of one
// service share is behind Origin, what hardly any span has is behind Rare.
type Span struct {
	TraceID TraceID
	SpanID  SpanID
	Parent  SpanID // zero: no parent
	Name    string

	Start, End int64 // Unix time in nanoseconds; 0: not known

	Attributes    []Attr
	Events        []Event
	Links         []Link
	StatusMessage string
	Origin        *Origin // nil: not known
	Rare          *Rare   // nil: none of it

	Kind         Kind
	Status       Status
	ParentRemote Remote
	Unended      bool // the span was started and had not ended when it was read
}

// Event is something that happened at one moment of a span's life.
type Event struct {
	Name       string
	Time       int64 // Unix time in nanoseconds; 0: not known
	Attributes []Attr
}

// Link points from a span to another span, of the same trace or of another one.
type Link struct {
	TraceID    TraceID
	SpanID     SpanID
	Attributes []Attr
}

// Origin is where spans come from: the resource and the instrumentation scope. All spans of one resource and one scope
// share one Origin.
type Origin struct {
	Resource        []Attr
	ScopeName       string
	ScopeVersion    string
	ScopeAttributes []Attr
}

// Rare is what few spans have.
type Rare struct {
	TraceState        string // the W3C tracestate header's value
	DroppedAttributes uint32 // attributes that the SDK dropped over its limits
	DroppedEvents     uint32
	DroppedLinks      uint32
}

// UnknownService is the service of a span whose resource has no service.name.
const UnknownService = "unknown_service"

// Service returns the service.name of the resource, or [UnknownService].
func (o *Origin) Service() string {
	if o != nil {
		for i := range o.Resource {
			if o.Resource[i].Key == "service.name" {
				if name := o.Resource[i].Value.Text(); name != "" {
					return name
				}
			}
		}
	}
	return UnknownService
}

// Service returns the name of the service that made the span, or [UnknownService].
func (s *Span) Service() string { return s.Origin.Service() }

// Attr returns the value of the span's attribute with this key, and whether there is one. Of several attributes with
// one key, which OpenTelemetry forbids, it is the first.
func (s *Span) Attr(key string) (Value, bool) {
	for i := range s.Attributes {
		if s.Attributes[i].Key == key {
			return s.Attributes[i].Value, true
		}
	}
	return Value{}, false
}

// Duration returns the time from start to end, which is negative when the end is before the start, and whether both
// are known.
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

// The outcomes. An unset status is the normal one of a success.
const (
	StatusUnset Status = iota
	StatusOK
	StatusError
)

var statusNames = [...]string{"unset", "ok", "error"}

// String returns the status in lower case, as in "error".
func (s Status) String() string { return nameOf(statusNames[:], int(s)) }

// Remote says whether a span's parent is known to be in another process.
type Remote uint8

// What is known about the place of a parent.
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

// TraceID is a W3C trace id: 16 bytes, all zero when there is none.
type TraceID [16]byte

// SpanID is a W3C span id: 8 bytes, all zero when there is none.
type SpanID [8]byte

// String returns the id as 32 lower-case hexadecimal digits.
func (id TraceID) String() string { return hex.EncodeToString(id[:]) }

// String returns the id as 16 lower-case hexadecimal digits.
func (id SpanID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether the id is the invalid id of zeros.
func (id TraceID) IsZero() bool { return id == TraceID{} }

// IsZero reports whether the id is the invalid id of zeros.
func (id SpanID) IsZero() bool { return id == SpanID{} }

// ParseTraceID reads exactly 32 hexadecimal digits of either case. The id of zeros is read like any other.
func ParseTraceID(text string) (TraceID, error) {
	var id TraceID
	err := parseID(id[:], text)
	if err != nil {
		return TraceID{}, fmt.Errorf("parse trace id: %w", err)
	}
	return id, nil
}

// ParseSpanID reads exactly 16 hexadecimal digits of either case. The id of zeros is read like any other.
func ParseSpanID(text string) (SpanID, error) {
	var id SpanID
	err := parseID(id[:], text)
	if err != nil {
		return SpanID{}, fmt.Errorf("parse span id: %w", err)
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

// ValueKind says what a [Value] holds.
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

// Value is the value of an attribute: nothing, a string, a 64-bit integer, a float, a bool, or JSON text for what has
// parts (arrays, maps, bytes). The zero Value is the empty one. Values can be compared with ==.
type Value struct {
	kind ValueKind
	num  uint64
	text string
}

// String returns a string value. It is a constructor, not the [fmt.Stringer] method; see [Value.Text].
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

// JSON returns a value of parts: an array, a map, or bytes (as a base64 string). The text is the canonical form: JSON
// without insignificant white space, with sorted keys. JSON doesn't check it.
func JSON(text string) Value { return Value{kind: JSONValue, text: text} }

// Kind says what the value holds.
func (v Value) Kind() ValueKind { return v.kind }

// Text returns the canonical text form, the one that the notation prints and compares: a string as it is, an integer
// in decimal, a float in the shortest form that reads back the same, true or false, JSON text, or "" when empty.
func (v Value) Text() string {
	switch v.kind {
	case IntValue:
		return strconv.FormatInt(int64(v.num), 10)
	case FloatValue:
		return strconv.FormatFloat(math.Float64frombits(v.num), 'g', -1, 64)
	case BoolValue:
		return strconv.FormatBool(v.num != 0)
	default:
		return v.text
	}
}

// AsInt returns the number of an integer value, and whether it is one.
func (v Value) AsInt() (int64, bool) {
	if v.kind != IntValue {
		return 0, false
	}
	return int64(v.num), true
}

// AsFloat returns the number of a float value, and whether it is one.
func (v Value) AsFloat() (float64, bool) {
	if v.kind != FloatValue {
		return 0, false
	}
	return math.Float64frombits(v.num), true
}
