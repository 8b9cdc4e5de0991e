package stats

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"tracelab/tracetree"
)

// maxValues is how many values of an attribute are compared. An attribute with more is one whose
// value differs from call to call.
const maxValues = 8

// AttributeChange is an attribute that the spans of an operation have differently in two captures.
type AttributeChange struct {
	Label string `json:"label"` // of the operation, see tracetree.Label
	Key   string `json:"key"`
	// Before and After are the values that occur, sorted; empty if no span of the operation has the
	// attribute. They are the texts of the values, with "…" in place of all of them if there are
	// more than eight.
	Before []string `json:"before"`
	After  []string `json:"after"`
}

// CompareAttributes returns the attributes of spans that differ between the captures, for each
// operation that both have, in the order of labels and keys: those that only one of the captures
// has, and those with other values. The values of attributes that identify a call or its
// connection, such as ids, ports and sizes, are not compared, nor are those of attributes with more
// than eight values. Resources are not compared.
func CompareAttributes(before, after *tracetree.Forest) []AttributeChange {
	old, now := attributesOf(before), attributesOf(after)
	var changes []AttributeChange
	for label, a := range old {
		b, ok := now[label]
		if !ok {
			continue
		}
		keys := maps.Clone(a)
		maps.Copy(keys, b)
		for key := range keys {
			if c := (AttributeChange{label, key, a[key].list(), b[key].list()}); differs(c) {
				changes = append(changes, c)
			}
		}
	}
	slices.SortFunc(changes, func(a, b AttributeChange) int {
		return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Key, b.Key))
	})
	return changes
}

// valueSet are the values of an attribute, of which one more than maxValues is kept.
type valueSet map[string]bool

// list returns the sorted values, or "…" for too many.
func (v valueSet) list() []string {
	if len(v) > maxValues {
		return []string{"…"}
	}
	return slices.Sorted(maps.Keys(v))
}

// attributesOf returns the values by the key, by the label of the spans.
func attributesOf(f *tracetree.Forest) map[string]map[string]valueSet {
	all := make(map[string]map[string]valueSet)
	spans := f.Spans()
	for i := range spans {
		label := tracetree.Label(&spans[i])
		keys := all[label]
		if keys == nil {
			keys = make(map[string]valueSet)
			all[label] = keys
		}
		for _, a := range spans[i].Attributes {
			values := keys[a.Key]
			if values == nil {
				values = make(valueSet)
				keys[a.Key] = values
			}
			if len(values) <= maxValues {
				values[a.Value.Text()] = true
			}
		}
	}
	return all
}

// differs reports whether only one side has the attribute, or both have it with values that can be
// compared and differ.
func differs(c AttributeChange) bool {
	if (len(c.Before) == 0) != (len(c.After) == 0) {
		return true
	}
	many := []string{"…"}
	if identifiesCall(c.Key) || slices.Equal(c.Before, many) || slices.Equal(c.After, many) {
		return false
	}
	return !slices.Equal(c.Before, c.After)
}

// identifiesCall reports whether the attribute has another value in each call or connection, by the
// last word of its name: that of request_id, requestId and x-request-id is id, that of grid is not.
func identifiesCall(key string) bool {
	name := key[strings.LastIndexByte(key, '.')+1:]
	switch strings.ToLower(lastWord(name)) {
	case "id", "uuid", "port", "size", "time", "timestamp", "address", "addr", "ip", "duration", "length", "offset",
		"ms", "ns", "bytes":
		return true
	}
	return strings.HasPrefix(key, "thread.") || strings.HasPrefix(key, "url.") && name != "scheme" && name != "template" ||
		key == "http.url" || key == "http.target" // url.full, and url.path with url.query, in older versions
}

// lastWord returns what follows the last mark in a name, or the last small letter before a capital
// one.
func lastWord(name string) string {
	for i := len(name) - 1; i > 0; i-- {
		switch c, before := name[i], name[i-1]; {
		case c == '_' || c == '-' || c == ':':
			return name[i+1:]
		case 'A' <= c && c <= 'Z' && 'a' <= before && before <= 'z':
			return name[i:]
		}
	}
	return name
}
