package codec

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"strconv"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/value"
)

// jaegerSpan is a span with a reference to its origin.
type jaegerSpan struct {
	span     tracetree.Span
	process  string
	resource []tracetree.Attr // of a process inside of the span, or nil
	scope    scope
}

// jaegerReference is a reference from a span to another one.
type jaegerReference struct {
	follows bool // FOLLOWS_FROM, else CHILD_OF
	link    tracetree.Link
	bad     string // the text of an id that isn't one
}

const (
	microsecond = 1000 // in nanoseconds
	flagSampled = 1
)

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
			return in.essential(&id, d.id(id.trace[:], &id.bad))
		case "spanID":
			return in.essential(&id, d.id(id.span[:], &id.bad))
		case "parentSpanID":
			return d.id(id.parent[:], &id.lostParent)
		case "operationName":
			return in.text(&s.span.Name)
		case "references":
			return d.references(&references)
		case "startTime":
			started = true
			return in.essential(&id, in.time(&s.span.Start, microsecond))
		case "duration":
			timed = true
			return in.essential(&id, in.duration(&duration, microsecond))
		case "tags":
			return d.tags(&s.span.Attributes)
		case "logs":
			return d.logs(&s.span.Events)
		case "processID":
			return in.text(&s.process)
		case "flags":
			return d.flags(&s.span.Flags)
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
	s.tagFields()
	return s, true, nil
}

// flags reads Jaeger's flags, of which one is a flag of W3C's too: that the span is sampled.
func (d *jaeger) flags(into *uint32) error {
	var flags uint32
	err := d.in.count(&flags)
	*into = flags & flagSampled
	return err
}

// id reads an id. Jaeger's are hexadecimal without leading zeros. Other texts, as in files made by
// hand, get an id that is derived from them, so that the tree stays whole.
func (d *jaeger) id(into []byte, bad *string) error {
	text, err := d.in.String()
	switch {
	case err != nil || len(text) == 0 || decodePaddedID(into, text):
	case len(text) > 2*len(into):
		*bad = string(text)
	default:
		hash := fnv.New128a()
		hash.Write(text)
		copy(into, hash.Sum(nil))
		d.in.warn(DerivedID, d.in.Here, fmt.Sprintf("%.40q", text))
	}
	return err
}

// refer converts references to a parent and links. The parent is the first CHILD_OF of the same
// trace, else the first FOLLOWS_FROM of the same trace, as in Jaeger. All references but the
// CHILD_OF of the parent are links: Jaeger writes a parent that is linked to as well as a single
// FOLLOWS_FROM, and a link to the parent marks a span that the parent doesn't wait for.
func (d *jaeger) refer(s *tracetree.Span, references []jaegerReference) {
	parent := -1
	for i, r := range references {
		if r.bad != "" || r.link.TraceID != s.TraceID || r.link.SpanID == s.SpanID {
			continue
		}
		if parent < 0 || !r.follows && references[parent].follows {
			parent = i
		}
	}
	if parent >= 0 && s.Parent.IsZero() {
		s.Parent = references[parent].link.SpanID
	}
	if s.Parent == s.SpanID {
		s.Parent = tracetree.SpanID{}
	}
	for _, r := range references {
		own := !r.follows && r.link.TraceID == s.TraceID && (r.link.SpanID == s.Parent || r.link.SpanID == s.SpanID)
		if !own && d.in.usableLink(&r.link, r.bad) {
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

// jaegerValue returns a value of the type that its tag names, if the text is a value of that type.
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
			return value.Bytes(bytes)
		}
	}
	return v
}
