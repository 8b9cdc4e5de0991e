package store

import (
	"encoding/binary"
	"math"

	"tracelab/tracetree"
)

// A packed span is a length and the fields below. Numbers are varints; a reference is a number into
// the dictionary.
//
//	bits          2 bytes: kind, status, remote parent, and which of the optional parts follow
//	origin        reference
//	name          text
//	span ID       8 bytes
//	parent        8 bytes, optional
//	start         optional, from the base of the trace
//	end           optional, from the start, or from the base if that is unknown
//	flags
//	attributes    number, then for each a reference, or key and value
//	status message, events, links, rare: optional
//
// The bits come first and origin and name next, so that a query can pass over spans without
// unpacking them.
const (
	hasParent = 1 << iota
	hasStart
	hasEnd
	hasMessage
	hasEvents
	hasLinks
	hasRare
	isUnended
)

const (
	statusShift = 3
	remoteShift = 5
)

func (p *packer) span(data []byte, s *tracetree.Span, base int64) []byte {
	origin := p.origin(s.Origin)
	body := p.body(p.scratch[:0], s, base, origin)
	p.scratch = body
	data = appendUvarint(data, uint64(len(body)))
	return append(data, body...)
}

func (p *packer) body(data []byte, s *tracetree.Span, base int64, origin uint32) []byte {
	var bits byte
	for _, part := range []struct {
		present bool
		bit     byte
	}{
		{!s.Parent.IsZero(), hasParent},
		{s.Start != 0, hasStart},
		{s.End != 0, hasEnd},
		{s.StatusMessage != "", hasMessage},
		{len(s.Events) > 0, hasEvents},
		{len(s.Links) > 0, hasLinks},
		{s.Rare != nil, hasRare},
		{s.Unended, isUnended},
	} {
		if part.present {
			bits |= part.bit
		}
	}
	data = append(data, byte(s.Kind)|byte(s.Status)<<statusShift|byte(s.ParentRemote)<<remoteShift, bits)
	data = appendUvarint(data, uint64(origin))
	data = p.text(data, s.Name)
	data = append(data, s.SpanID[:]...)
	if bits&hasParent != 0 {
		data = append(data, s.Parent[:]...)
	}
	if bits&hasStart != 0 {
		data = binary.AppendVarint(data, s.Start-base)
		base = s.Start
	}
	if bits&hasEnd != 0 {
		data = binary.AppendVarint(data, s.End-base)
	}
	data = appendUvarint(data, uint64(s.Flags))
	data = p.attrs(data, s.Attributes, false)
	if bits&hasMessage != 0 {
		data = p.text(data, s.StatusMessage)
	}
	if bits&hasEvents != 0 {
		data = p.events(data, s.Events)
	}
	if bits&hasLinks != 0 {
		data = p.links(data, s.Links)
	}
	if bits&hasRare != 0 {
		data = p.rare(data, s.Rare)
	}
	return data
}

func (p *packer) events(data []byte, events []tracetree.Event) []byte {
	data = appendUvarint(data, uint64(len(events)))
	for i := range events {
		e := &events[i]
		data = p.text(data, e.Name)
		data = binary.AppendVarint(data, e.Time)
		data = p.attrs(data, e.Attributes, false)
		data = appendUvarint(data, uint64(e.DroppedAttributes))
	}
	return data
}

func (p *packer) links(data []byte, links []tracetree.Link) []byte {
	data = appendUvarint(data, uint64(len(links)))
	for i := range links {
		l := &links[i]
		data = append(append(data, l.TraceID[:]...), l.SpanID[:]...)
		data = p.traceState(data, l.TraceState)
		data = p.attrs(data, l.Attributes, false)
		data = appendUvarint(data, uint64(l.DroppedAttributes))
		data = appendUvarint(data, uint64(l.Flags))
	}
	return data
}

func (p *packer) rare(data []byte, r *tracetree.Rare) []byte {
	data = p.traceState(data, r.TraceState)
	data = appendUvarint(data, uint64(r.DroppedAttributes))
	data = appendUvarint(data, uint64(r.DroppedEvents))
	data = appendUvarint(data, uint64(r.DroppedLinks))
	return append(append(data, r.OriginalID[:]...), r.OriginalParent[:]...)
}

func appendUvarint(data []byte, n uint64) []byte {
	if n < 0x80 { // most references
		return append(data, byte(n))
	}
	return binary.AppendUvarint(data, n)
}

func appendInline(data []byte, text string) []byte {
	return append(appendUvarint(data, uint64(len(text))), text...)
}

func appendValue(data []byte, v tracetree.Value) []byte {
	data = append(data, byte(v.Kind()))
	switch v.Kind() {
	case tracetree.StringValue:
		return appendInline(data, v.Text())
	case tracetree.IntValue:
		n, _ := v.AsInt()
		return binary.AppendVarint(data, n)
	case tracetree.FloatValue:
		f, _ := v.AsFloat()
		return binary.LittleEndian.AppendUint64(data, math.Float64bits(f))
	case tracetree.BoolValue:
		if v == tracetree.Bool(true) {
			return append(data, 1)
		}
		return append(data, 0)
	case tracetree.JSONValue:
		return appendInline(appendInline(data, v.Text()), v.Typed())
	}
	return data
}
