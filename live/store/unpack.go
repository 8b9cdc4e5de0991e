package store

import (
	"encoding/binary"
	"math"

	"tracelab/tracetree"
)

// unpacker reads packed spans. The data is a string, so that texts in it need no copies. It was
// written by a [packer] of the same process, and is not checked again.
type unpacker struct {
	vocabulary
	data string
	slab []tracetree.Attr // room for attributes
	more int              // how many attributes to allocate together when there is no room
}

func (u *unpacker) uvarint() uint64 {
	var n uint64
	for shift := 0; ; shift += 7 {
		c := u.data[0]
		u.data = u.data[1:]
		n |= uint64(c&0x7F) << shift
		if c < 0x80 {
			return n
		}
	}
}

func (u *unpacker) varint() int64 {
	n := u.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

func (u *unpacker) take(n int) string {
	taken := u.data[:n]
	u.data = u.data[n:]
	return taken
}

func (u *unpacker) inline() string { return u.take(int(u.uvarint())) }

func (u *unpacker) text() string {
	switch n := u.uvarint(); n {
	case emptyText:
		return ""
	case inlineText:
		return u.inline()
	default:
		return u.texts[n-firstText]
	}
}

func (u *unpacker) attributes() []tracetree.Attr {
	n := int(u.uvarint())
	if n == 0 {
		return nil
	}
	if len(u.slab) < n {
		u.slab = make([]tracetree.Attr, max(n, u.more))
	}
	attrs := u.slab[:n:n]
	u.slab = u.slab[n:]
	for i := range attrs {
		if ref := u.uvarint(); ref != inlineAttr {
			attrs[i] = u.attrs[ref-firstAttr]
			continue
		}
		attrs[i].Key = u.text()
		attrs[i].Value = u.value()
	}
	return attrs
}

func (u *unpacker) value() tracetree.Value {
	switch tracetree.ValueKind(u.take(1)[0]) {
	case tracetree.StringValue:
		return tracetree.String(u.inline())
	case tracetree.IntValue:
		return tracetree.Int(u.varint())
	case tracetree.FloatValue:
		return tracetree.Float(math.Float64frombits(binary.LittleEndian.Uint64([]byte(u.take(8)))))
	case tracetree.BoolValue:
		return tracetree.Bool(u.take(1)[0] != 0)
	case tracetree.JSONValue:
		text := u.inline()
		return tracetree.JSON(text, u.inline())
	}
	return tracetree.Value{}
}

// head is the beginning of a packed span, which is enough to pass over most spans in a query.
type head struct {
	kind   tracetree.Kind
	status tracetree.Status
	remote tracetree.Remote
	bits   byte
	origin uint32
	name   string
}

func (u *unpacker) head() head {
	first := u.take(2)
	return head{
		kind:   tracetree.Kind(first[0] & (1<<statusShift - 1)),
		status: tracetree.Status(first[0] >> statusShift & 3),
		remote: tracetree.Remote(first[0] >> remoteShift & 3),
		bits:   first[1],
		origin: uint32(u.uvarint()),
		name:   u.text(),
	}
}

func (u *unpacker) serviceOf(h head) string {
	if h.origin == noOrigin {
		return tracetree.UnknownService
	}
	return u.services[h.origin-1]
}

// span reads a span of a trace after its length.
func (u *unpacker) span(s *tracetree.Span, trace tracetree.TraceID, base int64) {
	h := u.head()
	s.TraceID, s.Kind, s.Status, s.ParentRemote, s.Name = trace, h.kind, h.status, h.remote, h.name
	s.Unended = h.bits&isUnended != 0
	if h.origin != noOrigin {
		s.Origin = u.origins[h.origin-1]
	}
	copy(s.SpanID[:], u.take(len(s.SpanID)))
	if h.bits&hasParent != 0 {
		copy(s.Parent[:], u.take(len(s.Parent)))
	}
	if h.bits&hasStart != 0 {
		s.Start = base + u.varint()
		base = s.Start
	}
	if h.bits&hasEnd != 0 {
		s.End = base + u.varint()
	}
	s.Flags = uint32(u.uvarint())
	s.Attributes = u.attributes()
	if h.bits&hasMessage != 0 {
		s.StatusMessage = u.text()
	}
	if h.bits&hasEvents != 0 {
		s.Events = u.events()
	}
	if h.bits&hasLinks != 0 {
		s.Links = u.links()
	}
	if h.bits&hasRare != 0 {
		s.Rare = u.rare()
	}
}

func (u *unpacker) events() []tracetree.Event {
	events := make([]tracetree.Event, u.uvarint())
	for i := range events {
		events[i] = tracetree.Event{
			Name: u.text(), Time: u.varint(), Attributes: u.attributes(), DroppedAttributes: uint32(u.uvarint()),
		}
	}
	return events
}

func (u *unpacker) links() []tracetree.Link {
	links := make([]tracetree.Link, u.uvarint())
	for i := range links {
		l := &links[i]
		copy(l.TraceID[:], u.take(len(l.TraceID)))
		copy(l.SpanID[:], u.take(len(l.SpanID)))
		l.TraceState, l.Attributes = u.text(), u.attributes()
		l.DroppedAttributes, l.Flags = uint32(u.uvarint()), uint32(u.uvarint())
	}
	return links
}

func (u *unpacker) rare() *tracetree.Rare {
	r := &tracetree.Rare{
		TraceState: u.text(), DroppedAttributes: uint32(u.uvarint()),
		DroppedEvents: uint32(u.uvarint()), DroppedLinks: uint32(u.uvarint()),
	}
	copy(r.OriginalID[:], u.take(len(r.OriginalID)))
	copy(r.OriginalParent[:], u.take(len(r.OriginalParent)))
	return r
}
