package telemetry

import (
	"go.opentelemetry.io/otel/attribute"

	"tracelab/internal/redact"
)

// value masks the secrets of a value. Lists and maps keep their form, except that a list of numbers
// becomes one of mixed values when a number is masked, as the mask is text.
func (m *masker) value(v attribute.Value, rule redact.Rule) (attribute.Value, bool) {
	switch v.Type() {
	case attribute.STRING:
		return maskString(v, v.AsString(), rule)
	case attribute.BYTESLICE:
		return maskString(v, v.String(), rule)
	case attribute.INT64:
		return maskIf(rule.Int(v.AsInt64()), v)
	case attribute.FLOAT64:
		return maskIf(rule.Float(v.AsFloat64()), v)
	case attribute.STRINGSLICE, attribute.INT64SLICE, attribute.FLOAT64SLICE, attribute.SLICE, attribute.MAP:
		if rule.Secret || rule.ID {
			return m.parts(v, rule)
		}
		// Taking these apart allocates, and mostly they are the same few.
		if _, known := m.innocent[v]; known {
			return v, false
		}
		masked, changed := m.parts(v, rule)
		if !changed {
			redact.Remember(m.innocent, v, struct{}{})
		}
		return masked, changed
	case attribute.EMPTY, attribute.BOOL, attribute.BOOLSLICE:
	}
	return v, false
}

// parts masks the elements of a list or a map.
func (m *masker) parts(v attribute.Value, rule redact.Rule) (attribute.Value, bool) {
	switch v.Type() {
	case attribute.STRINGSLICE:
		next := rule
		texts, changed := each(v.AsStringSlice(), func(text string) (string, bool) {
			own := next
			next = rule.Next(text)
			return own.String(text)
		})
		if changed {
			return attribute.StringSliceValue(texts), true
		}
	case attribute.INT64SLICE:
		return m.list(numbers(v.AsInt64Slice(), attribute.Int64Value), rule, v)
	case attribute.FLOAT64SLICE:
		return m.list(numbers(v.AsFloat64Slice(), attribute.Float64Value), rule, v)
	case attribute.SLICE:
		return m.list(v.AsSlice(), rule, v)
	case attribute.MAP:
		attrs, changed := each(v.AsMap(), func(attr attribute.KeyValue) (attribute.KeyValue, bool) {
			return m.attribute(attr, rule.Secret)
		})
		if changed {
			return attribute.MapValue(attrs...), true
		}
	}
	return v, false
}

func numbers[N any](list []N, value func(N) attribute.Value) []attribute.Value {
	values := make([]attribute.Value, len(list))
	for i, n := range list {
		values[i] = value(n)
	}
	return values
}

// list masks the values of a list, or returns the value that it was made of.
func (m *masker) list(values []attribute.Value, rule redact.Rule, of attribute.Value) (attribute.Value, bool) {
	next := rule
	masked, changed := each(values, func(v attribute.Value) (attribute.Value, bool) {
		own := next
		text := ""
		if v.Type() == attribute.STRING { // AsString also returns bytes, which are converted to base64
			text = v.AsString()
		}
		next = rule.Next(text)
		return m.value(v, own)
	})
	if !changed {
		return of, false
	}
	return attribute.SliceValue(masked...), true
}

// maskString masks a text, or returns the value that it is of.
func maskString(v attribute.Value, text string, rule redact.Rule) (attribute.Value, bool) {
	if masked, changed := rule.String(text); changed {
		return attribute.StringValue(masked), true
	}
	return v, false
}

func maskIf(secret bool, v attribute.Value) (attribute.Value, bool) {
	if secret {
		return attribute.StringValue(redact.Mask), true
	}
	return v, false
}
