package store

import (
	"hash/maphash"
	"strings"
	"unsafe"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/mask"
)

// dictionary keeps what packed spans have in common: texts, attributes and origins. Spans refer to
// them by number.
//
// Entries are never removed. When a dictionary is full, new spans get a new one, and the old one
// goes with the last trace that refers to it: dropping the oldest traces frees it in time.
type dictionary struct {
	textRefs   map[string]uint32 // of names and messages; what is in it has no secrets
	keyRefs    map[string]uint32 // of keys of attributes, which are masked by other rules than names
	attrRefs   map[tracetree.Attr]uint32
	originRefs map[string]uint32 // by their packed form

	vocabulary

	bytes  int64 // estimate of the memory
	traces int   // how many refer to it
}

// vocabulary is the part of a dictionary that unpacking needs. Its slices only grow, so a copy
// stays valid.
type vocabulary struct {
	texts    []string
	attrs    []tracetree.Attr
	origins  []*tracetree.Origin
	services []string // of the origins
}

func newDictionary() *dictionary {
	return &dictionary{
		textRefs:   make(map[string]uint32),
		keyRefs:    make(map[string]uint32),
		attrRefs:   make(map[tracetree.Attr]uint32),
		originRefs: make(map[string]uint32),
	}
}

// Estimates of what an entry takes next to its text: in the slice, and in the map with its free
// slots.
const (
	textOverhead   = int64(unsafe.Sizeof("")*2+4) * 2
	attrOverhead   = int64(unsafe.Sizeof(tracetree.Attr{})*2+4) * 2
	originOverhead = int64(unsafe.Sizeof(tracetree.Origin{})) + textOverhead + 64
)

// maxShared is the longest text in bytes that is worth sharing.
const maxShared = 256

// packer packs spans. It is used under the lock of the store.
type packer struct {
	dict    *dictionary
	maxDict int64        // the size at which a dictionary is full
	masker  *mask.Masker // nil keeps secrets

	// seen has hashes of texts and attributes that came once. Only what comes again gets into the
	// dictionary: IDs of messages and requests, which never do, would fill it.
	seen [1 << 12]uint64
	seed maphash.Seed

	// Origins of the spans that are being added, by pointer, so that each is looked up once per
	// call of Add.
	origins map[*tracetree.Origin]uint32
	scratch []byte
}

func newPacker(memory int64, keepSecrets bool) packer {
	p := packer{
		dict: newDictionary(), maxDict: min(max(memory/8, 4<<10), 16<<20), seed: maphash.MakeSeed(),
		origins: make(map[*tracetree.Origin]uint32),
	}
	if !keepSecrets {
		p.masker = mask.New()
	}
	return p
}

// begin begins a call of Add, with a dictionary that has room.
func (p *packer) begin() {
	if p.dict.bytes > p.maxDict {
		p.dict = newDictionary()
	}
	clear(p.origins)
}

// again reports whether something with this hash came before, not long ago.
func (p *packer) again(hash uint64) bool {
	slot := &p.seen[hash%uint64(len(p.seen))]
	if *slot == hash {
		return true
	}
	*slot = hash
	return false
}

func (p *packer) mask(text string) string {
	if p.masker == nil {
		return text
	}
	return p.masker.Text(text)
}

// How a text begins in packed form. Greater numbers are references.
const (
	emptyText = iota
	inlineText
	firstText // the reference to text 0
)

// text appends a name or a message with its secrets masked. A text that comes for the first time is
// packed as it is.
func (p *packer) text(data []byte, text string) []byte {
	if text == "" {
		return append(data, emptyText)
	}
	if ref, known := p.dict.textRefs[text]; known {
		return appendUvarint(data, uint64(ref)+firstText)
	}
	masked := p.mask(text)
	if masked == text && len(text) <= maxShared && p.again(maphash.String(p.seed, text)) {
		return appendUvarint(data, uint64(p.dict.addText(p.dict.textRefs, text))+firstText)
	}
	return inline(data, masked)
}

// inline appends a text that is not to be shared.
func inline(data []byte, text string) []byte {
	if text == "" {
		return append(data, emptyText)
	}
	return appendInline(append(data, inlineText), text)
}

// addText adds a text to one of the two maps of texts.
func (d *dictionary) addText(refs map[string]uint32, text string) uint32 {
	ref := uint32(len(d.texts))
	text = strings.Clone(text)
	d.texts = append(d.texts, text)
	refs[text] = ref
	d.bytes += int64(len(text)) + textOverhead
	return ref
}

// traceState appends the value of a tracestate header, which has rules of its own.
func (p *packer) traceState(data []byte, state string) []byte {
	if p.masker != nil {
		state = p.masker.TraceState(state)
	}
	return inline(data, state)
}

