package codec

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/jsonpull"
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

// jaegerDraft is a span while its members are read.
type jaegerDraft struct {
	jaegerSpan
	id         ids
	references []jaegerReference
	duration   int64
	named      bool // it has the name of an operation
	started    bool
	timed      bool
	proto      bool // it is in protobuf's JSON form
}

// span reads a span, and adds it to the trace if it can be kept.
func (d *jaeger) span() error {
	var s jaegerDraft
	err := d.in.object(func(key []byte) error {
		known, err := d.spanMember(&s, key)
		if err == nil && !known {
			err = d.in.Skip()
		}
		return err
	})
	if err == nil {
		d.keep(&s)
	}
	return err
}

// spanMember reads a member of a span, and reports whether it is one. Protobuf's JSON form has
// other letters in some names.
func (d *jaeger) spanMember(s *jaegerDraft, key []byte) (bool, error) {
	in := d.in
	switch string(canonical(key)) {
	case "traceId":
		s.proto = true
		fallthrough
	case "traceID":
		return true, in.essential(&s.id, d.id(s.id.trace[:], &s.id.bad))
	case "spanID", "spanId":
		return true, in.essential(&s.id, d.id(s.id.span[:], &s.id.bad))
	case "parentSpanID":
		return true, d.id(s.id.parent[:], &s.id.lostParent)
	case "operationName":
		s.named = true
		return true, in.text(&s.span.Name)
	case "references":
		return true, d.references(&s.references)
	case "startTime":
		s.started = true
		return true, in.essential(&s.id, d.time(&s.span.Start))
	case "duration":
		s.timed = true
		return true, in.essential(&s.id, d.duration(&s.duration))
	case "tags":
		return true, d.in.tagList(&s.span.Attributes)
	case "tag":
		return true, d.tagMembers(&s.span.Attributes)
	case "logs":
		return true, d.logs(&s.span.Events)
	case "processID", "processId":
		return true, in.text(&s.process)
	case "flags":
		return true, d.flags(&s.span.Flags)
	case "process":
		var err error
		s.resource, err = d.process()
		return true, err
	case "warnings":
		return true, d.warnings()
	}
	return false, nil
}

// keep adds a span to the trace, if it can be kept.
func (d *jaeger) keep(s *jaegerDraft) {
	if !d.in.usable(&s.id) {
		return
	}
	if !s.proto {
		d.in.warn(Microseconds, d.in.Here)
	}
	s.span.TraceID, s.span.SpanID, s.span.Parent = s.id.trace, s.id.span, s.id.parent
	if s.started && s.span.Start == 0 {
		s.span.Start = 1 // a clock that begins at zero, which a Span takes for unknown
	}
	if s.timed {
		s.span.End = d.in.after(s.span.Start, s.duration)
	}
	d.refer(&s.span, s.references)
	s.tagFields()
	d.trace.spans = append(d.trace.spans, s.jaegerSpan)
}

// time reads a time in microseconds, or as protobuf's JSON form has it.
func (d *jaeger) time(into *int64) error {
	kind, err := d.in.Peek()
	switch {
	case err != nil:
		return err
	case kind != jsonpull.String:
		return d.in.time(into, microsecond)
	}
	text, err := d.in.String()
	if err != nil {
		return err
	}
	if t, ok := parseClock(text); ok {
		d.in.setClock(into, t)
		return nil
	}
	return d.in.since(into, text, microsecond)
}

// duration reads a duration in microseconds, or as protobuf's JSON form has it, such as 0.5s.
func (d *jaeger) duration(into *int64) error {
	text, err := d.in.digits()
	if err != nil {
		return err
	}
	if bytes.HasSuffix(text, []byte("s")) {
		if duration, err := time.ParseDuration(string(text)); err == nil {
			*into = int64(duration)
			return nil
		}
	}
	return d.in.since(into, text, microsecond)
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
	case text[len(text)-1] == '=' && d.in.decodeID(into, text): // protobuf's JSON form
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
			switch string(canonical(key)) {
			case "refType":
				var kind string
				err := d.in.text(&kind)
				r.follows = kind == "FOLLOWS_FROM"
				return err
			case "traceID", "traceId":
				return d.id(r.link.TraceID[:], &r.bad)
			case "spanID", "spanId":
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
				return d.time(&e.Time)
			case "fields":
				return d.in.tagList(&e.Attributes)
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

// tagList adds tags, each with a key, a value and perhaps a type.
func (in input) tagList(into *[]tracetree.Attr) error {
	return in.array(func() error {
		var a tracetree.Attr
		var kind string
		err := in.object(func(key []byte) error {
			switch string(canonical(key)) {
			case "key":
				return in.text(&a.Key)
			case "type":
				return in.text(&kind)
			case "value":
				return in.any(&a.Value)
			case "vType": // protobuf's JSON form, which leaves out a value that is zero
				err := in.text(&kind)
				kind = strings.ToLower(kind)
				if a.Value.Kind() == tracetree.EmptyValue {
					a.Value = tracetree.String(jaegerZero(kind))
				}
				return err
			case "vStr", "vBool", "vInt64", "vFloat64", "vBinary":
				return in.any(&a.Value)
			}
			return in.Skip()
		})
		a.Value = jaegerValue(kind, a.Value)
		*into = append(*into, a)
		return err
	})
}

// tagMembers reads tags that are stored as the members of an object, with @ instead of dots.
func (d *jaeger) tagMembers(into *[]tracetree.Attr) error {
	var attrs []tracetree.Attr
	err := d.in.attributeMembers(&attrs)
	for _, a := range attrs {
		a.Key = strings.ReplaceAll(a.Key, "@", ".")
		*into = append(*into, a)
	}
	return err
}

// jaegerZero returns the text of a type's zero value.
func jaegerZero(kind string) string {
	switch kind {
	case "bool":
		return "false"
	case "int64", "float64":
		return "0"
	}
	return ""
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
