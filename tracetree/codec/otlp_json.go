package codec

import (
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/jsonpull"
)

// otlpJSON decodes OTLP in protobuf's JSON form as OTLP changes it: TracesData, the answers of
// backends that contain it, and a ResourceSpans, ScopeSpans or span by itself. It returns to its
// caller after any span: where it is in a document is in steps, one for each object or array that
// it has entered.
type otlpJSON struct {
	in      input
	decoder otlpSpans
	steps   []func() (bool, error) // each reads one member or element; false at the end
	foreign foreign
	known   bool     // the document has a key of OTLP
	alone   jsonSpan // of a document that is a span, in which its resource and scope may be
	hasSpan bool
	hasList bool   // of what contains spans
	partial bool   // an answer of Tempo that is not whole
	message string // of that answer
	value   int64  // offset of the value that the current step reads
	assembly
}

func newOTLPJSON(in input) document {
	return &otlpJSON{in: in, decoder: otlpSpans{spanLists: spanLists{in: in}}, assembly: assembly{state: in.state}}
}

// isOTLPJSON recognizes a trace in the forms of OTLP and Tempo, in the answers of backends, the
// other signals in a Collector's file, and the parts of a trace.
func isOTLPJSON(keys keySet) bool {
	keys = keys.canonical()
	return keys.has("resourceSpans") || keys.has("batches") ||
		keys.has("result{") && !keys.has("..operationName") || // Jaeger's API v3, but not its API v2
		keys.has("trace{") || keys.has("data{") && !isGrafana(keys) || // Tempo's API v2, Grafana
		keys.has("response{", ".batches[") || keys.has("response{", ".resourceSpans[") || // Grafana's inspector
		keys.has("resourceMetrics") || keys.has("resourceLogs") || keys.has("resourceProfiles") ||
		keys.has("scopeSpans") || keys.has("instrumentationLibrarySpans") ||
		keys.has("traceId", "spanId") && (keys.has("startTimeUnixNano") || keys.has("endTimeUnixNano"))
}

func (d *otlpJSON) rest(batch []tracetree.Span) []tracetree.Span { return batch }

func (d *otlpJSON) cut(batch []tracetree.Span) []tracetree.Span {
	d.steps = d.steps[:0]
	d.begin(nil)
	d.held = d.held[:0]
	return batch
}

func (d *otlpJSON) read(batch []tracetree.Span) ([]tracetree.Span, bool, error) {
	d.begin(batch)
	if len(d.steps) == 0 {
		d.foreign, d.known, d.hasSpan, d.hasList, d.alone = foreign{}, false, false, false, jsonSpan{}
		d.decoder.flags, d.partial, d.message = 0, false, ""
		d.beginResource()
		d.beginScope()
		if err := d.enterObject(d.documentMember); err != nil {
			return batch, false, err
		}
	}
	for len(d.steps) > 0 {
		more, err := d.steps[len(d.steps)-1]()
		if err != nil && more { // about a member or element, after which there can be another one
			err = d.in.costs(err, d.value, nil)
		}
		if err != nil {
			d.steps = d.steps[:0]
			return d.complete(), false, err
		}
		if !more {
			d.steps = d.steps[:len(d.steps)-1]
			continue
		}
		if d.ready() {
			return d.batch, true, nil
		}
	}
	return d.batch, false, nil
}

func (d *otlpJSON) enterObject(step func() (bool, error)) error {
	if null, err := d.in.Null(); null || err != nil {
		return err
	}
	if err := d.in.EnterObject(); err != nil {
		return err
	}
	d.steps = append(d.steps, step)
	return nil
}

func (d *otlpJSON) enterArray(step func() (bool, error)) error {
	if null, err := d.in.Null(); null || err != nil {
		return err
	}
	if err := d.in.EnterArray(); err != nil {
		return err
	}
	d.steps = append(d.steps, step)
	return nil
}

// nextKey returns the name of the next member.
func (d *otlpJSON) nextKey() ([]byte, bool, error) {
	key, ok, err := d.in.NextKey()
	if err != nil || !ok {
		return nil, false, err
	}
	if _, err := d.in.Peek(); err != nil { // moves to the value
		return nil, false, err
	}
	d.value = d.in.Offset()
	return canonical(key), true, nil
}

// nextElement reports whether there is another element.
func (d *otlpJSON) nextElement() (bool, error) {
	ok, err := d.in.NextElement()
	d.value = d.in.Offset()
	return ok, err
}

