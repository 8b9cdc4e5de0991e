package codec

import (
	"errors"
	"fmt"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/jsonpull"
)

// jaeger decodes Jaeger's JSON: an answer of its API or a download of its UI, {"data":[trace…]}, or
// a trace alone; and spans as Jaeger stores them in Elasticsearch, or as protobuf's JSON form has
// them in Kafka and in answers of its gRPC API. It holds one trace at a time, because the processes
// follow the spans.
type jaeger struct {
	in     input
	inside bool // of the document
	inData bool // of its list of traces
	trace  jaegerTrace
	alone  jaegerDraft // of a document that is a span
	keys   foreign
	known  bool // the document has data, or is a trace
}

// jaegerTrace is the trace that is being read.
type jaegerTrace struct {
	isTrace   bool // it has spans
	spans     []jaegerSpan
	processes map[string][]tracetree.Attr
	foreign   foreign
}

func newJaeger(in input) document { return &jaeger{in: in} }

func isJaeger(keys keySet) bool {
	return keys.has("data[") && !keys.has(".fields[") || keys.has("data", "errors") || keys.has("traceID", "spans") ||
		isJaegerSpans(keys.canonical())
}

// isJaegerSpans recognizes answers of the gRPC API, and a span by itself, of which a row of Grafana
// has the first keys too.
func isJaegerSpans(k keySet) bool {
	return k.has("spans[", ".operationName") || k.has("result{", "..operationName") ||
		(k.has("traceID", "spanID") || k.has("traceId", "spanId")) && k.has("operationName") && !k.has("serviceName") &&
			(k.has("startTime") || k.has("references[") || k.has("flags") || k.has("process{"))
}

func (d *jaeger) rest(batch []tracetree.Span) []tracetree.Span { return batch }

func (d *jaeger) cut(batch []tracetree.Span) []tracetree.Span {
	d.inside, d.inData = false, false
	return d.assemble(batch)
}

func (d *jaeger) read(batch []tracetree.Span) ([]tracetree.Span, bool, error) {
	if !d.inside {
		if err := d.in.EnterObject(); err != nil {
			return batch, false, err
		}
		d.inside, d.known, d.keys = true, false, foreign{}
		d.trace, d.alone = jaegerTrace{}, jaegerDraft{}
	}
	for {
		if d.inData {
			more, err := d.in.NextElement()
			if err != nil {
				return batch, true, err
			}
			if !more {
				d.inData = false
				continue
			}
			at := d.in.Offset()
			if err := d.in.passOver(d.element(), at); err != nil {
				return batch, true, err
			}
			if err := d.checkProcesses(); err != nil {
				return batch, true, err
			}
			if batch = d.assemble(batch); len(batch) >= batchSize {
				return batch, true, nil
			}
			continue
		}
		key, ok, err := d.in.NextKey()
		if err != nil {
			return batch, true, err
		}
		if !ok {
			d.inside = false
			if d.alone.named && !d.trace.isTrace {
				d.trace.isTrace = true
				d.keep(&d.alone)
			}
			if d.trace.isTrace {
				err := d.checkProcesses()
				return d.assemble(batch), false, err
			}
			if !d.known {
				err = d.keys.error(d.in, Jaeger)
			}
			return batch, false, err
		}
		if err := d.member(key); err != nil {
			return batch, true, err
		}
	}
}

// member reads a member of the document.
func (d *jaeger) member(key []byte) error {
	switch string(key) {
	case "data":
		d.known = true
		if null, err := d.in.Null(); null || err != nil {
			return err
		}
		d.inData = true
		return d.in.EnterArray()
	case "errors":
		return d.errors()
	case "spans", "processes":
		return d.traceMember(key)
	case "warnings":
		return d.warnings()
	case "result":
		return d.in.object(d.member)
	}
	if null, err := d.in.Null(); null || err != nil {
		return err
	}
	at := d.in.Offset()
	known, err := d.spanMember(&d.alone, key)
	if err != nil {
		return d.in.costs(err, at, nil)
	}
	if known {
		return nil
	}
	d.keys.add(d.in, key)
	return d.in.Skip()
}

