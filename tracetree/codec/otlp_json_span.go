package codec

import (
	"bytes"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/jsonpull"
	"tracelab/tracetree/codec/internal/value"
)

// Bits of a span's flags, in OTLP.
const (
	flagHasIsRemote = 0x100
	flagIsRemote    = 0x200
)

// otlpSpans decodes what is in the spans of a scope.
type otlpSpans struct {
	spanLists
	flags uint32 // of the current span
}

// span reads a span, and reports whether it can be kept.
func (d *otlpSpans) span() (tracetree.Span, bool, error) {
	var s jsonSpan
	d.flags = 0
	err := d.in.object(func(key []byte) error { return d.member(&s, key) })
	if err != nil {
		return s.Span, false, err
	}
	return s.Span, d.finish(&s), nil
}

func (d *otlpSpans) finish(s *jsonSpan) bool {
	ok := d.in.finish(s)
	s.ParentRemote, s.Flags = parentOf(s.Parent, d.flags), d.flags
	return ok
}

// member reads a member of a span.
func (d *otlpSpans) member(s *jsonSpan, key []byte) error {
	in := d.in
	switch string(key) {
	case "traceId":
		return in.essential(&s.ids, in.id(s.trace[:], &s.bad))
	case "spanId":
		return in.essential(&s.ids, in.id(s.span[:], &s.bad))
	case "parentSpanId":
		return in.id(s.parent[:], &s.lostParent)
	case "name":
		return in.text(&s.Name)
	case "kind":
		n, err := in.enum(kindNames)
		s.Kind = tracetree.Kind(n)
		return err
	case "startTimeUnixNano":
		return in.essential(&s.ids, in.time(&s.Start, 1))
	case "endTimeUnixNano":
		return in.essential(&s.ids, in.time(&s.End, 1))
	case "attributes":
		return d.attributes(&s.Attributes)
	case "events":
		return d.eventList(&s.Events, d.event)
	case "links":
		return d.linkList(&s.Links, d.link)
	case "status":
		return d.status(&s.Span)
	case "flags":
		return in.count(&d.flags)
	case "traceState":
		return in.text(&s.rare.TraceState)
	case "droppedAttributesCount":
		return in.count(&s.rare.DroppedAttributes)
	case "droppedEventsCount":
		return in.count(&s.rare.DroppedEvents)
	case "droppedLinksCount":
		return in.count(&s.rare.DroppedLinks)
	}
	if other := canonical(key); string(other) != string(key) {
		return d.member(s, other)
	}
	return in.Skip()
}

func (d *otlpSpans) event(e *tracetree.Event, key []byte) error {
	switch string(canonical(key)) {
	case "name":
		return d.in.text(&e.Name)
	case "timeUnixNano":
		return d.in.time(&e.Time, 1)
	case "attributes":
		return d.attributes(&e.Attributes)
	case "droppedAttributesCount":
		return d.in.count(&e.DroppedAttributes)
	}
	return d.in.Skip()
}

func (d *otlpSpans) link(l *tracetree.Link, bad *string, key []byte) error {
	switch string(canonical(key)) {
	case "traceId":
		return d.in.id(l.TraceID[:], bad)
	case "spanId":
		return d.in.id(l.SpanID[:], bad)
	case "traceState":
		return d.in.text(&l.TraceState)
	case "flags":
		return d.in.count(&l.Flags)
	case "attributes":
		return d.attributes(&l.Attributes)
	case "droppedAttributesCount":
		return d.in.count(&l.DroppedAttributes)
	}
	return d.in.Skip()
}

// parentOf returns where a parent is. Without a parent the flags mean nothing, though some SDKs set
// them.
func parentOf(parent tracetree.SpanID, flags uint32) tracetree.Remote {
	switch {
	case parent.IsZero() || flags&flagHasIsRemote == 0:
		return tracetree.RemoteUnknown
	case flags&flagIsRemote != 0:
		return tracetree.RemoteYes
	default:
		return tracetree.RemoteNo
	}
}

// entities reads the entities that a resource describes.
func (in input) entities(into *[]tracetree.Attr) error {
	return in.array(func() error {
		var kind, schema string
		lists := make(map[string][]tracetree.Value)
		err := in.object(func(key []byte) error {
			switch name := string(canonical(key)); name {
			case "type":
				return in.text(&kind)
			case "schemaUrl":
				return in.text(&schema)
			case "idKeys", "descriptionKeys":
				return in.array(func() error {
					var text string
					err := in.text(&text)
					lists[name] = append(lists[name], tracetree.String(text))
					return err
				})
			}
			return in.Skip()
		})
		*into = append(*into, entity(kind, schema, lists["idKeys"], lists["descriptionKeys"]))
		return err
	})
}

// entity returns an entity in the form of [tracetree.Origin].
func entity(kind, schema string, ids, descriptions []tracetree.Value) tracetree.Attr {
	return tracetree.Attr{Key: kind, Value: value.Object([]tracetree.Attr{
		{Key: "descriptionKeys", Value: value.Array(descriptions)},
		{Key: "idKeys", Value: value.Array(ids)},
		{Key: "schemaUrl", Value: tracetree.String(schema)},
	})}
}

