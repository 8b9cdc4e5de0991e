package command

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"tracelab/internal/words"
)

// isSupported reports whether a field can have a type.
func isSupported(kind reflect.Type) bool {
	if reflect.PointerTo(kind).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return true
	}
	switch kind.Kind() {
	case reflect.Slice, reflect.Pointer:
		elem := kind.Elem()
		return elem.Kind() != reflect.Slice && elem.Kind() != reflect.Pointer && isSupported(elem)
	case reflect.Bool, reflect.String, reflect.Int, reflect.Int64, reflect.Uint64, reflect.Float64:
		return true
	}
	return false
}

// plusOne is the text that makes a counter count. As the value of --flag=…, it does the same.
const plusOne = "+1"

// set decodes a text into a field, or adds it to one that is a list. The error names the value.
func (v *Value) set(into reflect.Value, text string) error {
	if v.flag != nil && v.flag.counts && text == plusOne {
		into.SetInt(into.Int() + 1)
		return nil
	}
	if !v.IsList() {
		return v.setOne(into, text)
	}
	texts := []string{text}
	if v.flag != nil && v.separator != "" {
		texts = strings.FieldsFunc(text, func(r rune) bool { return string(r) == v.separator })
	}
	for _, text := range texts {
		element := reflect.New(into.Type().Elem()).Elem()
		if err := v.setOne(element, text); err != nil {
			return err
		}
		into.Set(reflect.Append(into, element))
	}
	return nil
}

func (v *Value) setOne(into reflect.Value, text string) error {
	if v.Enum != nil && !slices.Contains(v.Enum, text) {
		return fmt.Errorf("%s is %q: want %s%s", v, text, words.OneOf(v.Enum), words.Closest(text, v.Enum))
	}
	want, err := decode(into, text)
	switch {
	case err != nil && want == "":
		return fmt.Errorf("%s: %w", v, err)
	case err != nil:
		return fmt.Errorf("%s is %q: want %s", v, text, want)
	}
	return nil
}

// decode decodes a text into a field that is no list. With an error, it returns the form of text
// that the field wants, or nothing if the error contains it.
func decode(into reflect.Value, text string) (want string, err error) {
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		return decode(into.Elem(), text)
	}
	switch decoded := into.Addr().Interface().(type) {
	case encoding.TextUnmarshaler:
		return "", decoded.UnmarshalText([]byte(text))
	case *time.Duration:
		*decoded, err = time.ParseDuration(text)
		return "a duration, such as 250ms, 10s or 5m", err
	}
	switch into.Kind() {
	case reflect.String:
		into.SetString(text)
		return "", nil
	case reflect.Bool:
		value, err := parseBool(text)
		into.SetBool(value)
		return "true or false", err
	case reflect.Uint64:
		n, err := strconv.ParseUint(text, 0, 64)
		into.SetUint(n)
		return "a whole number from 0 to 18446744073709551615", err
	case reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		into.SetFloat(n)
		return "a number", err
	default: // int and int64, as isSupported allows no other
		n, err := strconv.ParseInt(text, 0, into.Type().Bits())
		into.SetInt(n)
		return "a whole number", err
	}
}

// parseBool also accepts yes and no, which people write into environment variables.
func parseBool(text string) (bool, error) {
	switch text = strings.ToLower(text); text {
	case "yes":
		return true, nil
	case "no":
		return false, nil
	}
	return strconv.ParseBool(text)
}
