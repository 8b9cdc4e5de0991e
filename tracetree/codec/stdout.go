package codec

import (
	"strconv"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/value"
)

// stdoutTrace decodes the output of the Go SDK's stdouttrace exporter: one object for each span.
type stdoutTrace struct {
	spanLists
	foreign foreign
}

func newStdoutTrace(in input) document { return &stdoutTrace{spanLists: spanLists{in: in}} }

func isStdoutTrace(keys keySet) bool { return keys.has("SpanContext{") }

func (d *stdoutTrace) rest(batch []tracetree.Span) []tracetree.Span { return batch }

func (d *stdoutTrace) cut(batch []tracetree.Span) []tracetree.Span { return batch }

func (d *stdoutTrace) read(batch []tracetree.Span) ([]tracetree.Span, bool, error) {
	span, ok, err := d.span()
	if ok && err == nil {
		batch = append(batch, span)
	}
	return batch, false, err
}

func (d *stdoutTrace) span() (tracetree.Span, bool, error) {
	var s jsonSpan
	var own, parent spanContext
	var process resource
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
			return in.essential(&s.ids, d.spanContext(&own))
		case "Parent":
			return d.spanContext(&parent)
		case "SpanKind":
			n, err := in.enum(kindNames)
			s.Kind = tracetree.Kind(n)
			return err
		case "StartTime":
			return in.essential(&s.ids, d.in.clock(&s.Start))
		case "EndTime":
			return in.essential(&s.ids, d.in.clock(&s.End))
		case "Attributes":
			return d.attributes(&s.Attributes)
		case "Events":
			return d.eventList(&s.Events, d.event)
		case "Links":
			return d.linkList(&s.Links, d.link)
		case "Status":
			return d.status(&s.Span)
		case "DroppedAttributes":
			return in.count(&s.rare.DroppedAttributes)
		case "DroppedEvents":
			return in.count(&s.rare.DroppedEvents)
		case "DroppedLinks":
			return in.count(&s.rare.DroppedLinks)
		case "Resource":
			return d.attributes(&process.attributes)
		case "InstrumentationScope":
			return d.scope(&from)
		case "InstrumentationLibrary": // of exporters that are older than InstrumentationScope
			return d.scope(&library)
		}
		d.foreign.add(in, key)
		return in.Skip()
	})
	if err == nil && !known {
		err = d.foreign.error(in, StdoutTrace)
	}
	if err != nil {
		return s.Span, false, err
	}
	s.trace, s.span, s.bad = own.trace, own.span, own.bad
	s.parent, s.lostParent = parent.span, parent.bad
	s.rare.TraceState = own.state
	if !in.finish(&s) {
		return s.Span, false, nil
	}
	if from.name == "" && from.version == "" && from.attributes == nil {
		from = library
	}
	s.Flags = own.flags
	s.Origin = in.origins.of(process, from)
	switch {
	case s.Parent.IsZero():
	case parent.remote:
		s.ParentRemote = tracetree.RemoteYes
	default:
		s.ParentRemote = tracetree.RemoteNo
	}
	return s.Span, true, nil
}

type spanContext struct {
	trace  tracetree.TraceID
	span   tracetree.SpanID
	state  string
	flags  uint32
	remote bool
	bad    string // the text of an id that isn't one
}

func (d *stdoutTrace) spanContext(c *spanContext) error {
	return d.in.object(func(key []byte) error {
		switch string(key) {
		case "TraceID":
			return d.in.id(c.trace[:], &c.bad)
		case "SpanID":
			return d.in.id(c.span[:], &c.bad)
		case "TraceFlags":
			return d.flags(&c.flags)
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

// flags reads W3C trace flags in hexadecimal.
func (d *stdoutTrace) flags(into *uint32) error {
	text, err := d.in.String()
	if err != nil || len(text) == 0 {
		return err
	}
	n, err := strconv.ParseUint(string(text), 16, 8)
	if err != nil {
		return d.in.ValueErrorf("found %.40q, want trace flags as two hexadecimal digits", text)
	}
	*into = uint32(n)
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
		case "SchemaURL":
			return d.in.text(&into.schema)
		case "Attributes":
			return d.attributes(&into.attributes)
		}
		return d.in.Skip()
	})
}

func (d *stdoutTrace) event(e *tracetree.Event, key []byte) error {
	switch string(key) {
	case "Name":
		return d.in.text(&e.Name)
	case "Time":
		return d.in.clock(&e.Time)
	case "Attributes":
		return d.attributes(&e.Attributes)
	case "DroppedAttributeCount":
		return d.in.count(&e.DroppedAttributes)
	}
	return d.in.Skip()
}

func (d *stdoutTrace) link(l *tracetree.Link, bad *string, key []byte) error {
	switch string(key) {
	case "SpanContext":
		var c spanContext
		err := d.spanContext(&c)
		l.TraceID, l.SpanID, l.TraceState, l.Flags, *bad = c.trace, c.span, c.state, c.flags, c.bad
		if c.remote {
			l.Flags |= flagHasIsRemote | flagIsRemote
		}
		return err
	case "Attributes":
		return d.attributes(&l.Attributes)
	case "DroppedAttributeCount":
		return d.in.count(&l.DroppedAttributes)
	}
	return d.in.Skip()
}

func (d *stdoutTrace) attributes(into *[]tracetree.Attr) error {
	return d.spanLists.attributes(into, d.typedValue)
}

func (d *stdoutTrace) typedValue() (v tracetree.Value, err error) {
	err = d.value(&v)
	return v, err
}

// value reads {"Type":"INT64","Value":1}. The exporter writes the type first; without one the
// value's own form decides.
func (d *stdoutTrace) value(into *tracetree.Value) error {
	kind := ""
	return d.in.record(func(key []byte) error {
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
		return d.in.base64(into)
	case "FLOAT64SLICE":
		return d.elements("FLOAT64", into)
	case "SLICE":
		return d.elements("", into)
	case "MAP":
		var members []tracetree.Attr
		err := d.attributes(&members)
		*into = value.Object(members)
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
	*into = value.Array(elements)
	return err
}
