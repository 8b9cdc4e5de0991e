package codec

import (
	"cmp"
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"tracelab/tracetree"
)

// arrayValue returns an array in the canonical form of [tracetree.JSON], which is that of the OpenTelemetry SDK.
func arrayValue(elements []tracetree.Value) tracetree.Value {
	text := []byte("[")
	for i, e := range elements {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendValue(text, e)
	}
	return tracetree.JSON(string(append(text, ']')))
}

// objectValue returns a map in the canonical form. It sorts the members.
func objectValue(members []tracetree.Attr) tracetree.Value {
	slices.SortStableFunc(members, func(a, b tracetree.Attr) int { return cmp.Compare(a.Key, b.Key) })
	text := []byte("{")
	for i, m := range members {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(appendString(text, m.Key), ':')
		text = appendValue(text, m.Value)
	}
	return tracetree.JSON(string(append(text, '}')))
}

func bytesValue(bytes []byte) tracetree.Value {
	text := append(make([]byte, 0, base64.StdEncoding.EncodedLen(len(bytes))+2), '"')
	text = base64.StdEncoding.AppendEncode(text, bytes)
	return tracetree.JSON(string(append(text, '"')))
}

// appendValue appends a value as it is written inside of an array or a map.
func appendValue(text []byte, v tracetree.Value) []byte {
	switch v.Kind() {
	case tracetree.EmptyValue:
		return append(text, "null"...)
	case tracetree.StringValue:
		return appendString(text, v.Text())
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

// appendString appends a JSON string, with no more escapes than JSON and JavaScript need.
func appendString(text []byte, s string) []byte {
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