// errAnswer is the cause of an error that a backend reports instead of traces.
var errAnswer = errors.New("a backend's error")

// errors reads the errors in an answer of Jaeger's API.
func (d *jaeger) errors() error {
	return d.in.array(func() error {
		var message string
		err := d.in.object(func(key []byte) error {
			if string(key) == "msg" {
				return d.in.text(&message)
			}
			return d.in.Skip()
		})
		if err == nil {
			answer := d.in.Errorf("this is an answer of Jaeger that reports an error: %s", message)
			answer.Err = errAnswer
			err = answer
		}
		return err
	})
}

func (d *jaeger) element() error {
	d.trace = jaegerTrace{}
	if kind, err := d.in.Peek(); err != nil || kind != jsonpull.Object {
		if err == nil {
			err = d.in.Errorf("found %v, want a trace (an object); %s, /api/traces does", kind, listOfNames)
		}
		return err
	}
	err := d.in.object(d.traceMember)
	if err == nil && !d.trace.isTrace && len(d.trace.foreign.keys) > 0 { // else its spans are null
		err = d.trace.foreign.error(d.in, Jaeger)
	}
	return err
}

// traceMember reads a member of a trace.
func (d *jaeger) traceMember(key []byte) error {
	switch string(key) {
	case "spans":
		d.trace.isTrace = true
		return d.in.array(d.span)
	case "processes":
		d.trace.processes = make(map[string][]tracetree.Attr)
		return d.in.object(func(key []byte) error {
			id := string(key)
			resource, err := d.process()
			d.trace.processes[id] = resource
			return err
		})
	case "warnings":
		return d.warnings()
	case "traceID":
	default:
		d.trace.foreign.add(d.in, key)
	}
	return d.in.Skip()
}

// warnings reads what Jaeger found wrong with a trace or a span.
func (d *jaeger) warnings() error {
	return d.in.array(func() error {
		var text tracetree.Value
		err := d.in.any(&text)
		d.in.warn(ProducerWarning, d.in.Here, text.Text())
		return err
	})
}

// process reads a process as the attributes of a resource.
func (d *jaeger) process() ([]tracetree.Attr, error) {
	var service string
	var tags []tracetree.Attr
	err := d.in.object(func(key []byte) error {
		switch string(canonical(key)) {
		case "serviceName":
			return d.in.text(&service)
		case "tags":
			return d.in.tagList(&tags)
		case "tag":
			return d.tagMembers(&tags)
		}
		return d.in.Skip()
	})
	return processAttributes(service, tags), err
}

// processAttributes returns the attributes of a resource, of which one is the name of the service.
func processAttributes(service string, tags []tracetree.Attr) []tracetree.Attr {
	if service == "" || service == noService {
		return tags
	}
	resource := []tracetree.Attr{{Key: "service.name", Value: tracetree.String(service)}}
	for _, tag := range tags {
		if tag.Key != "service.name" {
			resource = append(resource, tag)
		}
	}
	return resource
}

// checkProcesses looks for spans of processes that the trace doesn't have, and so of no service.
func (d *jaeger) checkProcesses() error {
	for _, s := range d.trace.spans {
		if _, ok := d.trace.processes[s.process]; ok || s.process == "" || s.resource != nil {
			continue
		}
		e := d.in.Here()
		e.Message = fmt.Sprintf("span %v: processID is %q, want a member of processes", s.span.SpanID, s.process)
		if d.in.strict {
			return &e
		}
		d.in.warnOf(BadField, &e, "the span has no service")
	}
	return nil
}

// assemble appends the spans of the trace that has been read, with their origins.
func (d *jaeger) assemble(batch []tracetree.Span) []tracetree.Span {
	for _, s := range d.trace.spans {
		attrs := s.resource
		if attrs == nil {
			attrs = d.trace.processes[s.process]
		}
		s.span.Origin = d.in.origins.of(resource{attributes: attrs}, s.scope)
		batch = append(batch, s.span)
	}
	d.trace = jaegerTrace{}
	return batch
}
