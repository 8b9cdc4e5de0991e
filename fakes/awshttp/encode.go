package awshttp

import (
	"reflect"
	"strings"
)

// memberPrefix begins the names of the types that hold an attribute's value.
const memberPrefix = "AttributeValueMember"

// encode turns an SDK's output structure, or a part of it, into values for encoding/json. Pointers,
// lists, maps and texts without a value are left out, as the services do; numbers are not.
func encode(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return encode(v.Elem())
	case reflect.Struct:
		if name, ok := strings.CutPrefix(v.Type().Name(), memberPrefix); ok {
			return map[string]any{name: encode(v.FieldByName("Value"))}
		}
		return encodeStruct(v)
	case reflect.Map:
		object := make(map[string]any, v.Len())
		for key, e := range v.Seq2() {
			object[key.String()] = encode(e)
		}
		return object
	case reflect.Slice:
		if v.Type() == byteSlice {
			return v.Bytes() // base64, by encoding/json
		}
		list := make([]any, v.Len())
		for i := range v.Len() {
			list[i] = encode(v.Index(i))
		}
		return list
	}
	return v.Interface()
}

func encodeStruct(v reflect.Value) map[string]any {
	object := map[string]any{}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || field.Name == "ResultMetadata" {
			continue
		}
		f := v.Field(i)
		switch f.Kind() {
		case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice, reflect.String:
			if f.IsZero() {
				continue
			}
		}
		object[field.Name] = encode(f)
	}
	return object
}
