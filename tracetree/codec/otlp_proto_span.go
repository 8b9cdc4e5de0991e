package codec

import (
	"cmp"
	"fmt"
	"math"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/value"
)

// maxValueDepth is how deep values may be nested in protobuf.
const maxValueDepth = 300

// protoSpans decodes what is inside of a ResourceSpans. The numbers of the fields are those of
// opentelemetry/proto/trace/v1/trace.proto, common/v1/common.proto and resource/v1/resource.proto.
type protoSpans struct {
	*state
	place    func() Error
	maxDepth int  // of values
	request  bool // spans with IDs of zeros are kept, and IDs of another length are errors
}

func (d *protoSpans) resource(message []byte, at int64, into *resource) error {
	return fields(message, at, func(f field) error {
		switch f.number {
		case 1:
			return d.attribute(f, &into.attributes, 0)
		case 2:
			return d.count(f, &into.dropped)
		case 3:
			return d.entity(f, &into.entities)
		}
		return nil
	})
}

func (d *protoSpans) entity(f field, into *[]tracetree.Attr) error {
	if err := f.is(wireBytes); err != nil {
		return err
	}
	var kind, schema string
	var ids, descriptions []tracetree.Value
	err := fields(f.bytes, f.offset, func(f field) error {
		var text string
		err := d.text(f, &text)
		switch f.number {
		case 1:
			schema = text
		case 2:
			kind = text
		case 3:
			ids = append(ids, tracetree.String(text))
		case 4:
			descriptions = append(descriptions, tracetree.String(text))
		default:
			return nil
		}
		return err
	})
	*into = append(*into, entity(kind, schema, ids, descriptions))
	return err
}

func (d *protoSpans) scope(message []byte, at int64, into *scope) error {
	return fields(message, at, func(f field) error {
		switch f.number {
		case 1:
			return d.text(f, &into.name)
		case 2:
			return d.text(f, &into.version)
		case 3:
			return d.attribute(f, &into.attributes, 0)
		case 4:
			return d.count(f, &into.dropped)
		}
		return nil
	})
}

// span decodes a span, and reports whether it can be kept.
func (d *protoSpans) span(message []byte, at int64) (tracetree.Span, bool, error) {
	var s tracetree.Span
	var rare tracetree.Rare
	var flags uint32
	var badID, badParent []byte
	if n := count(message, 9); n > 0 {
		s.Attributes = make([]tracetree.Attr, 0, n)
	}
	err := fields(message, at, func(f field) error {
		switch f.number {
		case 1:
			return d.id(f, s.TraceID[:], &badID)
		case 2:
			return d.id(f, s.SpanID[:], &badID)
		case 3:
			return d.text(f, &rare.TraceState)
		case 4:
			return d.id(f, s.Parent[:], &badParent)
		case 5:
			return d.text(f, &s.Name)
		case 6:
			s.Kind = tracetree.Kind(knownNumber(int64(f.num), kindNames))
			return f.is(wireVarint)
		case 7:
			return d.time(f, &s.Start)
		case 8:
			return d.time(f, &s.End)
		case 9:
			return d.attribute(f, &s.Attributes, 0)
		case 10:
			return d.count(f, &rare.DroppedAttributes)
		case 11:
			return d.event(f, &s.Events)
		case 12:
			return d.count(f, &rare.DroppedEvents)
		case 13:
			return d.link(f, &s.Links)
		case 14:
			return d.count(f, &rare.DroppedLinks)
		case 15:
			return d.status(f, &s)
		case 16:
			flags = uint32(f.num)
			return f.is(wireFixed32)
		}
		return nil
	})
	if err != nil {
		return s, false, err
	}
	if badID != nil && d.request {
		return s, false, badProto(at, "the trace ID or the span ID has another length than 16 and 8 bytes")
	}
	switch {
	case badID != nil:
		d.warn(InvalidID, d.place, asHex(badID))
		return s, false, nil
	case !d.request && (s.TraceID.IsZero() || s.SpanID.IsZero()):
		d.warn(InvalidID, d.place, noID(s.TraceID, s.SpanID))
		return s, false, nil
	}
	if badParent != nil {
		d.warn(InvalidParent, d.place, fmt.Sprintf("span %v, parent %s", s.SpanID, asHex(badParent)))
	}
	s.Rare = rareOrNil(rare)
	s.ParentRemote, s.Flags = parentOf(s.Parent, flags), flags
	s.Unended = s.Start != 0 && s.End == 0
	return s, true, nil
}

// count returns how many fields of a number a message has, as far as it can be read.
func count(message []byte, number int) int {
	n := 0
	_ = fields(message, 0, func(f field) error { // decoding the message returns the same error
		if f.number == number {
			n++
		}
		return nil
	})
	return n
}

// id decodes an ID, or sets bad to the bytes of one that has another length. No bytes are zeros.
func (d *protoSpans) id(f field, into []byte, bad *[]byte) error {
	if len(f.bytes) == len(into) {
		copy(into, f.bytes)
	} else if len(f.bytes) > 0 {
		*bad = f.bytes
	}
	return f.is(wireBytes)
}

