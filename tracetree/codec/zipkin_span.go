package codec

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/jsonpull"
)

// appendTo converts a span as it is written: to one, or to the two halves that a program of version
// 1 reports together.
func (r *zipkinRaw) appendTo(spans []zipkinSpan, in input) []zipkinSpan {
	parts := []*zipkinRaw{r}
	if r.binary != nil ||
		slices.ContainsFunc(r.annotations, func(a zipkinAnnotation) bool { return coreKind(a.value) != 0 }) {
		parts = r.split()
	}
	for _, p := range parts {
		spans = append(spans, p.convert(in))
	}
	return spans
}

func (r *zipkinRaw) convert(in input) zipkinSpan {
	s := tracetree.Span{
		TraceID: r.trace, SpanID: r.span, Parent: r.parent, Name: r.name, Kind: r.kind, Start: r.start,
	}
	if s.Parent == s.SpanID {
		s.Parent = tracetree.SpanID{} // some programs write roots like this
	}
	if r.timed && r.start != 0 {
		s.End = in.after(r.start, r.duration)
	}
	var process resource
	if r.local.service != "" && r.local.service != noService {
		process.attributes = []tracetree.Attr{{Key: "service.name", Value: tracetree.String(r.local.service)}}
	}
	var from scope
	var rare tracetree.Rare
	s.Attributes = without(r.tags, func(a tracetree.Attr) bool {
		text := a.Value.Text()
		if strings.HasPrefix(a.Key, "otlp.link.") {
			return in.linkTag(text, &s.Links)
		}
		return taken(a.Key, text, &s, &from, &rare)
	})
	s.Rare = rareOrNil(rare)
	s.Attributes = r.local.appendTo(s.Attributes, "network.local.")
	s.Attributes = r.remote.appendTo(s.Attributes, "network.peer.")
	if r.remote.service != "" {
		s.Attributes = append(s.Attributes, tracetree.Attr{Key: "peer.service", Value: tracetree.String(r.remote.service)})
	}
	for _, a := range r.annotations {
		s.Events = append(s.Events, in.annotation(a))
	}
	s.Origin = in.origins.of(process, from)
	return zipkinSpan{span: s, endpoint: r.local, shared: r.shared}
}

func (e zipkinEndpoint) appendTo(attrs []tracetree.Attr, prefix string) []tracetree.Attr {
	if e.address != "" {
		attrs = append(attrs, tracetree.Attr{Key: prefix + "address", Value: tracetree.String(e.address)})
	}
	if e.port != 0 {
		attrs = append(attrs, tracetree.Attr{Key: prefix + "port", Value: tracetree.Int(e.port)})
	}
	return attrs
}

// coreKind returns the kind that an annotation of version 1 represents, 0 for an event.
func coreKind(annotation string) tracetree.Kind {
	switch annotation {
	case "cs", "cr":
		return tracetree.KindClient
	case "sr", "ss":
		return tracetree.KindServer
	case "ms":
		return tracetree.KindProducer
	case "mr":
		return tracetree.KindConsumer
	}
	return 0
}

// split converts a span of version 1 to version 2. The annotations cs, cr, sr and ss are its kind
// and times; client and server can be in it both, and every annotation contains the endpoint that
// it is from.
func (r *zipkinRaw) split() []*zipkinRaw {
	var parts []*zipkinRaw
	for _, a := range r.annotations {
		kind := coreKind(a.value)
		if kind == 0 {
			continue
		}
		i := slices.IndexFunc(parts, func(p *zipkinRaw) bool { return p.kind == kind })
		if i < 0 {
			i = len(parts)
			parts = append(parts, &zipkinRaw{ids: r.ids, name: r.name, kind: kind, local: a.endpoint})
		}
		parts[i].extend(a.time)
	}
	if len(parts) == 0 {
		parts = []*zipkinRaw{{ids: r.ids, name: r.name, kind: r.kind, local: r.local, remote: r.remote, shared: r.shared}}
	}
	slices.SortStableFunc(parts, func(a, b *zipkinRaw) int { return int(b.kind) - int(a.kind) }) // the client's half first
	first := parts[0]
	if r.start != 0 { // the span's own times are those of the program that began it
		first.start = r.start
	}
	if r.timed {
		first.duration, first.timed = r.duration, true
	}
	for _, p := range parts[1:] {
		p.shared = p.kind == tracetree.KindServer
	}
	first.tags = r.tags
	for _, a := range r.annotations {
		if coreKind(a.value) == 0 {
			p := partOf(parts, a.endpoint)
			p.annotations = append(p.annotations, a)
		}
	}
	for _, b := range r.binary {
		addBinary(parts, b)
	}
	return parts
}

