package tracetree

import (
	"math"
	"strconv"
)

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
func (k ValueKind) String() string {
	return nameOf(valueKindNames[:], int(k))
}

// Value is the value of an attribute: nothing, a string, a 64-bit integer, a float, a bool, or JSON text for what has
// parts (arrays, maps, bytes). The zero Value is the empty one. Values can be compared with ==.
type Value struct {
	kind ValueKind
	num  uint64
	text string
}

// Empty returns the value that holds nothing.
func Empty() Value { return Value{} }

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

// AsString returns the string of a string value, and whether it is one.
func (v Value) AsString() (string, bool) {
	if v.kind != StringValue {
		return "", false
	}
	return v.text, true
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

// AsBool returns the bool of a boolean value, and whether it is one.
func (v Value) AsBool() (value, ok bool) {
	if v.kind != BoolValue {
		return false, false
	}
	return v.num != 0, true
}

// AsJSON returns the text of a JSON value, and whether it is one.
func (v Value) AsJSON() (string, bool) {
	if v.kind != JSONValue {
		return "", false
	}
	return v.text, true
}
