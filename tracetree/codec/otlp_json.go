package codec

import (
	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/jsonpull"
)

// otlpJSON decodes TracesData in protobuf's JSON form as OTLP changes it. It returns to its caller after any span: where
// it is in a document is in steps, one for each object or array that it has entered.
type otlpJSON struct {
	in      input
	decoder otlpSpans
	steps   []func() (bool, error) // each reads one member or element; false at the end
	foreign foreign
	known   bool // the document has a key that OTLP has
	assembly
}

func newOTLPJSON(in input) document {
	return &otlpJSON{in: in, decoder: otlpSpans{in: in}, assembly: assembly{state: in.state}}
}

// isOTLPJSON recognizes a trace as OTLP and as Tempo have it, what Jaeger's API v3 and Tempo's v2 put around it, and the
// other signals in a Collector's file.
func isOTLPJSON(has func(key string) bool) bool {
	return has("resourceSpans") || has("batches") || has("result") || has("trace") ||
		has("resourceMetrics") || has("resourceLogs") || has("resourceProfiles")
}

func (d *otlpJSON) rest(batch []tracetree.Span) []tracetree.Span { return batch }

func (d *otlpJSON) read(batch []tracetree.Span) ([]tracetree.Span, bool, error) {
	d.begin(batch)
	if len(d.steps) == 0 {
		d.foreign, d.known = foreign{}, false
		if err := d.enterObject(d.documentMember); err != nil {
			return batch, false, err
		}
	}
	for len(d.steps) > 0 {
		more, err := d.steps[len(d.steps)-1]()
		if err != nil {
			return d.complete(), false, err
		}
		if !more {
			d.steps = d.steps[:len(d.steps)-1]
			continue
		}
		if len(d.batch) >= batchSize && d.assign() {
			return d.batch, true, nil
		}
	}
	return d.batch, false, nil
}

func (d *otlpJSON) enterObject(step func() (bool, error)) error {
	if null, err := d.in.Null(); null || err != nil {
		return err
	}
	d.steps = append(d.steps, step)
	return d.in.EnterObject()
}

func (d *otlpJSON) enterArray(step func() (bool, error)) error {
	if null, err := d.in.Null(); null || err != nil {
		return err
	}
	d.steps = append(d.steps, step)
	return d.in.EnterArray()
}

func (d *otlpJSON) documentMember() (bool, error) {
	key, ok, err := d.in.NextKey()
	if err != nil {
		return false, err
	}
	if !ok {
		if len(d.steps) == 1 && !d.known && len(d.foreign.keys) > 0 {
			return false, d.foreign.error(d.in, OTLPJSON)
		}
		return false, nil
	}
	switch string(key) {
	case "resourceSpans", "batches":
		d.known = true
		return true, d.enterArray(d.resourceElement)
	case "result", "trace":
		return true, d.enterObject(d.documentMember)
	case "resourceMetrics", "resourceLogs", "resourceProfiles":
		d.known = true
		d.in.warn(SkippedSignal, d.in.Here)
	default:
		d.foreign.add(key)
	}
	return true, d.in.Skip()
}

func (d *otlpJSON) resourceElement() (bool, error) {
	if ok, err := d.in.NextElement(); err != nil || !ok {
		return false, err
	}
	d.beginResource()
	return true, d.enterObject(d.resourceMember)
}

func (d *otlpJSON) resourceMember() (bool, error) {
	key, ok, err := d.in.NextKey()
	if err != nil {
		return false, err
	}
	if !ok {
		d.endResource()
		return false, nil
	}
	switch string(key) {
	case "resource":
		d.haveResource = true
		return true, d.in.object(func(key []byte) error {
			if string(key) == "attributes" {
				return d.decoder.attributes(&d.resource)
			}
			return d.in.Skip()
		})
	case "scopeSpans", "instrumentationLibrarySpans":
		return true, d.enterArray(d.scopeElement)
	}
	return true, d.in.Skip()
}

func (d *otlpJSON) scopeElement() (bool, error) {
	if ok, err := d.in.NextElement(); err != nil || !ok {
		return false, err
	}
	d.beginScope()
	return true, d.enterObject(d.scopeMember)
}

func (d *otlpJSON) scopeMember() (bool, error) {
	key, ok, err := d.in.NextKey()
	if err != nil {
		return false, err
	}
	if !ok {
		d.endScope()
		return false, nil
	}
	switch string(key) {
	case "scope", "instrumentationLibrary":
		d.haveScope = true
		return true, d.in.object(func(key []byte) error {
			switch string(key) {
			case "name":
				return d.in.text(&d.scope.name)
			case "version":
				return d.in.text(&d.scope.version)
			case "attributes":
				return d.decoder.attributes(&d.scope.attributes)
			}
			return d.in.Skip()
		})
	case "spans":
		return true, d.enterArray(d.spanElement)
	}
	return true, d.in.Skip()
}

func (d *otlpJSON) spanElement() (bool, error) {
	if ok, err := d.in.NextElement(); err != nil || !ok {
		return false, err
	}
	if kind, err := d.in.Peek(); err != nil || kind == jsonpull.Null {
		return true, d.in.Skip()
	}
	span, ok, err := d.decoder.span()
	if ok && err == nil {
		d.batch = append(d.batch, span)
	}
	return true, err
}