// How an attribute begins in packed form. Greater numbers are references.
const (
	inlineAttr = iota
	firstAttr  // the reference to attribute 0
)

func (p *packer) attrs(data []byte, attrs []tracetree.Attr, share bool) []byte {
	data = appendUvarint(data, uint64(len(attrs)))
	for i := range attrs {
		data = p.attr(data, attrs[i], share)
	}
	return data
}

// attr appends an attribute with its secrets masked. One that has none and comes again, or is to be
// shared, gets into the dictionary; so masking is done once for all that have the same value.
func (p *packer) attr(data []byte, a tracetree.Attr, share bool) []byte {
	if ref, known := p.dict.attrRefs[a]; known {
		return appendUvarint(data, uint64(ref)+firstAttr)
	}
	masked := a
	if p.masker != nil {
		masked = p.masker.Attr(a)
	}
	if masked == a && len(a.Key)+len(a.Value.Text()) <= maxShared && (share || p.again(maphash.Comparable(p.seed, a))) {
		return appendUvarint(data, uint64(p.dict.addAttr(a))+firstAttr)
	}
	data = p.key(append(data, inlineAttr), masked.Key)
	return appendValue(data, masked.Value)
}

// key appends a key whose secrets are masked.
func (p *packer) key(data []byte, key string) []byte {
	ref, known := p.dict.keyRefs[key]
	if !known {
		if len(key) > maxShared || !p.again(maphash.String(p.seed, key)) {
			return inline(data, key)
		}
		ref = p.dict.addText(p.dict.keyRefs, key)
	}
	return appendUvarint(data, uint64(ref)+firstText)
}

func (d *dictionary) addAttr(a tracetree.Attr) uint32 {
	ref := uint32(len(d.attrs))
	key, known := d.keyRefs[a.Key]
	if !known {
		key = d.addText(d.keyRefs, a.Key)
	}
	a.Key = d.texts[key]
	a.Value = cloneValue(a.Value)
	d.attrs = append(d.attrs, a)
	d.attrRefs[a] = ref
	d.bytes += int64(len(a.Value.Text())+len(a.Value.Typed())) + attrOverhead
	return ref
}

// cloneValue returns a value that doesn't hold on to a larger text that its own is a part of.
func cloneValue(v tracetree.Value) tracetree.Value {
	switch v.Kind() {
	case tracetree.StringValue:
		return tracetree.String(strings.Clone(v.Text()))
	case tracetree.JSONValue:
		return tracetree.JSON(strings.Clone(v.Text()), v.Typed())
	}
	return v
}

// noOrigin is the reference of a span without one; others are larger.
const noOrigin = 0

// origin returns the reference to an origin, with its secrets masked.
func (p *packer) origin(o *tracetree.Origin) uint32 {
	if o == nil {
		return noOrigin
	}
	if ref, known := p.origins[o]; known {
		return ref
	}
	packed := p.packOrigin(p.scratch[:0], o)
	p.scratch = packed
	ref, known := p.dict.originRefs[string(packed)]
	if !known {
		ref = p.dict.addOrigin(packed)
	}
	p.origins[o] = ref
	return ref
}

func (p *packer) packOrigin(data []byte, o *tracetree.Origin) []byte {
	data = p.attrs(data, o.Resource, true)
	data = p.attrs(data, o.ScopeAttributes, true)
	data = p.attrs(data, o.Entities, true)
	for _, text := range []string{o.ResourceSchema, o.ScopeName, o.ScopeVersion, o.ScopeSchema} {
		data = p.text(data, text)
	}
	data = appendUvarint(data, uint64(o.DroppedResource))
	return appendUvarint(data, uint64(o.DroppedScope))
}

func (d *dictionary) addOrigin(packed []byte) uint32 {
	key := string(packed)
	u := unpacker{vocabulary: d.vocabulary, data: key}
	o := &tracetree.Origin{Resource: u.attributes(), ScopeAttributes: u.attributes(), Entities: u.attributes()}
	o.ResourceSchema, o.ScopeName, o.ScopeVersion, o.ScopeSchema = u.text(), u.text(), u.text(), u.text()
	o.DroppedResource, o.DroppedScope = uint32(u.uvarint()), uint32(u.uvarint())
	d.origins = append(d.origins, o)
	d.services = append(d.services, (&tracetree.Span{Origin: o}).Service())
	ref := uint32(len(d.origins)) // noOrigin is 0
	d.originRefs[key] = ref
	attrs := len(o.Resource) + len(o.ScopeAttributes) + len(o.Entities)
	d.bytes += originOverhead + int64(len(key)) + int64(attrs)*int64(unsafe.Sizeof(tracetree.Attr{}))
	return ref
}
