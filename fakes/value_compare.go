package fakes

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// typeName is the name that DynamoDB gives to a value's type, such as S or N.
func typeName(v types.AttributeValue) string {
	switch v.(type) {
	case *types.AttributeValueMemberS:
		return "S"
	case *types.AttributeValueMemberN:
		return "N"
	case *types.AttributeValueMemberB:
		return "B"
	case *types.AttributeValueMemberBOOL:
		return "BOOL"
	case *types.AttributeValueMemberNULL:
		return "NULL"
	case *types.AttributeValueMemberM:
		return "M"
	case *types.AttributeValueMemberL:
		return "L"
	case *types.AttributeValueMemberSS:
		return "SS"
	case *types.AttributeValueMemberNS:
		return "NS"
	case *types.AttributeValueMemberBS:
		return "BS"
	}
	return ""
}

// equalValues compares two stored values. Values of different types are not equal; a missing value
// equals nothing.
func equalValues(a, b types.AttributeValue) bool {
	if a == nil || b == nil || typeName(a) != typeName(b) {
		return false
	}
	switch a := a.(type) {
	case *types.AttributeValueMemberS:
		return a.Value == b.(*types.AttributeValueMemberS).Value
	case *types.AttributeValueMemberN:
		return a.Value == b.(*types.AttributeValueMemberN).Value // stored numbers have one form
	case *types.AttributeValueMemberB:
		return bytes.Equal(a.Value, b.(*types.AttributeValueMemberB).Value)
	case *types.AttributeValueMemberBOOL:
		return a.Value == b.(*types.AttributeValueMemberBOOL).Value
	case *types.AttributeValueMemberNULL:
		return true
	case *types.AttributeValueMemberM:
		return maps.EqualFunc(a.Value, b.(*types.AttributeValueMemberM).Value, equalValues)
	case *types.AttributeValueMemberL:
		return slices.EqualFunc(a.Value, b.(*types.AttributeValueMemberL).Value, equalValues)
	case *types.AttributeValueMemberSS:
		return slices.Equal(a.Value, b.(*types.AttributeValueMemberSS).Value) // stored sets are sorted
	case *types.AttributeValueMemberNS:
		return slices.Equal(a.Value, b.(*types.AttributeValueMemberNS).Value)
	case *types.AttributeValueMemberBS:
		return slices.EqualFunc(a.Value, b.(*types.AttributeValueMemberBS).Value, bytes.Equal)
	}
	return false
}

// orderValues compares two stored strings, numbers or binaries of the same type. ok is false for
// anything else.
func orderValues(a, b types.AttributeValue) (order int, ok bool) {
	if a == nil || b == nil || typeName(a) != typeName(b) {
		return 0, false
	}
	switch a := a.(type) {
	case *types.AttributeValueMemberS:
		return cmp.Compare(a.Value, b.(*types.AttributeValueMemberS).Value), true
	case *types.AttributeValueMemberB:
		return bytes.Compare(a.Value, b.(*types.AttributeValueMemberB).Value), true
	case *types.AttributeValueMemberN:
		x, errX := parseNumber(a.Value)
		y, errY := parseNumber(b.(*types.AttributeValueMemberN).Value)
		return x.compare(y), errX == nil && errY == nil
	}
	return 0, false
}

// hasPrefix reports whether a stored string or binary begins with another of its type.
func hasPrefix(v, prefix types.AttributeValue) bool {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		p, ok := prefix.(*types.AttributeValueMemberS)
		return ok && strings.HasPrefix(v.Value, p.Value)
	case *types.AttributeValueMemberB:
		p, ok := prefix.(*types.AttributeValueMemberB)
		return ok && bytes.HasPrefix(v.Value, p.Value)
	}
	return false
}