// extend makes the span last until a time; a span without times begins and ends there.
func (r *zipkinRaw) extend(until int64) {
	if r.start == 0 {
		r.start = until
		return
	}
	from, to := min(r.start, until), max(r.start+r.duration, until)
	r.start, r.duration, r.timed = from, to-from, true
}

// partOf returns the half that an annotation with this endpoint is from, or the first.
func partOf(parts []*zipkinRaw, from zipkinEndpoint) *zipkinRaw {
	for _, p := range parts {
		if p.local == from || p.local.service == from.service && from.service != "" {
			return p
		}
	}
	return parts[0]
}

func addBinary(parts []*zipkinRaw, b zipkinBinary) {
	other := tracetree.KindUnspecified // the kind whose other side the address is
	switch b.Key {
	case "sa":
		other = tracetree.KindClient
	case "ca":
		other = tracetree.KindServer
	case "ma":
		other = tracetree.KindProducer
	}
	if other != tracetree.KindUnspecified {
		for _, p := range parts {
			if p.kind == other || other == tracetree.KindProducer {
				p.remote = b.endpoint
			}
		}
		return
	}
	p := partOf(parts, b.endpoint)
	if p.local == (zipkinEndpoint{}) {
		p.local = b.endpoint
	}
	p.tags = append(p.tags, b.Attr)
}

// annotation returns an annotation as an event. The Collector puts an event into the text of one:
// its name, its attributes as JSON, and how many of them were dropped, with bars between.
func (in input) annotation(a zipkinAnnotation) tracetree.Event {
	e := tracetree.Event{Name: a.value, Time: a.time}
	name, rest, ok := strings.Cut(a.value, "|{")
	end := strings.LastIndexByte(rest, '|')
	if !ok || end < 0 {
		return e
	}
	attributes, ok := in.attributesOf("{" + rest[:end])
	dropped, err := strconv.ParseUint(rest[end+1:], 10, 32)
	if !ok || err != nil {
		return e
	}
	return tracetree.Event{Name: name, Time: a.time, Attributes: attributes, DroppedAttributes: uint32(dropped)}
}

// linkTag adds the link that the Collector puts into a tag: trace id, span id, trace state,
// attributes as JSON, and how many of them were dropped, with bars between. It reports whether the
// text has that form.
func (in input) linkTag(text string, into *[]tracetree.Link) bool {
	fields := strings.SplitN(text, "|", 4)
	if len(fields) < 4 {
		return false
	}
	l := tracetree.Link{TraceState: fields[2]}
	end := strings.LastIndexByte(fields[3], '|')
	if end < 0 || !decodePaddedID(l.TraceID[:], []byte(fields[0])) || !decodePaddedID(l.SpanID[:], []byte(fields[1])) {
		return false
	}
	var ok bool
	l.Attributes, ok = in.attributesOf(fields[3][:end])
	dropped, err := strconv.ParseUint(fields[3][end+1:], 10, 32)
	if l.DroppedAttributes = uint32(dropped); !ok || err != nil {
		return false
	}
	*into = append(*into, l)
	return true
}

// attributesOf returns the members of a JSON object, in their order, and whether the text is one.
func (in input) attributesOf(text string) ([]tracetree.Attr, bool) {
	if text == "{}" {
		return nil, true
	}
	var attrs []tracetree.Attr
	inner := input{jsonpull.New(strings.NewReader(text)), in.state}
	err := inner.record(func(key []byte) error {
		a := tracetree.Attr{Key: in.texts.of(key)}
		err := inner.any(&a.Value)
		attrs = append(attrs, a)
		return err
	})
	if _, end := inner.Peek(); err != nil || end != io.EOF {
		return nil, false
	}
	return attrs, true
}
