package telemetry

import (
	"slices"
	"strconv"

	"go.opentelemetry.io/otel/attribute"

	"tracelab/internal/redact"
)

// shortestCard is the least of the numbers that can be a payment card's: it has
// 13 digits.
const shortestCard = 1e12

// value masks the secrets of a value, which is one as a whole when its key says
// so. Lists and maps keep their form. A number that is masked becomes text. A
// bool is never a secret.
func (m *masker) value(v attribute.Value, secret bool) (attribute.Value, bool) {
	switch v.Type() {
	case attribute.STRING:
		return maskString(v, v.AsString(), secret)
	case attribute.INT64:
		if n := v.AsInt64(); secret || n >= shortestCard && sensitiveNumber(n) {
			return attribute.StringValue(redact.Mask), true
		}
	case attribute.FLOAT64:
		if secret {
			return attribute.StringValue(redact.Mask), true
		}
	case attribute.STRINGSLICE, attribute.INT64SLICE, attribute.FLOAT64SLICE, attribute.SLICE, attribute.MAP, attribute.BYTESLICE:
		// Taking these apart allocates, and mostly they are the same few.
		if _, known := m.innocent[v]; known && !secret {
			return v, false
		}
		masked, changed := m.parts(v, secret)
		if !changed && !secret {
			remember(m.innocent, v, struct{}{})
		}
		return masked, changed
	case attribute.EMPTY, attribute.BOOL, attribute.BOOLSLICE:
	}
	return v, false
}

// sensitiveNumber reports whether a number is a secret by itself. The text that
// is looked at doesn't leave the stack.
func sensitiveNumber(n int64) bool {
	var digits [20]byte
	return redact.Find(string(strconv.AppendInt(digits[:0], n, 10))) != nil
}

// parts masks the elements of a list or a map.
func (m *masker) parts(v attribute.Value, secret bool) (attribute.Value, bool) {
	switch v.Type() {
	case attribute.STRINGSLICE:
		texts, found := v.AsStringSlice(), false
		for i, text := range texts {
			if masked, changed := maskString(v, text, secret); changed {
				texts[i], found = masked.AsString(), true
			}
		}
		if found {
			return attribute.StringSliceValue(texts), true
		}
	case attribute.SLICE:
		values, found := v.AsSlice(), false
		for i := range values {
			if masked, changed := m.value(values[i], secret); changed {
				values[i], found = masked, true
			}
		}
		if found {
			return attribute.SliceValue(values...), true
		}
	case attribute.MAP:
		return m.mapping(v, secret)
	default: // numbers or bytes: they have no form worth keeping
		if text := v.String(); secret && text != "[]" && text != "" || redact.Find(text) != nil {
			return attribute.StringValue(redact.Mask), true
		}
	}
	return v, false
}

func (m *masker) mapping(v attribute.Value, secret bool) (attribute.Value, bool) {
	attrs := v.AsMap()
	if !secret {
		if masked, changed := m.attributes(attrs); changed {
			return attribute.MapValue(masked...), true
		}
		return v, false
	}
	masked, found := slices.Clone(attrs), false
	for i := range masked {
		if value, changed := m.value(masked[i].Value, true); changed {
			masked[i].Value, found = value, true
		}
	}
	if found {
		return attribute.MapValue(masked...), true
	}
	return v, false
}

// maskString masks a text, or returns the value that it is of.
func maskString(v attribute.Value, text string, secret bool) (attribute.Value, bool) {
	if secret && !redact.Placeholder(text) {
		return attribute.StringValue(redact.Mask), true
	}
	if masked, changed := maskText(text); changed {
		return attribute.StringValue(masked), true
	}
	return v, false
}
