package fakes

import (
	"bytes"
	"reflect"
	"slices"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Limits of DynamoDB on one item.
const (
	maxItemSize = 400 << 10 // bytes
	maxKeySize  = 2048      // bytes
	maxNesting  = 32        // levels of lists and maps
)

type attributes = map[string]types.AttributeValue

// storeItem returns a deep copy of attrs with numbers in their canonical form, and its size in
// bytes as the service counts it. It refuses what the service would not store.
func storeItem(attrs attributes) (attributes, int, error) {
	stored := make(attributes, len(attrs))
	total := 0
	for name, v := range attrs {
		if name == "" {
			return nil, 0, errEmptyName()
		}
		c, size, err := storeValue(v, 0)
		if err != nil {
			return nil, 0, err
		}
		stored[name] = c
		total += len(name) + size
	}
	return stored, total, nil
}

// storeValue is storeItem for one value, depth levels down.
func storeValue(v types.AttributeValue, depth int) (types.AttributeValue, int, error) {
	if v == nil || reflect.ValueOf(v).IsNil() {
		return nil, 0, errEmptyValue()
	}
	if depth > maxNesting {
		return nil, 0, validation("Nesting Levels have exceeded supported limits")
	}
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		if !utf8.ValidString(v.Value) {
			return nil, 0, validation("One or more parameter values were invalid: string %q is not UTF-8", v.Value)
		}
		return &types.AttributeValueMemberS{Value: v.Value}, len(v.Value), nil
	case *types.AttributeValueMemberN:
		n, err := canonicalNumber(v.Value)
		return &types.AttributeValueMemberN{Value: n}, numberSize(n), err
	case *types.AttributeValueMemberB:
		return &types.AttributeValueMemberB{Value: bytes.Clone(v.Value)}, len(v.Value), nil
	case *types.AttributeValueMemberBOOL:
		return &types.AttributeValueMemberBOOL{Value: v.Value}, 1, nil
	case *types.AttributeValueMemberNULL:
		if !v.Value {
			return nil, 0, validation(
				"One or more parameter values were invalid: Null attribute value types must have the value of true")
		}
		return &types.AttributeValueMemberNULL{Value: true}, 1, nil
	case *types.AttributeValueMemberM, *types.AttributeValueMemberL:
		return storeDocument(v, depth)
	case *types.AttributeValueMemberSS, *types.AttributeValueMemberNS, *types.AttributeValueMemberBS:
		return storeSet(v)
	}
	return nil, 0, errEmptyValue()
}

func errEmptyName() error {
	return validation("One or more parameter values are not valid. An attribute name is empty")
}

func errEmptyValue() error {
	return validation("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
}

// Sizes in bytes that the service adds for a list or map and for each of its elements.
const (
	documentOverhead = 3
	elementOverhead  = 1
)

func storeDocument(v types.AttributeValue, depth int) (types.AttributeValue, int, error) {
	total := documentOverhead
	switch v := v.(type) {
	case *types.AttributeValueMemberM:
		m := make(attributes, len(v.Value))
		for name, e := range v.Value {
			if name == "" {
				return nil, 0, errEmptyName()
			}
			c, size, err := storeValue(e, depth+1)
			if err != nil {
				return nil, 0, err
			}
			m[name] = c
			total += len(name) + size + elementOverhead
		}
		return &types.AttributeValueMemberM{Value: m}, total, nil
	case *types.AttributeValueMemberL:
		l := make([]types.AttributeValue, len(v.Value))
		for i, e := range v.Value {
			c, size, err := storeValue(e, depth+1)
			if err != nil {
				return nil, 0, err
			}
			l[i] = c
			total += size + elementOverhead
		}
		return &types.AttributeValueMemberL{Value: l}, total, nil
	}
	return nil, 0, errEmptyValue()
}

// storeSet stores a set in sorted order, so that equal sets are equal slices. The service promises
// no order.
func storeSet(v types.AttributeValue) (types.AttributeValue, int, error) {
	total := 0
	switch v := v.(type) {
	case *types.AttributeValueMemberSS:
		if len(v.Value) == 0 {
			break
		}
		set := slices.Sorted(slices.Values(v.Value))
		for _, s := range set {
			total += len(s)
		}
		return &types.AttributeValueMemberSS{Value: set}, total, duplicates(len(set), slices.Compact(slices.Clone(set)))
	case *types.AttributeValueMemberNS:
		if len(v.Value) == 0 {
			break
		}
		set := make([]string, len(v.Value))
		for i, s := range v.Value {
			n, err := canonicalNumber(s)
			if err != nil {
				return nil, 0, err
			}
			set[i] = n
			total += numberSize(n)
		}
		slices.Sort(set)
		return &types.AttributeValueMemberNS{Value: set}, total, duplicates(len(set), slices.Compact(slices.Clone(set)))
	case *types.AttributeValueMemberBS:
		if len(v.Value) == 0 {
			break
		}
		set := make([][]byte, len(v.Value))
		for i, b := range v.Value {
			set[i] = bytes.Clone(b)
			total += len(b)
		}
		slices.SortFunc(set, bytes.Compare)
		unique := slices.CompactFunc(slices.Clone(set), bytes.Equal)
		return &types.AttributeValueMemberBS{Value: set}, total, duplicates(len(set), unique)
	}
	return nil, 0, validation("One or more parameter values were invalid: An set may not be empty")
}

func duplicates[T any](all int, unique []T) error {
	if len(unique) < all {
		return validation("One or more parameter values were invalid: Input collection contains duplicates")
	}
	return nil
}

// numberSize is roughly what the service documents: a byte for every two significant digits, and
// one more.
func numberSize(canonical string) int { return (len(canonical)+1)/2 + 1 }

// copyItem is a deep copy of a stored item, for handing out.
func copyItem(attrs attributes) attributes {
	if attrs == nil {
		return nil
	}
	c := make(attributes, len(attrs))
	for name, v := range attrs {
		c[name] = copyValue(v)
	}
	return c
}

// copyValue copies a stored value, which can't be invalid.
func copyValue(v types.AttributeValue) types.AttributeValue {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return &types.AttributeValueMemberS{Value: v.Value}
	case *types.AttributeValueMemberN:
		return &types.AttributeValueMemberN{Value: v.Value}
	case *types.AttributeValueMemberB:
		return &types.AttributeValueMemberB{Value: bytes.Clone(v.Value)}
	case *types.AttributeValueMemberBOOL:
		return &types.AttributeValueMemberBOOL{Value: v.Value}
	case *types.AttributeValueMemberNULL:
		return &types.AttributeValueMemberNULL{Value: v.Value}
	case *types.AttributeValueMemberM:
		return &types.AttributeValueMemberM{Value: copyItem(v.Value)}
	case *types.AttributeValueMemberL:
		l := make([]types.AttributeValue, len(v.Value))
		for i, e := range v.Value {
			l[i] = copyValue(e)
		}
		return &types.AttributeValueMemberL{Value: l}
	case *types.AttributeValueMemberSS:
		return &types.AttributeValueMemberSS{Value: slices.Clone(v.Value)}
	case *types.AttributeValueMemberNS:
		return &types.AttributeValueMemberNS{Value: slices.Clone(v.Value)}
	case *types.AttributeValueMemberBS:
		set := make([][]byte, len(v.Value))
		for i, b := range v.Value {
			set[i] = bytes.Clone(b)
		}
		return &types.AttributeValueMemberBS{Value: set}
	}
	return nil
}
