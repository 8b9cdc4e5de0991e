package play

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"tracelab/tracetree"
)

// textual are attributes that are text in the conventions, even if they look like numbers.
var textual = map[string]bool{
	"error.type": true, "db.response.status_code": true, "rpc.response.status_code": true, "messaging.message.id": true,
}

// typed converts the text in braces to a value: to a string if the usual value is one, otherwise to
// the type that the text looks like. The value's text is always the given text.
func typed(key, text string, usual tracetree.Value) tracetree.Value {
	if textual[key] || usual.Kind() == tracetree.StringValue {
		return tracetree.String(text)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		return tracetree.Int(n)
	}
	if text == "true" || text == "false" {
		return tracetree.Bool(text == "true")
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) && numberText(f) == text {
		return tracetree.Float(f)
	}
	if strings.HasPrefix(text, "[") {
		if v, ok := array(text); ok && v.String() == text {
			return tracetree.JSON(text)
		}
	}
	return tracetree.String(text)
}

// keyValues converts attributes for the SDK.
func keyValues(list attributes) []attribute.KeyValue {
	converted := make([]attribute.KeyValue, len(list))
	for i, a := range list {
		converted[i] = attribute.KeyValue{Key: attribute.Key(a.Key), Value: sdkValue(a.Value)}
	}
	return converted
}

func sdkValue(v tracetree.Value) attribute.Value {
	switch v.Kind() {
	case tracetree.IntValue:
		n, _ := v.AsInt()
		return attribute.Int64Value(n)
	case tracetree.FloatValue:
		f, _ := v.AsFloat()
		return attribute.Float64Value(f)
	case tracetree.BoolValue:
		return attribute.BoolValue(v == tracetree.Bool(true))
	case tracetree.JSONValue:
		if list, ok := array(v.Text()); ok {
			return list
		}
	}
	return attribute.StringValue(v.Text())
}

// array reads a JSON array whose elements are of one type.
func array(text string) (attribute.Value, bool) {
	if list, ok := decode[string](text); ok {
		return attribute.StringSliceValue(list), true
	}
	if list, ok := decode[int64](text); ok {
		return attribute.Int64SliceValue(list), true
	}
	if list, ok := decode[float64](text); ok {
		return attribute.Float64SliceValue(list), true
	}
	if list, ok := decode[bool](text); ok {
		return attribute.BoolSliceValue(list), true
	}
	return attribute.Value{}, false
}

func decode[T any](text string) ([]T, bool) {
	var pointers []*T // null isn't an element of an array of one type
	if json.Unmarshal([]byte(text), &pointers) != nil {
		return nil, false
	}
	list := make([]T, len(pointers))
	for i, p := range pointers {
		if p == nil {
			return nil, false
		}
		list[i] = *p
	}
	return list, true
}
