package codec

import (
	"encoding/base64"
	"time"

	"tracelab/tracetree"
)

// stdoutTrace decodes what the Go SDK's stdouttrace exporter writes: one object for each span.
type stdoutTrace struct {
	in      input
	attrs   []tracetree.Attr
	foreign foreign
}

func newStdoutTrace(in input) document { return &stdoutTrace{in: in} }

func isStdoutTrace(has func(key string) bool) bool { return has("SpanContext") }

func (d *stdoutTrace) rest(batch []tracetree.Span) []tracetree.Span { return batch }

func (d *stdoutTrace) read(batch []tracetree.Span) ([]tracetree.Span, bool, error) {
	span, ok, err := d.span()
	if ok && err == nil {
		batch = append(batch, span)
	}
	return batch, false, err
}

func (d *stdoutTrace) span() (tracetree.Span, bool, error) {
	var s tracetree.Span
	var id ids
	var own, parent spanContext
	var rare tracetree.Rare
	var resource []tracetree.Attr
	var from, library scope
	in := d.in
	d.foreign.keys = d.foreign.keys[:0]
	known := false
	err := in.object(func(key []byte) error {
		switch string(key) {
		case "Name":
			return in.text(&s.Name)
		case "SpanContext":
			known = true
			return d.spanContext(&own)
		case "Parent":
			return d.spanContext(&parent)
		case "SpanKind":
			var n int64
			err := in.integer(&n)
			s.Kind = tracetree.Kind(knownNumber(n, kindNames))
			return err
		case "StartTime":
			return d.time(&s.Start)
		case "EndTime":
			return d.time(&s.End)
		case "Attributes":
			return d.attributes(&s.Attributes)
		case "Events":
			return d.events(&s.Events)
		case "Links":
			return d.links(&s.Links)
		case "Status":
			return d.status(&s)
		case "DroppedAttributes":
			return in.count(&rare.DroppedAttributes)
		case "DroppedEvents":
			return in.count(&rare.DroppedEvents)
		case "DroppedLinks":
			return in.count(&rare.DroppedLinks)
		case "Resource":
			return d.attributes(&resource)
		case "InstrumentationScope":
			return d.scope(&from)
		case "InstrumentationLibrary": // of exporters that are older than InstrumentationScope
			return d.scope(&library)
		}
		d.foreign.add(key)
		return in.Skip()
	})
	if err == nil && !known {
		err = d.foreign.error(in, StdoutTrace)
	}
	if err != nil {
		return s, false, err
	}
	id.trace, id.span, id.bad = own.trace, own.span, own.bad
	id.parent, id.lostParent = parent.span, parent.bad
	if !in.usable(&id) {
		return s, false, nil
	}
	if from.name == "" && from.version == "" && from.attributes == nil {
		from = library
	}
	rare.TraceState = own.state
	s.TraceID, s.SpanID, s.Parent = id.trace, id.span, id.parent
	s.Rare = rareOrNil(rare)
	s.Origin = in.origins.of(resource, from)
	s.Unended = s.Start != 0 && s.End == 0
	switch {
	case s.Parent.IsZero():
	case parent.remote:
		s.ParentRemote = tracetree.RemoteYes
	default:
		s.ParentRemote = tracetree.RemoteNo
	}
	return s, true, nil
}

type spanContext struct {
	trace  tracetree.TraceID
	span   tracetree.SpanID
	state  string
	remote bool
	bad    bool // an id is none
}

func (d *stdoutTrace) spanContext(c *spanContext) error {
	id := func(into []byte) error {
		text, err := d.in.String()
		if err == nil && len(text) > 0 && !d.in.decodeID(into, text) {
			c.bad = true
		}
		return err
	}
	return d.in.object(func(key []byte) error {
		switch string(key) {
		case "TraceID":
			return id(c.trace[:])
		case "SpanID":
			return id(c.span[:])
		case "TraceState":
			return d.in.text(&c.state)
		case "Remote":
			remote, err := d.in.Bool()
			c.remote = remote
			return err
		}
		return d.in.Skip()
	})
}

// time reads a time, 0 for the zero time, which the exporter writes when it is told to leave times out.
func (d *stdoutTrace) time(into *int64) error {
	text, err := d.in.String()
	if err != nil {
		return err
	}
	t, err := time.Parse(time.RFC3339Nano, string(text))
	switch {
	case err != nil:
		return d.in.ValueErrorf("found %.40q, want a time such as 2006-01-02T15:04:05.999999999Z", text)
	case t.IsZero():
		*into = 0
	case !time.Unix(0, t.UnixNano()).Equal(t):
		*into = 0
		d.in.warn(TimeOutOfRange, d.in.Here)
	default:
		*into = t.UnixNano()
	}
	return nil
}

