package awshttp

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	smithy "github.com/aws/smithy-go"
)

// parseObject parses a request's body. Numbers stay as they are written.
func parseObject(body []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, serialization("the body is not a JSON object: %v", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, serialization("the body goes on after its JSON object")
	}
	return object, nil
}

// serialization returns the services' error for a body that doesn't fit the operation's input.
func serialization(format string, args ...any) error {
	return &smithy.GenericAPIError{
		Code: "SerializationException", Message: fmt.Sprintf(format, args...), Fault: smithy.FaultClient,
	}
}

var (
	attributeValue = reflect.TypeFor[types.AttributeValue]()
	byteSlice      = reflect.TypeFor[[]byte]()
)

// decode stores a JSON value in an SDK's input structure, or a part of it. The members of an
// operation have the names of the structure's fields. The SDK decodes outputs only, so this is done
// by reflection. null is the same as no value.
func decode(path string, value any, into reflect.Value) error {
	if value == nil {
		return nil
	}
	mismatch := func(want string) error {
		return serialization("%s is %s: want %s", path, kindOf(value), want)
	}
	switch t := into.Type(); {
	case t == attributeValue:
		v, err := decodeAttributeValue(path, value)
		if err != nil {
			return err
		}
		into.Set(reflect.ValueOf(v))
		return nil
	case t == byteSlice:
		text, ok := value.(string)
		if !ok {
			return mismatch("a string in base64")
		}
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return serialization("%s is not base64: %v", path, err)
		}
		into.SetBytes(data)
		return nil
	}
	switch into.Kind() {
	case reflect.Pointer:
		target := reflect.New(into.Type().Elem())
		if err := decode(path, value, target.Elem()); err != nil {
			return err
		}
		into.Set(target)
	case reflect.String:
		text, ok := value.(string)
		if !ok {
			return mismatch("a string")
		}
		into.SetString(text)
	case reflect.Bool:
		b, ok := value.(bool)
		if !ok {
			return mismatch("true or false")
		}
		into.SetBool(b)
	case reflect.Int32, reflect.Int64:
		number, ok := value.(json.Number)
		if !ok {
			return mismatch("a whole number")
		}
		n, err := strconv.ParseInt(number.String(), 10, into.Type().Bits())
		if err != nil {
			return serialization("%s is %s: want a whole number of %d bits", path, number, into.Type().Bits())
		}
		into.SetInt(n)
	case reflect.Slice:
		list, ok := value.([]any)
		if !ok {
			return mismatch("a list")
		}
		into.Set(reflect.MakeSlice(into.Type(), len(list), len(list)))
		for i, e := range list {
			if err := decode(fmt.Sprintf("%s[%d]", path, i), e, into.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		object, ok := value.(map[string]any)
		if !ok {
			return mismatch("an object")
		}
		into.Set(reflect.MakeMapWithSize(into.Type(), len(object)))
		for key, e := range object {
			element := reflect.New(into.Type().Elem()).Elem()
			if err := decode(path+"."+key, e, element); err != nil {
				return err
			}
			into.SetMapIndex(reflect.ValueOf(key).Convert(into.Type().Key()), element)
		}
	case reflect.Struct:
		object, ok := value.(map[string]any)
		if !ok {
			return mismatch("an object")
		}
		return decodeStruct(path, object, into)
	default: // floating-point numbers and documents are in no operation of the fakes
		return unsupported("%s", path)
	}
	return nil
}

// decodeStruct refuses members that the structure doesn't have. The services ignore them, which
// hides a misspelled name.
func decodeStruct(path string, object map[string]any, into reflect.Value) error {
	for name, value := range object {
		field, ok := into.Type().FieldByName(name)
		if !ok || !field.IsExported() || field.Name == "ResultMetadata" {
			return unsupported("member %q of %s, which this version of the API doesn't have,", name, path)
		}
		if err := decode(path+"."+name, value, into.FieldByIndex(field.Index)); err != nil {
			return err
		}
	}
	return nil
}

// decodeAttributeValue decodes {"S": "text"} and the like.
func decodeAttributeValue(path string, value any) (types.AttributeValue, error) {
	object, ok := value.(map[string]any)
	switch {
	case !ok:
		return nil, serialization("%s is %s: want an object with a data type, as in {\"S\": \"text\"}", path, kindOf(value))
	case len(object) == 0:
		return nil, validation("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	case len(object) > 1:
		return nil, validation("Supplied AttributeValue has more than one datatypes set, " +
			"must contain exactly one of the supported datatypes")
	}
	for name, inner := range object {
		member := newMember(name)
		if member == nil {
			return nil, serialization("%s has the unknown data type %q: want one of S, N, B, BOOL, NULL, M, L, SS, NS, BS",
				path, name)
		}
		if inner == nil {
			return nil, validation("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
		}
		v := reflect.ValueOf(member)
		if err := decode(path+"."+name, inner, v.Elem().FieldByName("Value")); err != nil {
			return nil, err
		}
		return member, nil
	}
	return nil, nil // not reached: the object has one member
}

// newMember returns an empty value of a data type, nil for an unknown one.
func newMember(name string) types.AttributeValue {
	switch name {
	case "S":
		return &types.AttributeValueMemberS{}
	case "N":
		return &types.AttributeValueMemberN{}
	case "B":
		return &types.AttributeValueMemberB{}
	case "BOOL":
		return &types.AttributeValueMemberBOOL{}
	case "NULL":
		return &types.AttributeValueMemberNULL{}
	case "M":
		return &types.AttributeValueMemberM{}
	case "L":
		return &types.AttributeValueMemberL{}
	case "SS":
		return &types.AttributeValueMemberSS{}
	case "NS":
		return &types.AttributeValueMemberNS{}
	case "BS":
		return &types.AttributeValueMemberBS{}
	}
	return nil
}

func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "null"
}
