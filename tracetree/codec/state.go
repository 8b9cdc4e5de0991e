package codec

import (
	"hash/maphash"
	"strconv"

	"tracelab/tracetree"
)

// state is what the decoders of one reader share: texts and origins that are kept once, and
// warnings.
type state struct {
	name     string
	strict   bool
	left     *int64 // of [Reader.MaxSize]; nil for no limit
	batch    int    // about how many spans a batch has
	broken   error  // the first error about a document that was passed over
	warnings []Warning
	texts    texts
	origins  origins
}

func newState(name string) *state {
	return &state{name: name, batch: batchSize, texts: newTexts(), origins: make(origins)}
}

// isLive reports whether spans are returned as soon as they have been read.
func (s *state) isLive() bool { return s.batch < batchSize }

// maxShared is the longest text that is worth sharing, in bytes.
const maxShared = 64

// texts keeps strings that repeat, such as keys and names, once. It has a fixed number of slots, in
// which a new text replaces another one, so that a file of texts that never repeat costs no memory.
type texts struct {
	seed  maphash.Seed
	slots *[1 << 14]string
}

func newTexts() texts { return texts{maphash.MakeSeed(), new([1 << 14]string)} }

func (t texts) of(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	if len(text) > maxShared {
		return string(text)
	}
	slot := &t.slots[maphash.Bytes(t.seed, text)%uint64(len(t.slots))]
	if *slot != string(text) {
		*slot = string(text)
	}
	return *slot
}

// origins keeps equal origins once, keyed by a text that is unique to each.
type origins map[string]*tracetree.Origin

// resource is what spans of one process share.
type resource struct {
	attributes []tracetree.Attr
	schema     string
	dropped    uint32
	entities   []tracetree.Attr
}

// scope is an instrumentation scope.
type scope struct {
	name, version string
	attributes    []tracetree.Attr
	schema        string
	dropped       uint32
}

func (o origins) of(r resource, s scope) *tracetree.Origin {
	key := appendResourceKey(make([]byte, 0, 512), r)
	key = appendScopeKey(key, s)
	if known, ok := o[string(key)]; ok {
		return known
	}
	origin := &tracetree.Origin{
		Resource: r.attributes, ResourceSchema: r.schema, DroppedResource: r.dropped, Entities: r.entities,
		ScopeName: s.name, ScopeVersion: s.version, ScopeAttributes: s.attributes, ScopeSchema: s.schema,
		DroppedScope: s.dropped,
	}
	o[string(key)] = origin
	return origin
}

// partsOfOrigin returns the resource and the scope of an origin, which may be nil.
func partsOfOrigin(o *tracetree.Origin) (resource, scope) {
	if o == nil {
		return resource{}, scope{}
	}
	return resource{o.Resource, o.ResourceSchema, o.DroppedResource, o.Entities},
		scope{o.ScopeName, o.ScopeVersion, o.ScopeAttributes, o.ScopeSchema, o.DroppedScope}
}

func appendResourceKey(key []byte, r resource) []byte {
	key = appendAttrsKey(key, r.attributes)
	key = appendTextKey(key, r.schema)
	key = strconv.AppendUint(append(key, ' '), uint64(r.dropped), 10)
	return appendAttrsKey(key, r.entities)
}

func appendScopeKey(key []byte, s scope) []byte {
	key = appendTextKey(key, s.name)
	key = appendTextKey(key, s.version)
	key = appendAttrsKey(key, s.attributes)
	key = appendTextKey(key, s.schema)
	return strconv.AppendUint(append(key, ' '), uint64(s.dropped), 10)
}

func appendAttrsKey(key []byte, attrs []tracetree.Attr) []byte {
	key = strconv.AppendInt(key, int64(len(attrs)), 10)
	for _, a := range attrs {
		key = appendTextKey(key, a.Key)
		key = append(key, byte(a.Value.Kind()))
		key = appendTextKey(key, a.Value.Text())
		key = appendTextKey(key, a.Value.Typed())
	}
	return key
}

// appendTextKey puts the length in front, so that no two lists of texts give the same key.
func appendTextKey(key []byte, text string) []byte {
	key = strconv.AppendInt(append(key, ' '), int64(len(text)), 10)
	return append(append(key, ':'), text...)
}
