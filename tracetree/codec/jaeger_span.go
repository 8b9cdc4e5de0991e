package codec

import (
	"encoding/base64"
	"hash/fnv"
	"strconv"

	"tracelab/tracetree"
)

// jaegerSpan is a span with what points at its origin.
type jaegerSpan struct {
	span     tracetree.Span
	process  string
	resource []tracetree.Attr // of a process inside of the span; nil: there is none
	scope    scope
}

// jaegerReference is a reference from a span to another one.
type jaegerReference struct {
	follows bool // FOLLOWS_FROM, else CHILD_OF
	link    tracetree.Link
	bad     bool
}

const microsecond = 1000 // in nanoseconds

// span reads a span, and reports whether it can be kept.
func (d *jaeger) span() (jaegerSpan, bool, error) {
	var s jaegerSpan
	var id ids
	var references []jaegerReference
	var duration int64
	started, timed := false, false
	in := d.in
	err := in.object(func(key []byte) error {
		switch string(key) {
		case "traceID":
			return d.id(id.trace[:], &id.bad)
		case "spanID":
			return d.id(id.span[:], &id.bad)
		case "parentSpanID":
			return d.id(id.parent[:], &id.lostParent)
		case "operationName":
			return in.text(&s.span.Name)
		case "references":
			return d.references(&references)
		case "startTime":
			started = true
			return in.time(&s.span.Start, microsecond)
		case "duration":
			timed = true
			return in.time(&duration, microsecond)
		case "tags":
			return d.tags(&s.span.Attributes)
		case "logs":
			return d.logs(&s.span.Events)
		case "processID":
			return in.text(&s.process)
		case "process":
			var err error
			s.resource, err = d.process()
			return err
		case "warnings":
			return d.warnings()
		}
		return in.Skip()
	})
	if err != nil || !in.usable(&id) {
		return s, false, err
	}
	in.warn(Microseconds, in.Here)
	s.span.TraceID, s.span.SpanID, s.span.Parent = id.trace, id.span, id.parent
	if started && s.span.Start == 0 {
		s.span.Start = 1 // a clock that begins at zero, which a Span takes for unknown
	}
	if timed {
		s.span.End = in.after(s.span.Start, duration)
	}
	d.refer(&s.span, references)
	s.meaning()
	return s, true, nil
}

// id reads an id. Jaeger's are hexadecimal without leading zeros. Other texts, as there are in files made by hand, get
// an id that is derived from them, so that the tree stays whole.
func (d *jaeger) id(into []byte, bad *bool) error {
	text, err := d.in.String()
	switch {
	case err != nil || len(text) == 0 || decodePaddedID(into, text):
	case len(text) > 2*len(into):
		*bad = true
	default:
		hash := fnv.New128a()
		hash.Write(text)
		copy(into, hash.Sum(nil))
		d.in.warn(DerivedID, d.in.Here)
	}
	return err
}

// refer makes a parent and links of references: the first CHILD_OF of the same trace is the parent; without one, a
// FOLLOWS_FROM that is alone. All others are links.
func (d *jaeger) refer(s *tracetree.Span, references []jaegerReference) {
	parent := -1
	for i, r := range references {
		if !r.bad && !r.follows && r.link.TraceID == s.TraceID {
			parent = i
			break
		}
	}
	if parent < 0 && len(references) == 1 && !references[0].bad && references[0].link.TraceID == s.TraceID {
		parent = 0
	}
	for i, r := range references {
		switch {
		case i == parent && s.Parent.IsZero():
			s.Parent = r.link.SpanID
		case i == parent && s.Parent == r.link.SpanID: // said twice, by the old field as well
		case r.bad:
			d.in.warn(InvalidLink, d.in.Here)
		default:
			s.Links = append(s.Links, r.link)
		}
	}
}

func (d *jaeger) references(into *[]jaegerReference) error {
	return d.in.array(func() error {
		var r jaegerReference
		err := d.in.object(func(key []byte) error {
			switch string(key) {
			case "refType":
				var kind string
				err := d.in.text(&kind)
				r.follows = kind == "FOLLOWS_FROM"
				return err
			case "traceID":
				return d.id(r.link.TraceID[:], &r.bad)
			case "spanID":
				return d.id(r.link.SpanID[:], &r.bad)
			}
			return d.in.Skip() // a download of the UI has the whole span in it
		})
		r.bad = r.bad || r.link.TraceID.IsZero() || r.link.SpanID.IsZero()
		*into = append(*into, r)
		return err
	})
}

// logs reads events, whose name is the field event.
func (d *jaeger) logs(into *[]tracetree.Event) error {
	return d.in.array(func() error {
		var e tracetree.Event
		err := d.in.object(func(key []byte) error {
			switch string(key) {
			case "timestamp":
				return d.in.time(&e.Time, microsecond)
			case "fields":
				return d.tags(&e.Attributes)
			}
			return d.in.Skip()
		})
		for i, a := range e.Attributes {
			if a.Key == "event" {
				e.Name = a.Value.Text()
				e.Attributes = append(e.Attributes[:i], e.Attributes[i+1:]...)
				break
			}
		}
		*into = append(*into, e)
		return err
	})
}

func (d *jaeger) tags(into *[]tracetree.Attr) error {
	var attrs []tracetree.Attr
	err := d.in.array(func() error {
		var a tracetree.Attr
		var kind string
		err := d.in.object(func(key []byte) error {
			switch string(key) {
			case "key":
				return d.in.text(&a.Key)
			case "type":
				return d.in.text(&kind)
			case "value":
				return d.in.any(&a.Value)
			}
			return d.in.Skip()
		})
		a.Value = jaegerValue(kind, a.Value)
		attrs = append(attrs, a)
		return err
	})
	*into = attrs
	return err
}

// jaegerValue gives a value the type that its tag names, if it has the form for it.
func jaegerValue(kind string, v tracetree.Value) tracetree.Value {
	text := v.Text()
	switch kind {
	case "string":
		if v.Kind() != tracetree.StringValue && v.Kind() != tracetree.EmptyValue {
			return tracetree.String(text)
		}
	case "int64":
		if n, ok := parseInteger([]byte(text)); ok {
			return tracetree.Int(n)
		}
	case "float64":
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return tracetree.Float(f)
		}
	case "bool":
		if b, err := strconv.ParseBool(text); err == nil {
			return tracetree.Bool(b)
		}
	case "binary":
		if bytes, err := base64.StdEncoding.DecodeString(text); err == nil {
			return bytesValue(bytes)
		}
	}
	return v
}