func (d *otlpJSON) documentMember() (bool, error) {
	key, ok, err := d.nextKey()
	if err != nil {
		return false, err
	}
	if !ok {
		return false, d.endDocument()
	}
	switch string(key) {
	case "resourceSpans", "batches":
		d.known, d.hasList = true, true
		return true, d.enterArray(d.resourceElement)
	case "result", "trace", "data", "response":
		if kind, err := d.in.Peek(); err != nil || kind == jsonpull.Object {
			return true, d.enterObject(d.documentMember)
		}
	case "resourceMetrics", "resourceLogs", "resourceProfiles":
		d.known = true
		d.in.warn(SkippedSignal, d.in.Here)
	case "resource", "scopeSpans", "instrumentationLibrarySpans":
		d.known, d.hasList = true, d.hasList || string(key) != "resource"
		return true, d.readResource(key)
	case "scope", "instrumentationLibrary", "spans":
		d.known, d.hasList = true, d.hasList || string(key) == "spans"
		return true, d.readScope(key)
	case "status":
		d.foreign.add(d.in, key)
		return true, d.status()
	case "traceId", "spanId", "parentSpanId", "startTimeUnixNano", "endTimeUnixNano", "name", "kind", "attributes",
		"events", "links", "flags", "traceState",
		"droppedAttributesCount", "droppedEventsCount", "droppedLinksCount":
		d.hasSpan = d.hasSpan || string(key) == "spanId"
		d.foreign.add(d.in, key)
		return true, d.decoder.member(&d.alone, key)
	default:
		d.foreign.add(d.in, key)
		if kind, err := d.in.Peek(); string(key) == "message" && err == nil && kind == jsonpull.String {
			return true, d.in.text(&d.message)
		}
	}
	return true, d.in.Skip()
}

// status reads the status of a span, or of an answer of Tempo.
func (d *otlpJSON) status() error {
	if kind, err := d.in.Peek(); err == nil && kind != jsonpull.String {
		return d.decoder.status(&d.alone.Span)
	}
	text, err := d.in.String()
	if d.partial = string(text) == "PARTIAL"; err == nil && !d.partial {
		err = d.in.ValueErrorf("found %.40q, want an object", text)
	}
	return err
}

// endDocument ends a document or what is in one.
func (d *otlpJSON) endDocument() error {
	if len(d.steps) > 1 {
		return nil
	}
	if d.hasSpan && !d.hasList {
		if d.decoder.finish(&d.alone) {
			d.batch = append(d.batch, d.alone.Span)
		}
		d.known = true
	}
	if !d.known && len(d.foreign.keys) > 0 {
		return d.foreign.error(d.in, OTLPJSON)
	}
	d.endScope()
	d.endResource()
	if d.partial {
		err := d.in.Errorf("the status of this answer is PARTIAL")
		if d.in.strict {
			return err
		}
		d.in.warnOf(CutDocument, err, strings.TrimSuffix("spans are missing: "+d.message, ": "))
	}
	return nil
}

func (d *otlpJSON) resourceElement() (bool, error) {
	if ok, err := d.nextElement(); err != nil || !ok {
		return false, err
	}
	d.beginResource()
	return true, d.enterObject(d.resourceMember)
}

func (d *otlpJSON) resourceMember() (bool, error) {
	key, ok, err := d.nextKey()
	if err != nil {
		return false, err
	}
	if !ok {
		d.endResource()
		return false, nil
	}
	return true, d.readResource(key)
}

// readResource reads a member of a ResourceSpans.
func (d *otlpJSON) readResource(key []byte) error {
	switch string(key) {
	case "resource":
		d.haveResource = true
		return d.in.object(func(key []byte) error {
			switch string(canonical(key)) {
			case "attributes":
				return d.decoder.attributes(&d.resource.attributes)
			case "droppedAttributesCount":
				return d.in.count(&d.resource.dropped)
			case "entityRefs":
				return d.in.entities(&d.resource.entities)
			}
			return d.in.Skip()
		})
	case "schemaUrl":
		return d.in.text(&d.resource.schema)
	case "scopeSpans", "instrumentationLibrarySpans":
		return d.enterArray(d.scopeElement)
	}
	return d.in.Skip()
}

func (d *otlpJSON) scopeElement() (bool, error) {
	if ok, err := d.nextElement(); err != nil || !ok {
		return false, err
	}
	d.beginScope()
	return true, d.enterObject(d.scopeMember)
}

func (d *otlpJSON) scopeMember() (bool, error) {
	key, ok, err := d.nextKey()
	if err != nil {
		return false, err
	}
	if !ok {
		d.endScope()
		return false, nil
	}
	return true, d.readScope(key)
}

// readScope reads a member of a ScopeSpans.
func (d *otlpJSON) readScope(key []byte) error {
	switch string(key) {
	case "scope", "instrumentationLibrary":
		d.haveScope = true
		return d.in.object(func(key []byte) error {
			switch string(canonical(key)) {
			case "name":
				return d.in.text(&d.scope.name)
			case "version":
				return d.in.text(&d.scope.version)
			case "attributes":
				return d.decoder.attributes(&d.scope.attributes)
			case "droppedAttributesCount":
				return d.in.count(&d.scope.dropped)
			}
			return d.in.Skip()
		})
	case "schemaUrl":
		return d.in.text(&d.scope.schema)
	case "spans":
		return d.enterArray(d.spanElement)
	}
	return d.in.Skip()
}

func (d *otlpJSON) spanElement() (bool, error) {
	if ok, err := d.nextElement(); err != nil || !ok {
		return false, err
	}
	if null, err := d.in.Null(); null || err != nil {
		return true, err
	}
	span, ok, err := d.decoder.span()
	if ok && err == nil {
		d.batch = append(d.batch, span)
	}
	return true, err
}