// asHex formats an ID of another length for a warning, the first of its bytes if it is long.
func asHex(id []byte) string {
	const most = 20
	if len(id) <= most {
		return fmt.Sprintf("0x%x", id)
	}
	return fmt.Sprintf("0x%x… of %d bytes", id[:most], len(id))
}

func (d *protoSpans) text(f field, into *string) error {
	*into = d.texts.of(f.bytes)
	return f.is(wireBytes)
}

func (d *protoSpans) count(f field, into *uint32) error {
	*into = uint32(f.num) // as protobuf reads a uint32 that was written with more bits: the low ones
	return f.is(wireVarint)
}

func (d *protoSpans) time(f field, into *int64) error {
	*into = int64(f.num)
	if f.num > math.MaxInt64 {
		*into = 0
		d.warn(TimeOutOfRange, d.place)
	}
	return f.is(wireFixed64)
}

func (d *protoSpans) event(f field, into *[]tracetree.Event) error {
	if err := f.is(wireBytes); err != nil {
		return err
	}
	var e tracetree.Event
	err := fields(f.bytes, f.offset, func(f field) error {
		switch f.number {
		case 1:
			return d.time(f, &e.Time)
		case 2:
			return d.text(f, &e.Name)
		case 3:
			return d.attribute(f, &e.Attributes, 0)
		case 4:
			return d.count(f, &e.DroppedAttributes)
		}
		return nil
	})
	*into = append(*into, e)
	return err
}

func (d *protoSpans) link(f field, into *[]tracetree.Link) error {
	if err := f.is(wireBytes); err != nil {
		return err
	}
	var l tracetree.Link
	var bad []byte
	err := fields(f.bytes, f.offset, func(f field) error {
		switch f.number {
		case 1:
			return d.id(f, l.TraceID[:], &bad)
		case 2:
			return d.id(f, l.SpanID[:], &bad)
		case 3:
			return d.text(f, &l.TraceState)
		case 4:
			return d.attribute(f, &l.Attributes, 0)
		case 5:
			return d.count(f, &l.DroppedAttributes)
		case 6:
			l.Flags = uint32(f.num)
			return f.is(wireFixed32)
		}
		return nil
	})
	switch {
	case bad != nil:
		d.warn(InvalidLink, d.place, asHex(bad))
		return err
	case l.TraceID.IsZero() || l.SpanID.IsZero():
		d.warn(InvalidLink, d.place, noID(l.TraceID, l.SpanID))
		return err
	}
	*into = append(*into, l)
	return err
}

func (d *protoSpans) status(f field, s *tracetree.Span) error {
	if err := f.is(wireBytes); err != nil {
		return err
	}
	return fields(f.bytes, f.offset, func(f field) error {
		switch f.number {
		case 2:
			return d.text(f, &s.StatusMessage)
		case 3:
			s.Status = tracetree.Status(knownNumber(int64(f.num), statusNames))
			return f.is(wireVarint)
		}
		return nil
	})
}

// attribute decodes a KeyValue.
func (d *protoSpans) attribute(f field, into *[]tracetree.Attr, depth int) error {
	if err := f.is(wireBytes); err != nil {
		return err
	}
	var a tracetree.Attr
	err := fields(f.bytes, f.offset, func(f field) error {
		switch f.number {
		case 1:
			return d.text(f, &a.Key)
		case 2:
			return d.value(f, &a.Value, depth)
		}
		return nil
	})
	*into = append(*into, a)
	return err
}

// value decodes an AnyValue.
func (d *protoSpans) value(f field, into *tracetree.Value, depth int) error {
	if depth > d.maxDepth {
		return badProto(f.offset, "a value is nested deeper than %d levels", d.maxDepth)
	}
	if err := f.is(wireBytes); err != nil {
		return err
	}
	return fields(f.bytes, f.offset, func(f field) error {
		want := wireBytes
		switch f.number {
		case 1:
			*into = tracetree.String(d.texts.of(f.bytes))
		case 2:
			want = wireVarint
			*into = tracetree.Bool(f.num != 0)
		case 3:
			want = wireVarint
			*into = tracetree.Int(int64(f.num))
		case 4:
			want = wireFixed64
			*into = tracetree.Float(math.Float64frombits(f.num))
		case 5:
			return d.array(f, into, depth+1)
		case 6:
			return d.kvlist(f, into, depth+1)
		case 7:
			*into = value.Bytes(f.bytes)
		default:
			return nil
		}
		return f.is(want)
	})
}

func (d *protoSpans) array(f field, into *tracetree.Value, depth int) error {
	var elements []tracetree.Value
	err := fields(f.bytes, f.offset, func(f field) error {
		if f.number != 1 {
			return nil
		}
		var v tracetree.Value
		err := d.value(f, &v, depth)
		elements = append(elements, v)
		return err
	})
	*into = value.Array(elements)
	return cmp.Or(err, f.is(wireBytes))
}

func (d *protoSpans) kvlist(f field, into *tracetree.Value, depth int) error {
	var members []tracetree.Attr
	err := fields(f.bytes, f.offset, func(f field) error {
		if f.number != 1 {
			return nil
		}
		return d.attribute(f, &members, depth)
	})
	*into = value.Object(members)
	return cmp.Or(err, f.is(wireBytes))
}
