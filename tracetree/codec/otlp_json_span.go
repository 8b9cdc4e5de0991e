package codec

import (
	"encoding/base64"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/jsonpull"
)

// Bits of a span's flags, in OTLP.
const (
	flagHasIsRemote = 0x100
	flagIsRemote    = 0x200
)

// otlpSpans decodes what is inside of a scope's spans. Its scratch space makes lists no longer than they need to be.
type otlpSpans struct {
	in     input
	attrs  []tracetree.Attr
	events []tracetree.Event
	links  []tracetree.Link
}

// span reads a span, and reports whether it can be kept.
func (d *otlpSpans) span() (tracetree.Span, bool, error) {
	var s tracetree.Span
	var id ids
	var rare tracetree.Rare
	var flags uint32
	in := d.in
	err := in.object(func(key []byte) error {
		switch string(key) {
		case "traceId":
			return d.id(id.trace[:], &id.bad)
		case "spanId":
			return d.id(id.span[:], &id.bad)
		case "parentSpanId":
			return d.id(id.parent[:], &id.lostParent)
		case "name":
			return in.text(&s.Name)
		case "kind":
			n, err := d.enum(kindNames)
			s.Kind = tracetree.Kind(n)
			return err
		case "startTimeUnixNano":
			return in.time(&s.Start, 1)
		case "endTimeUnixNano":
			return in.time(&s.End, 1)
		case "attributes":
			return d.attributes(&s.Attributes)
		case "events":
			return d.eventList(&s.Events)
		case "links":
			return d.linkList(&s.Links)
		case "status":
			return d.status(&s)
		case "flags":
			return in.count(&flags)
		case "traceState":
			return in.text(&rare.TraceState)
		case "droppedAttributesCount":
			return in.count(&rare.DroppedAttributes)
		case "droppedEventsCount":
			return in.count(&rare.DroppedEvents)
		case "droppedLinksCount":
			return in.count(&rare.DroppedLinks)
		}
		return in.Skip()
	})
	if err != nil || !in.usable(&id) {
		return s, false, err
	}
	s.TraceID, s.SpanID, s.Parent = id.trace, id.span, id.parent
	s.Rare = rareOrNil(rare)
	s.ParentRemote = parentOf(id.parent, flags)
	s.Unended = s.Start != 0 && s.End == 0
	return s, true, nil
}

// parentOf says where a parent is. Without a parent the flags mean nothing, though some SDKs set them.
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

// id reads an id. An empty one is zero, as protobuf's JSON form has it.
func (d *otlpSpans) id(into []byte, bad *bool) error {
	text, err := d.in.String()
	if err == nil && len(text) > 0 && !d.in.decodeID(into, text) {
		*bad = true
	}
	return err
}

// kindNames and statusNames are the enumerations of OTLP, by number.
var (
	kindNames = []string{
		"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER",
		"SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER",
	}
	statusNames = []string{"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"}
)

// enum reads a number of an enumeration, or its name. A number that is not known is 0, as protobuf wants it.
func (d *otlpSpans) enum(names []string) (int, error) {
	kind, err := d.in.Peek()
	if err != nil {
		return 0, err
	}
	if kind == jsonpull.String {
		text, err := d.in.String()
		if err != nil {
			return 0, err
		}
		for i, name := range names {
			if name == string(text) {
				return i, nil
			}
		}
		n, ok := parseInteger(text)
		if !ok {
			return 0, d.in.ValueErrorf("found %.40q, want a number or a name such as %s", text, names[len(names)-1])
		}
		return knownNumber(n, names), nil
	}
	var n int64
	err = d.in.integer(&n)
	return knownNumber(n, names), err
}

func knownNumber(n int64, names []string) int {
	if n < 0 || n >= int64(len(names)) {
		return 0
	}
	return int(n)
}

func (d *otlpSpans) status(s *tracetree.Span) error {
	return d.in.object(func(key []byte) error {
		switch string(key) {
		case "code":
			n, err := d.enum(statusNames)
			s.Status = tracetree.Status(n)
			return err
		case "message":
			return d.in.text(&s.StatusMessage)
		}
		return d.in.Skip()
	})
}

func (d *otlpSpans) eventList(into *[]tracetree.Event) error {
	d.events = d.events[:0]
	err := d.in.array(func() error {
		var e tracetree.Event
		err := d.in.object(func(key []byte) error {
			switch string(key) {
			case "name":
				return d.in.text(&e.Name)
			case "timeUnixNano":
				return d.in.time(&e.Time, 1)
			case "attributes":
				return d.attributes(&e.Attributes)
			}
			return d.in.Skip()
		})
		d.events = append(d.events, e)
		return err
	})
	*into = list(d.events)
	return err
}

func (d *otlpSpans) linkList(into *[]tracetree.Link) error {
	d.links = d.links[:0]
	err := d.in.array(func() error {
		var l tracetree.Link
		bad := false
		err := d.in.object(func(key []byte) error {
			switch string(key) {
			case "traceId":
				return d.id(l.TraceID[:], &bad)
			case "spanId":
				return d.id(l.SpanID[:], &bad)
			case "attributes":
				return d.attributes(&l.Attributes)
			}
			return d.in.Skip()
		})
		if bad || l.TraceID.IsZero() || l.SpanID.IsZero() {
			d.in.warn(InvalidLink, d.in.Here)
			return err
		}
		d.links = append(d.links, l)
		return err
	})
	*into = list(d.links)
	return err
}

func (d *otlpSpans) attributes(into *[]tracetree.Attr) error {
	from := len(d.attrs)
	err := d.in.array(func() error {
		var a tracetree.Attr
		err := d.in.object(func(key []byte) error {
			switch string(key) {
			case "key":
				return d.in.text(&a.Key)
			case "value":
				return d.value(&a.Value)
			}
			return d.in.Skip()
		})
		d.attrs = append(d.attrs, a)
		return err
	})
	*into = list(d.attrs[from:])
	d.attrs = d.attrs[:from]
	return err
}

// value reads an AnyValue.
func (d *otlpSpans) value(into *tracetree.Value) error {
	in := d.in
	return in.object(func(key []byte) error {
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
			text, err := in.String()
			if err != nil {
				return err
			}
			bytes, err := base64.StdEncoding.AppendDecode(nil, text)
			if err != nil {
				return in.ValueErrorf("found %.40q, want bytes in base64", text)
			}
			*into = bytesValue(bytes)
			return nil
		case "arrayValue":
			return d.arrayValue(into)
		case "kvlistValue":
			return d.kvlistValue(into)
		}
		return in.Skip()
	})
}

func (d *otlpSpans) arrayValue(into *tracetree.Value) error {
	var elements []tracetree.Value
	err := d.in.object(func(key []byte) error {
		if string(key) != "values" {
			return d.in.Skip()
		}
		return d.in.array(func() error {
			var v tracetree.Value
			err := d.value(&v)
			elements = append(elements, v)
			return err
		})
	})
	*into = arrayValue(elements)
	return err
}

func (d *otlpSpans) kvlistValue(into *tracetree.Value) error {
	var members []tracetree.Attr
	err := d.in.object(func(key []byte) error {
		if string(key) != "values" {
			return d.in.Skip()
		}
		return d.attributes(&members)
	})
	*into = objectValue(members)
	return err
}
