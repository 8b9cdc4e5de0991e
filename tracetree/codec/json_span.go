package codec

import (
	"encoding/base64"
	"fmt"
	"math"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/jsonpull"
	"tracelab/tracetree/codec/internal/value"
)

// jsonSpan is a span while its members are read.
type jsonSpan struct {
	tracetree.Span
	ids
	rare tracetree.Rare
}

// finish completes the span when all its members have been read, and reports whether it can be
// kept.
func (in input) finish(s *jsonSpan) bool {
	if !in.usable(&s.ids) {
		return false
	}
	s.TraceID, s.SpanID, s.Parent = s.trace, s.span, s.parent
	s.Rare = rareOrNil(s.rare)
	s.Unended = s.Start != 0 && s.End == 0
	return true
}

// spanLists reads the lists in spans. Its scratch space makes them no longer than they need to be.
type spanLists struct {
	in     input
	attrs  []tracetree.Attr
	events []tracetree.Event
	latest tracetree.Event // the event that is read: its address gets to functions, and so to the heap
	links  []tracetree.Link
}

// attributes reads a list of objects that have a key and a value. read reads a value;
// it doesn't get a pointer, which would put every attribute on the heap.
func (d *spanLists) attributes(into *[]tracetree.Attr, read func() (tracetree.Value, error)) error {
	from := len(d.attrs)
	err := d.in.array(func() error {
		var a tracetree.Attr
		err := d.in.record(func(name []byte) error {
			switch string(name) {
			case "key", "Key":
				return d.in.text(&a.Key)
			case "value", "Value":
				var err error
				a.Value, err = read()
				return err
			}
			return d.in.Skip()
		})
		if err == nil {
			d.attrs = append(d.attrs, a)
		}
		return err
	})
	*into = list(d.attrs[from:])
	d.attrs = d.attrs[:from]
	return err
}

// consoleResource reads the resource of a span as the console exporters of JavaScript, Python and
// PHP print it. PHP's and Python's of old have the attributes as its own members.
func (in input) consoleResource(into *resource) error {
	return in.object(func(key []byte) error {
		switch string(key) {
		case "attributes":
			return in.attributeMembers(&into.attributes)
		case "schema_url", "schemaUrl":
			return in.text(&into.schema)
		}
		a := tracetree.Attr{Key: in.texts.of(key)}
		err := in.any(&a.Value)
		into.attributes = append(into.attributes, a)
		return err
	})
}

// consoleScope reads the instrumentation scope of such a span.
func (in input) consoleScope(into *scope) error {
	return in.object(func(key []byte) error {
		switch string(key) {
		case "name":
			return in.text(&into.name)
		case "version":
			return in.text(&into.version)
		case "schema_url", "schemaUrl":
			return in.text(&into.schema)
		}
		return in.Skip()
	})
}

// eventList reads a list of events, whose members the function reads.
func (d *spanLists) eventList(into *[]tracetree.Event, member func(*tracetree.Event, []byte) error) error {
	d.events = d.events[:0]
	err := d.in.array(func() error {
		d.latest = tracetree.Event{}
		err := d.in.object(func(key []byte) error { return member(&d.latest, key) })
		if err == nil {
			d.events = append(d.events, d.latest)
		}
		return err
	})
	*into = list(d.events)
	return err
}

// linkList reads a list of links, whose members the function reads. It keeps those that have ids.
func (d *spanLists) linkList(into *[]tracetree.Link,
	member func(l *tracetree.Link, bad *string, key []byte) error,
) error {
	d.links = d.links[:0]
	err := d.in.array(func() error {
		var l tracetree.Link
		bad := ""
		err := d.in.object(func(key []byte) error { return member(&l, &bad, key) })
		if err == nil && d.in.usableLink(&l, bad) {
			d.links = append(d.links, l)
		}
		return err
	})
	*into = list(d.links)
	return err
}

// usableLink reports whether a link has ids, and warns if it hasn't. bad is the text of an id that
// isn't one.
func (in input) usableLink(l *tracetree.Link, bad string) bool {
	switch {
	case bad != "":
		in.warn(InvalidLink, in.Here, fmt.Sprintf("%.40q", bad))
	case l.TraceID.IsZero() || l.SpanID.IsZero():
		in.warn(InvalidLink, in.Here, noID(l.TraceID, l.SpanID))
	default:
		return true
	}
	return false
}

// id reads an id of OTLP or stdouttrace. An empty one is zero, as in protobuf's JSON form.
func (in input) id(into []byte, bad *string) error {
	at := in.Offset()
	text, err := in.String()
	if err != nil && in.otherForm(err, at) {
		return in.idBytes(err, into, bad)
	}
	if err == nil && len(text) > 0 && !in.decodeID(into, text) {
		*bad = string(text)
	}
	return err
}

// idBytes reads an id as the list of its bytes, which JavaScript writes as [1,2], {"data":[1,2]} or
// {"0":1,"1":2}. It returns the error if it is no list.
func (in input) idBytes(err error, into []byte, bad *string) error {
	n := 0
	next := func() error {
		var b int64
		if err := in.integer(&b); err != nil {
			return err
		}
		if b < 0 || b > math.MaxUint8 {
			return in.ValueErrorf("found %d, want a byte", b)
		}
		if n < len(into) {
			into[n] = byte(b)
		}
		n++
		return nil
	}
	switch kind, peekErr := in.Peek(); {
	case peekErr == nil && kind == jsonpull.Array:
		err = in.array(next)
	case peekErr == nil && kind == jsonpull.Object:
		err = in.object(func(key []byte) error {
			switch {
			case string(key) == "data":
				return in.array(next)
			case len(key) > 0 && '0' <= key[0] && key[0] <= '9':
				return next()
			}
			return in.Skip()
		})
	}
	if err == nil && n > 0 && n != len(into) {
		*bad = fmt.Sprintf("%d bytes", n)
	}
	return err
}

// base64 reads bytes.
func (in input) base64(into *tracetree.Value) error {
	text, err := in.String()
	if err != nil {
		return err
	}
	bytes, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return in.ValueErrorf("found %.40q, want bytes in base64", text)
	}
	*into = value.Bytes(bytes)
	return nil
}
