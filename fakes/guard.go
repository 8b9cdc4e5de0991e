package fakes

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	smithy "github.com/aws/smithy-go"
)

// guard lists which fields of an operation's input must be set and which must not. It is computed
// once per fake, so that each call only looks at the few fields that are refused.
type guard struct {
	context  string
	required []field
	refused  []field
}

type field struct {
	name  string
	index int
}

// newGuard makes the guard of input type T. Every exported field that is in neither list is
// refused, so that a field that a later SDK adds is refused until it is listed here.
func newGuard[T any](required, optional []string) guard {
	t := reflect.TypeFor[T]()
	g := guard{context: t.Name()}
	for i := range t.NumField() {
		f := t.Field(i)
		switch {
		case slices.Contains(required, f.Name):
			g.required = append(g.required, field{f.Name, i})
		case f.IsExported() && !slices.Contains(optional, f.Name):
			g.refused = append(g.refused, field{f.Name, i})
		}
	}
	return g
}

// check looks at a pointer to the guard's input type. A missing field is reported as the real
// client does, before anything is sent.
func (g *guard) check(input any) error {
	v := reflect.ValueOf(input).Elem()
	missing := smithy.InvalidParamsError{Context: g.context}
	for _, f := range g.required {
		if v.Field(f.index).IsZero() {
			missing.Add(smithy.NewErrParamRequired(f.name))
		}
	}
	if missing.Len() > 0 {
		return missing
	}
	for _, f := range g.refused {
		fv := v.Field(f.index)
		if fv.IsZero() || isNone(fv) {
			continue
		}
		return unsupported("field %s of %s", f.name, g.context)
	}
	return nil
}

// isNone reports whether an enumeration, such as ReturnConsumedCapacity, is set to NONE, its
// default.
func isNone(v reflect.Value) bool {
	return v.Kind() == reflect.String && v.String() == "NONE"
}

// unsupported reports what the real service can do and the fake can't. It wraps
// errors.ErrUnsupported.
func unsupported(format string, args ...any) error {
	return fmt.Errorf("%s: %w by this fake", fmt.Sprintf(format, args...), errors.ErrUnsupported)
}
