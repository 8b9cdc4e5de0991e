package codec

import (
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/jsonpull"
)

// pythonConsole decodes the output of the Python SDK's ConsoleSpanExporter: one object for each
// span, with ids such as 0x1f and kinds such as SpanKind.SERVER. That of PHP's SDK differs in some
// names, and has times as numbers.
type pythonConsole struct {
	spanLists
	foreign foreign
}

func newPythonConsole(in input) document { return &pythonConsole{spanLists: spanLists{in: in}} }

func isPythonConsole(keys keySet) bool {
	return keys.has("context{", "kind") && (keys.has("parent_id") || keys.has("parent_span_id"))
}

func (d *pythonConsole) rest(batch []tracetree.Span) []tracetree.Span { return batch }

func (d *pythonConsole) cut(batch []tracetree.Span) []tracetree.Span { return batch }

func (d *pythonConsole) read(batch []tracetree.Span) ([]tracetree.Span, bool, error) {
	var s jsonSpan
	var process resource
	var from scope
	in := d.in
	d.foreign.keys = d.foreign.keys[:0]
	known := false
	err := in.object(func(key []byte) error {
		switch string(key) {
		case "name":
			return in.text(&s.Name)
		case "context":
			known = true
			return in.essential(&s.ids, d.context(s.trace[:], s.span[:], &s.bad, &s.rare.TraceState))
		case "parent_id", "parent_span_id":
			return d.id(s.parent[:], &s.lostParent)
		case "kind":
			return d.kind(&s.Kind)
		case "start_time", "start":
			return in.essential(&s.ids, d.time(&s.Start))
		case "end_time", "end":
			return in.essential(&s.ids, d.time(&s.End))
		case "status":
			return d.status(&s.Span)
		case "attributes":
			return in.attributeMembers(&s.Attributes)
		case "events":
			return d.eventList(&s.Events, d.event)
		case "links":
			return d.linkList(&s.Links, d.link)
		case "resource":
			return in.consoleResource(&process)
		case "instrumentation_scope", "instrumentation_info":
			return in.consoleScope(&from)
		}
		d.foreign.add(in, key)
		return in.Skip()
	})
	if err == nil && !known {
		err = d.foreign.error(in, PythonConsole)
	}
	if err == nil && in.finish(&s) {
		s.Origin = in.origins.of(process, from)
		batch = append(batch, s.Span)
	}
	return batch, false, err
}

// context reads the ids and the trace state of a span or link.
func (d *pythonConsole) context(trace, span []byte, bad, state *string) error {
	return d.in.object(func(key []byte) error {
		switch string(key) {
		case "trace_id":
			return d.id(trace, bad)
		case "span_id":
			return d.id(span, bad)
		case "trace_state":
			return d.traceState(state)
		}
		return d.in.Skip()
	})
}

// time reads a time as text, or as a number of nanoseconds.
func (d *pythonConsole) time(into *int64) error {
	if kind, err := d.in.Peek(); err == nil && kind == jsonpull.Number {
		return d.in.time(into, 1)
	}
	return d.in.clock(into)
}

// id reads an id such as 0x1f.
func (d *pythonConsole) id(into []byte, bad *string) error {
	text, err := d.in.String()
	if err == nil && !decodePaddedID(into, []byte(strings.TrimPrefix(string(text), "0x"))) {
		*bad = string(text)
	}
	return err
}

// traceState reads Python's notation of a list of members, each {key=a, value=1}.
func (d *pythonConsole) traceState(into *string) error {
	text, err := d.in.String()
	var members []string
	for _, member := range strings.Split(string(text), "{key=")[1:] {
		key, value, ok := strings.Cut(member, ", value=")
		if value, _, closed := strings.Cut(value, "}"); ok && closed {
			members = append(members, key+"="+value)
		}
	}
	*into = strings.Join(members, ",")
	return err
}

func (d *pythonConsole) kind(into *tracetree.Kind) error {
	text, err := d.in.String()
	if err != nil {
		return err
	}
	kind, ok := kindOf(strings.TrimPrefix(strings.TrimPrefix(string(text), "SpanKind."), "KIND_"))
	if !ok {
		return d.in.ValueErrorf("found %.40q, want a kind such as SpanKind.SERVER", text)
	}
	*into = kind
	return nil
}

func (d *pythonConsole) status(s *tracetree.Span) error {
	return d.in.object(func(key []byte) error {
		switch string(key) {
		case "status_code", "code":
			text, err := d.in.String()
			switch strings.ToUpper(string(text)) {
			case "OK":
				s.Status = tracetree.StatusOK
			case "ERROR":
				s.Status = tracetree.StatusError
			case "UNSET", "":
			default:
				return d.in.ValueErrorf("found %.40q, want UNSET, OK or ERROR", text)
			}
			return err
		case "description":
			return d.in.text(&s.StatusMessage)
		}
		return d.in.Skip()
	})
}

func (d *pythonConsole) event(e *tracetree.Event, key []byte) error {
	switch string(key) {
	case "name":
		return d.in.text(&e.Name)
	case "timestamp":
		return d.time(&e.Time)
	case "attributes":
		return d.in.attributeMembers(&e.Attributes)
	}
	return d.in.Skip()
}

func (d *pythonConsole) link(l *tracetree.Link, bad *string, key []byte) error {
	switch string(key) {
	case "context":
		return d.context(l.TraceID[:], l.SpanID[:], bad, &l.TraceState)
	case "attributes":
		return d.in.attributeMembers(&l.Attributes)
	}
	return d.in.Skip()
}

// attributeMembers reads attributes that are the members of an object, which PHP writes as a list
// when it is empty.
func (in input) attributeMembers(into *[]tracetree.Attr) error {
	if kind, err := in.Peek(); err == nil && kind == jsonpull.Array {
		return in.array(func() error { return in.Errorf("found a list, want an object of attributes") })
	}
	var attrs []tracetree.Attr
	err := in.object(func(key []byte) error {
		a := tracetree.Attr{Key: in.texts.of(key)}
		err := in.any(&a.Value)
		attrs = append(attrs, a)
		return err
	})
	*into = list(attrs)
	return err
}