func (d *stdoutTrace) status(s *tracetree.Span) error {
	return d.in.object(func(key []byte) error {
		switch string(key) {
		case "Code":
			var code tracetree.Value
			err := d.in.any(&code)
			switch code.Text() { // by name, and by the numbers of older exporters
			case "Error", "1":
				s.Status = tracetree.StatusError
			case "Ok", "2":
				s.Status = tracetree.StatusOK
			}
			return err
		case "Description":
			return d.in.text(&s.StatusMessage)
		}
		return d.in.Skip()
	})
}

func (d *stdoutTrace) scope(into *scope) error {
	return d.in.object(func(key []byte) error {
		switch string(key) {
		case "Name":
			return d.in.text(&into.name)
		case "Version":
			return d.in.text(&into.version)
		case "Attributes":
			return d.attributes(&into.attributes)
		}
		return d.in.Skip()
	})
}

func (d *stdoutTrace) events(into *[]tracetree.Event) error {
	return d.in.array(func() error {
		var e tracetree.Event
		err := d.in.object(func(key []byte) error {
			switch string(key) {
			case "Name":
				return d.in.text(&e.Name)
			case "Time":
				return d.time(&e.Time)
			case "Attributes":
				return d.attributes(&e.Attributes)
			}
			return d.in.Skip()
		})
		*into = append(*into, e)
		return err
	})
}

func (d *stdoutTrace) links(into *[]tracetree.Link) error {
	return d.in.array(func() error {
		var l tracetree.Link
		var c spanContext
		err := d.in.object(func(key []byte) error {
			switch string(key) {
			case "SpanContext":
				return d.spanContext(&c)
			case "Attributes":
				return d.attributes(&l.Attributes)
			}
			return d.in.Skip()
		})
		if l.TraceID, l.SpanID = c.trace, c.span; c.bad || c.trace.IsZero() || c.span.IsZero() {
			d.in.warn(InvalidLink, d.in.Here)
			return err
		}
		*into = append(*into, l)
		return err
	})
}

func (d *stdoutTrace) attributes(into *[]tracetree.Attr) error {
	from := len(d.attrs)
	err := d.in.array(func() error {
		var a tracetree.Attr
		err := d.in.object(func(key []byte) error {
			switch string(key) {
			case "Key":
				return d.in.text(&a.Key)
			case "Value":
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

// value reads {"Type":"INT64","Value":1}. The exporter writes the type first; without one the value's own form decides.
func (d *stdoutTrace) value(into *tracetree.Value) error {
	kind := ""
	return d.in.object(func(key []byte) error {
		switch string(key) {
		case "Type":
			return d.in.text(&kind)
		case "Value":
			return d.typed(kind, into)
		}
		return d.in.Skip()
	})
}

func (d *stdoutTrace) typed(kind string, into *tracetree.Value) error {
	switch kind {
	case "FLOAT64":
		var f float64
		err := d.in.float(&f)
		*into = tracetree.Float(f)
		return err
	case "INT64":
		var n int64
		err := d.in.integer(&n)
		*into = tracetree.Int(n)
		return err
	case "BYTESLICE":
		text, err := d.in.String()
		if err != nil {
			return err
		}
		bytes, err := base64.StdEncoding.AppendDecode(nil, text)
		if err != nil {
			return d.in.ValueErrorf("found %.40q, want bytes in base64", text)
		}
		*into = bytesValue(bytes)
		return nil
	case "FLOAT64SLICE":
		return d.elements("FLOAT64", into)
	case "SLICE":
		return d.elements("", into)
	case "MAP":
		var members []tracetree.Attr
		err := d.attributes(&members)
		*into = objectValue(members)
		return err
	}
	return d.in.any(into)
}

// elements reads an array whose elements have a type, or are values that name it themselves.
func (d *stdoutTrace) elements(kind string, into *tracetree.Value) error {
	var elements []tracetree.Value
	err := d.in.array(func() error {
		var v tracetree.Value
		var err error
		if kind == "" {
			err = d.value(&v)
		} else {
			err = d.typed(kind, &v)
		}
		elements = append(elements, v)
		return err
	})
	*into = arrayValue(elements)
	return err
}
