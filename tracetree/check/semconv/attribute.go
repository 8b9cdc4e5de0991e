package semconv

import (
	"strings"
	"unicode"

	"tracelab/tracetree/check/internal/texthash"
)

// An Attribute is the definition of one key in the conventions.
type Attribute struct {
	Key  string
	Type Type
	// Level is where the attribute belongs.
	Level Level
	// Empty reports that the empty text is a valid value.
	Empty bool
	// Renamed are the current names of a key of an earlier version. Any of them
	// next to the old one is enough.
	Renamed []string
	// Roles are what the attribute is used for.
	Roles Roles

	old, current Renames
}

// Type is the type of an attribute's values.
type Type uint8

// The types. AnyType is that of attributes which changed theirs.
const (
	AnyType Type = iota
	Text
	Texts
	Int
	Float
	Bool
)

var typeNames = [...]string{"any type", "a string", "an array of strings", "an integer", "a float", "a boolean"}

// String returns the type with its article, as in "a string".
func (t Type) String() string { return typeNames[t] }

// Level is where an attribute belongs.
type Level uint8

// The levels.
const (
	AnyLevel Level = iota
	ResourceLevel
	SpanLevel
)

// Renames are a set of renamed attributes: bit n of them stands for the n-th
// old name of the table.
type Renames [2]uint64

// Or adds the members of the other set.
func (r *Renames) Or(s Renames) { r[0] |= s[0]; r[1] |= s[1] }

// Without returns the members that are not in the other set.
func (r Renames) Without(s Renames) Renames { return Renames{r[0] &^ s[0], r[1] &^ s[1]} }

// Old returns the rename that the attribute is the old name of: a set of one, or
// none.
func (a *Attribute) Old() Renames { return a.old }

// Current returns the renames that the attribute is a current name of.
func (a *Attribute) Current() Renames { return a.current }

// Lookup returns the definition of a key, or nil for an unknown key. It takes a few
// nanoseconds and is safe for concurrent use.
func Lookup(key string) *Attribute {
	for at := texthash.Hash(key); ; at++ {
		a := slots[at%numSlots]
		if a == nil || a.Key == key {
			return a
		}
	}
}

// Spelled returns the current name of the attribute whose key is the same but
// for case, underscores and hyphens. It returns "" for keys that are known as they
// are, and for unknown ones.
func Spelled(key string) string {
	if Lookup(key) != nil {
		return ""
	}
	return spellings[plain(key)]
}

var spellings = func() map[string]string {
	m := make(map[string]string, len(table))
	for i := range table {
		key := table[i].Key
		if strings.Contains(key, ".header.") { // whatever the header's name is
			continue
		}
		if len(table[i].Renamed) > 0 {
			key = table[i].Renamed[0]
		}
		if m[plain(table[i].Key)] == "" {
			m[plain(table[i].Key)] = key
		}
	}
	return m
}()

// plain returns a key without what spellings differ in.
func plain(key string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, key)
}

// All returns the attributes in the order of the table. The caller must not
// change them.
func All() []Attribute { return table }

const numSlots = 1024 // four times as many as there are attributes

// slots is an open hash table of the attributes. It is made once and only read.
var table, slots = index(attributes())

func index(table []Attribute) (_ []Attribute, slots [numSlots]*Attribute) {
	n := 0
	at := func(key string) *Attribute {
		for at := texthash.Hash(key); ; at++ {
			if a := slots[at%numSlots]; a == nil || a.Key == key {
				return a
			}
		}
	}
	for i := range table {
		slot := texthash.Hash(table[i].Key)
		for slots[slot%numSlots] != nil {
			slot++
		}
		slots[slot%numSlots] = &table[i]
	}
	for i := range table {
		if len(table[i].Renamed) == 0 {
			continue
		}
		bit := Renames{}
		bit[n/64] = 1 << (n % 64)
		n++
		table[i].old = bit
		for _, current := range table[i].Renamed {
			at(current).current.Or(bit)
		}
	}
	return table, slots
}