// kindNames and statusNames are the enumerations of OTLP, by number.
var (
	kindNames = []string{
		"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER",
		"SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER",
	}
	statusNames = []string{"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"}
)

// enum reads a number of an enumeration, or its name. Unless the reader is strict, the last word of
// the name is enough.
func (in input) enum(names []string) (int, error) {
	kind, err := in.Peek()
	if err != nil {
		return 0, err
	}
	var n int64
	if kind == jsonpull.String {
		text, err := in.String()
		if err != nil {
			return 0, err
		}
		for i, name := range names {
			short := name[strings.LastIndexByte(name, '_')+1:]
			if name == string(text) || !in.strict && strings.EqualFold(short, string(text)) {
				return i, nil
			}
		}
		var ok bool
		if n, ok = parseInteger(text); !ok {
			return 0, in.ValueErrorf("found %.40q, want a number or a name such as %s", text, names[len(names)-1])
		}
	} else if err := in.integer(&n); err != nil {
		return 0, err
	}
	if known := knownNumber(n, names); in.strict || int64(known) == n { // protobuf takes unknown numbers for 0
		return known, nil
	}
	return 0,
		in.ValueErrorf("found %d, want a number from 0 to %d or a name such as %s", n, len(names)-1, names[len(names)-1])
}

func knownNumber(n int64, names []string) int {
	if n < 0 || n >= int64(len(names)) {
		return 0
	}
	return int(n)
}

func (d *otlpSpans) status(s *tracetree.Span) error {
	return d.in.object(func(key []byte) error {
		switch string(canonical(key)) {
		case "code":
			n, err := d.in.enum(statusNames)
			s.Status = tracetree.Status(n)
			return err
		case "message":
			return d.in.text(&s.StatusMessage)
		}
		return d.in.Skip()
	})
}

// attributes reads a list of attributes, or an object of them, which some backends make of it.
func (d *otlpSpans) attributes(into *[]tracetree.Attr) error {
	at := d.in.Offset()
	err := d.spanLists.attributes(into, d.anyValue)
	if err != nil && d.in.otherForm(err, at) {
		if kind, peekErr := d.in.Peek(); peekErr == nil && kind == jsonpull.Object {
			return d.in.attributeMembers(into)
		}
	}
	return err
}

// anyValue reads an AnyValue.
func (d *otlpSpans) anyValue() (v tracetree.Value, err error) {
	err = d.value(&v)
	return v, err
}

// value reads an AnyValue, or the value that should be in one.
func (d *otlpSpans) value(into *tracetree.Value) error {
	at := d.in.Offset()
	err := d.in.record(func(key []byte) error { return d.valueMember(into, key) })
	if err != nil && d.in.otherForm(err, at) {
		return d.in.any(into)
	}
	return err
}

func (d *otlpSpans) valueMember(into *tracetree.Value, key []byte) error {
	in := d.in
	switch string(key) {
	case "stringValue":
		var text string
		err := in.text(&text)
		*into = tracetree.String(text)
		return err
	case "intValue":
		var n int64
		err := in.integer(&n)
		*into = tracetree.Int(n)
		return err
	case "doubleValue":
		var f float64
		err := in.float(&f)
		*into = tracetree.Float(f)
		return err
	case "boolValue":
		b, err := in.Bool()
		*into = tracetree.Bool(b)
		return err
	case "bytesValue":
		return in.base64(into)
	case "arrayValue":
		return d.arrayValue(into)
	case "kvlistValue":
		return d.kvlistValue(into)
	case "value": // what encoding/json makes of Go's structs has the alternatives one level deeper
		return d.value(into)
	}
	if other := canonical(key); string(other) != string(key) {
		return d.valueMember(into, other)
	}
	return in.Skip()
}

func (d *otlpSpans) arrayValue(into *tracetree.Value) error {
	var elements []tracetree.Value
	err := d.in.record(func(key []byte) error {
		if string(canonical(key)) != "values" {
			return d.in.Skip()
		}
		return d.in.array(func() error {
			var v tracetree.Value
			err := d.value(&v)
			elements = append(elements, v)
			return err
		})
	})
	*into = value.Array(elements)
	return err
}

func (d *otlpSpans) kvlistValue(into *tracetree.Value) error {
	var members []tracetree.Attr
	err := d.in.record(func(key []byte) error {
		if string(canonical(key)) != "values" {
			return d.in.Skip()
		}
		return d.attributes(&members)
	})
	*into = value.Object(members)
	return err
}

// canonical returns the name of a member in the form of OTLP's specification. Programs that don't
// use protobuf's JSON form have names such as trace_id or TraceId.
func canonical(key []byte) []byte {
	if len(key) > 0 && 'A' <= key[0] && key[0] <= 'Z' || bytes.IndexByte(key, '_') >= 0 {
		return camelCase(key)
	}
	return key
}

// camelCase removes underscores, and makes the letters after them capital and the first one small.
func camelCase(key []byte) []byte {
	name := make([]byte, 0, len(key))
	upper := false
	for i, c := range key {
		switch {
		case c == '_' && i > 0:
			upper = true
			continue
		case upper && 'a' <= c && c <= 'z', i == 0 && 'A' <= c && c <= 'Z':
			c ^= 0x20
		}
		upper = false
		name = append(name, c)
	}
	return name
}
