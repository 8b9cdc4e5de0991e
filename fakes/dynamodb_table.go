package fakes

import (
	"cmp"
	"hash/fnv"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// table holds items by the value of their hash key.
type table struct {
	key   string
	items map[string]item
	order []position // of a Scan; nil when items came or went since
}

// item is immutable: a write replaces it.
type item struct {
	attrs attributes
	size  int // bytes
}

// position is an item's place in a Scan.
type position struct {
	hash uint64
	key  string
}

func newPosition(key string) position {
	h := fnv.New64a()
	h.Write([]byte(key)) // never fails
	return position{h.Sum64(), key}
}

func (p position) compare(q position) int {
	return cmp.Or(cmp.Compare(p.hash, q.hash), cmp.Compare(p.key, q.key))
}

func (t *table) put(key string, it item) {
	if _, ok := t.items[key]; !ok {
		t.order = nil
	}
	t.items[key] = it
}

func (t *table) delete(key string) {
	if _, ok := t.items[key]; ok {
		t.order = nil
		delete(t.items, key)
	}
}

// after returns the positions that follow start in a Scan, all of them without one. The order is
// that of a hash of the key: it is the same in every run, and it is neither that of the keys nor
// that of the writes, as with the real service. start need not exist any more.
func (t *table) after(start *position) []position {
	if t.order == nil {
		t.order = make([]position, 0, len(t.items))
		for key := range maps.Keys(t.items) {
			t.order = append(t.order, newPosition(key))
		}
		slices.SortFunc(t.order, position.compare)
	}
	if start == nil {
		return t.order
	}
	i, found := slices.BinarySearchFunc(t.order, *start, position.compare)
	if found {
		i++
	}
	return t.order[i:]
}

// keyOf returns the value of the hash key in an item that is to be stored.
func (t *table) keyOf(attrs attributes) (string, error) {
	v, ok := attrs[t.key]
	if !ok {
		return "", validation("One or more parameter values were invalid: Missing the key %s in the item", t.key)
	}
	s, ok := v.(*types.AttributeValueMemberS)
	switch {
	case !ok || s == nil:
		return "", validation("One or more parameter values were invalid: "+
			"Type mismatch for key %s expected: S actual: %s", t.key, typeName(v))
	case s.Value == "":
		return "", validation("One or more parameter values are not valid. "+
			"The AttributeValue for a key attribute cannot contain an empty string value. Key: %s", t.key)
	case len(s.Value) > maxKeySize:
		return "", validation("One or more parameter values were invalid: "+
			"Size of hashkey has exceeded the maximum size limit of%d bytes", maxKeySize)
	}
	return s.Value, nil
}

// onlyKey is keyOf for a Key or an ExclusiveStartKey, which must hold the hash key alone.
func (t *table) onlyKey(attrs attributes) (string, error) {
	if _, ok := attrs[t.key].(*types.AttributeValueMemberS); !ok || len(attrs) != 1 {
		return "", validation("The provided key element does not match the schema: expected %s of type S alone", t.key)
	}
	return t.keyOf(attrs)
}
