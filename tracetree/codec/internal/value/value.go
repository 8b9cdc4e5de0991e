// Package value composes values of attributes from their parts, and takes them apart again.
package value

import (
	"cmp"
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"tracelab/tracetree"
)

// Array returns an array in the canonical form of [tracetree.JSON], which is that of the
// OpenTelemetry SDK.
func Array(elements []tracetree.Value) tracetree.Value {
	text, faithful := []byte("["), true
	for i, e := range elements {
		if i > 0 {
			text = append(text, ',')
		}
		text = Append(text, e)
		faithful = faithful && isFaithful(e)
	}
	text = append(text, ']')
	if faithful {
		return tracetree.JSON(string(text))
	}
	return tracetree.JSON(string(text), string(appendTypedArray(nil, elements)))
}

// Object returns a map in the canonical form, which has its members sorted. It may change
// their order.
func Object(members []tracetree.Attr) tracetree.Value {
	byKey := func(a, b tracetree.Attr) int { return cmp.Compare(a.Key, b.Key) }
	typed, faithful := []byte(nil), slices.IsSortedFunc(members, byKey)
	for _, m := range members {
		faithful = faithful && isFaithful(m.Value)
	}
	if !faithful {
		typed = appendTypedObject(nil, members)
		slices.SortStableFunc(members, byKey)
	}
	text := []byte("{")
	for i, m := range members {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(AppendString(text, m.Key), ':')
		text = Append(text, m.Value)
	}
	return tracetree.JSON(string(append(text, '}')), string(typed))
}

// isFaithful reports whether a value inside of an array or map can be read from its canonical form
// again. Bytes look like a string there, floats that are whole numbers like integers.
func isFaithful(v tracetree.Value) bool {
	switch v.Kind() {
	case tracetree.FloatValue:
		_, err := strconv.ParseInt(v.Text(), 10, 64)
		f, _ := v.AsFloat()
		return err != nil && !math.IsNaN(f) && !math.IsInf(f, 0)
	case tracetree.JSONValue:
		return v.Typed() == "" && v.Text()[0] != '"'
	case tracetree.StringValue:
		return utf8.ValidString(v.Text())
	}
	return true
}

// The typed form of a value is JSON, in which every string begins with a letter for what it is: s
// for a string, b for bytes in base64, f for a float. The members of a map are in their own order.
func appendTyped(text []byte, v tracetree.Value) []byte {
	switch v.Kind() {
	case tracetree.StringValue:
		return AppendString(text, "s"+v.Text())
	case tracetree.FloatValue:
		return append(append(append(text, `"f`...), v.Text()...), '"')
	case tracetree.JSONValue:
		if typed := v.Typed(); typed != "" {
			return append(text, typed...)
		}
		elements, members, bytes, ok := Parts(v)
		switch {
		case !ok:
			return AppendString(text, "s"+v.Text())
		case elements != nil:
			return appendTypedArray(text, elements)
		case members != nil:
			return appendTypedObject(text, members)
		}
		text = base64.StdEncoding.AppendEncode(append(text, `"b`...), bytes)
		return append(text, '"')
	}
	return Append(text, v)
}

func appendTypedArray(text []byte, elements []tracetree.Value) []byte {
	text = append(text, '[')
	for i, e := range elements {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendTyped(text, e)
	}
	return append(text, ']')
}

func appendTypedObject(text []byte, members []tracetree.Attr) []byte {
	text = append(text, '{')
	for i, m := range members {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendTyped(append(AppendString(text, m.Key), ':'), m.Value)
	}
	return append(text, '}')
}

func Bytes(bytes []byte) tracetree.Value {
	text := append(make([]byte, 0, base64.StdEncoding.EncodedLen(len(bytes))+2), '"')
	text = base64.StdEncoding.AppendEncode(text, bytes)
	return tracetree.JSON(string(append(text, '"')))
}

// Append appends a value as it is written inside of an array or a map.
func Append(text []byte, v tracetree.Value) []byte {
	switch v.Kind() {
	case tracetree.EmptyValue:
		return append(text, "null"...)
	case tracetree.StringValue:
		return AppendString(text, v.Text())
	case tracetree.FloatValue:
		f, _ := v.AsFloat()
		switch {
		case math.IsNaN(f):
			return append(text, `"NaN"`...)
		case math.IsInf(f, 1):
			return append(text, `"Infinity"`...)
		case math.IsInf(f, -1):
			return append(text, `"-Infinity"`...)
		}
		return strconv.AppendFloat(text, f, 'g', -1, 64)
	default:
		return append(text, v.Text()...)
	}
}

// AppendString appends a JSON string, with no more escapes than JSON and JavaScript need.
func AppendString(text []byte, s string) []byte {
	const hex = "0123456789abcdef"
	text = append(text, '"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			text = append(text, '\\', byte(r))
		case r == '\n':
			text = append(text, `\n`...)
		case r == '\r':
			text = append(text, `\r`...)
		case r == '\t':
			text = append(text, `\t`...)
		case r == '\b':
			text = append(text, `\b`...)
		case r == '\f':
			text = append(text, `\f`...)
		case r < ' ' || r == '\u2028' || r == '\u2029':
			text = append(text, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		case r == utf8.RuneError && s[i] != 0xEF:
			text = append(text, `\ufffd`...)
		default:
			text = utf8.AppendRune(text, r)
		}
	}
	return append(text, '"')
}
