// Package spantext reads spans from text, for examples that the tree notation can't express: ids,
// times and types that are wrong, resources, spans that were not exported. A span is a line of
// fields:
//
//	span=1 service=shop kind=client name=GET {server.port=8080} resource={host.name=a} start=0ms end=10ms
//	span=2 parent=1 remote=yes name="GET /cart" status=error message="no cart" link=2/1
//
// Numbers as ids are short for ids that end in them; the trace is 1 unless a line names another. A
// value in braces is text if it is in quotes or no number, true or false. Times count from the
// first second of 1970, since a time of zero is unknown.
//
// Two kinds of lines are about the input as a whole: "times=microseconds" and "unreadable=PLACE", a
// place at which a span had an invalid id.
package spantext

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"tracelab/internal/source"
	"tracelab/tracetree"
)

// Input is what a text describes.
type Input struct {
	// Spans are the exported spans, in the order of their lines.
	Spans []tracetree.Span
	// Recorded are all spans if some of them have exported=no, and empty otherwise.
	Recorded []tracetree.Span
	// Unreadable are places at which a span had an invalid id.
	Unreadable []string
	// Microseconds reports that times have no more than microseconds.
	Microseconds bool
}

// Parse reads a text. Errors are of type [*source.Error].
func Parse(text string) (Input, error) {
	p := parser{text: text, origins: map[string]*tracetree.Origin{}}
	for i, line := range strings.Split(text, "\n") {
		p.line, p.rest, p.length = i+1, strings.TrimSpace(line), len(strings.TrimRight(line, " \t\r"))
		if p.rest == "" {
			continue
		}
		if err := p.readLine(); err != nil {
			return Input{}, err
		}
	}
	if p.kept == len(p.in.Recorded) {
		p.in.Recorded = nil
	}
	return p.in, nil
}

type parser struct {
	text    string
	line    int
	rest    string // what is left of the line
	length  int    // of the line, without space at its end
	in      Input
	kept    int
	origins map[string]*tracetree.Origin // by service and resource: spans of one resource share it

	span       tracetree.Span
	service    string
	resource   []tracetree.Attr
	rawOrigin  string
	unexported bool
}

// errorf returns an error about what is left of the line.
func (p *parser) errorf(format string, args ...any) error {
	return source.At("", p.text, p.line, p.length-len(p.rest)+1, format, args...)
}

func (p *parser) readLine() error {
	p.span = tracetree.Span{TraceID: traceID(1)}
	p.service, p.resource, p.rawOrigin, p.unexported = "", nil, "", false
	isSpan := false
	for p.rest != "" {
		if strings.HasPrefix(p.rest, "{") {
			attrs, _, err := p.braces()
			if err != nil {
				return err
			}
			p.span.Attributes = append(p.span.Attributes, attrs...)
			continue
		}
		key, _, ok := strings.Cut(p.rest, "=")
		if !ok || strings.ContainsAny(key, " {\"") {
			return p.errorf("no field at %q: want name=value or {attributes}", p.rest)
		}
		isSpan = isSpan || key == "span"
		if err := p.field(key); err != nil {
			return err
		}
		p.rest = strings.TrimLeft(p.rest, " \t")
	}
	if !isSpan {
		return nil
	}
	if p.rawOrigin != "" {
		origin := p.origins[p.rawOrigin]
		if origin == nil {
			origin = &tracetree.Origin{}
			if p.service != "" {
				origin.Resource = append(origin.Resource, tracetree.Attr{Key: "service.name", Value: tracetree.String(p.service)})
			}
			origin.Resource = append(origin.Resource, p.resource...)
			p.origins[p.rawOrigin] = origin
		}
		p.span.Origin = origin
	}
	p.in.Recorded = append(p.in.Recorded, p.span)
	if !p.unexported {
		p.kept++
		p.in.Spans = append(p.in.Spans, p.span)
	}
	return nil
}

// field reads the field that the rest of the line begins with.
func (p *parser) field(key string) error {
	before := p.rest
	p.rest = p.rest[len(key)+1:]
	if key == "resource" {
		attrs, raw, err := p.braces()
		p.resource, p.rawOrigin = attrs, p.rawOrigin+raw
		return err
	}
	value, _, err := p.value("")
	if err != nil {
		return err
	}
	if !p.set(key, value) {
		after := p.rest
		p.rest = before
		return p.errorf("unknown field or value %q: see the package's documentation", strings.TrimSuffix(before, after))
	}
	return nil
}

// set sets a field, and reports whether the field exists and the value is valid.
func (p *parser) set(key, value string) (ok bool) {
	s := &p.span
	switch key {
	case "trace":
		s.TraceID, ok = parseTraceID(value)
	case "span":
		s.SpanID, ok = parseSpanID(value)
	case "parent":
		s.Parent, ok = parseSpanID(value)
	case "link":
		var link tracetree.Link
		trace, id, _ := strings.Cut(value, "/")
		var okSpan bool
		link.TraceID, ok = parseTraceID(trace)
		link.SpanID, okSpan = parseSpanID(id)
		s.Links = append(s.Links, link)
		ok = ok && okSpan
	case "remote":
		remote := map[string]tracetree.Remote{"no": tracetree.RemoteNo, "yes": tracetree.RemoteYes}
		s.ParentRemote, ok = remote[value]
	case "kind":
		s.Kind, ok = oneOf(value, tracetree.KindInternal, tracetree.KindServer, tracetree.KindClient, tracetree.KindProducer,
			tracetree.KindConsumer)
	case "status":
		s.Status, ok = oneOf(value, tracetree.StatusUnset, tracetree.StatusOK, tracetree.StatusError)
	case "message":
		s.StatusMessage, ok = value, true
	case "name":
		s.Name, ok = value, true
	case "service":
		p.service, p.rawOrigin, ok = value, p.rawOrigin+" "+value, true
	case "start":
		s.Start, ok = parseTime(value)
	case "end":
		if s.Unended = value == "never"; s.Unended {
			return true
		}
		s.End, ok = parseTime(value)
	case "tracestate", "dropped_attributes", "dropped_events", "dropped_links":
		ok = p.setRare(key, value)
	case "exported":
		p.unexported, ok = value == "no", value == "no"
	case "unreadable":
		p.in.Unreadable, ok = append(p.in.Unreadable, value), true
	case "times":
		p.in.Microseconds, ok = true, value == "microseconds"
	}
	return ok
}

func (p *parser) setRare(key, value string) bool {
	if p.span.Rare == nil {
		p.span.Rare = &tracetree.Rare{}
	}
	r := p.span.Rare
	if key == "tracestate" {
		r.TraceState = value
		return true
	}
	n, err := strconv.ParseUint(value, 10, 32)
	into := map[string]*uint32{
		"dropped_attributes": &r.DroppedAttributes, "dropped_events": &r.DroppedEvents, "dropped_links": &r.DroppedLinks,
	}[key]
	*into = uint32(n)
	return err == nil
}

// braces reads attributes in braces, and also returns their text.
func (p *parser) braces() (attrs []tracetree.Attr, raw string, err error) {
	before := p.rest
	if !strings.HasPrefix(p.rest, "{") {
		return nil, "", p.errorf("want attributes in braces, as in {server.port=8080}")
	}
	p.rest = p.rest[1:]
	for {
		p.rest = strings.TrimLeft(p.rest, " ,")
		if strings.HasPrefix(p.rest, "}") {
			p.rest = strings.TrimLeft(p.rest[1:], " \t")
			return attrs, strings.TrimSuffix(before, p.rest), nil
		}
		key, _, ok := strings.Cut(p.rest, "=")
		if !ok || strings.ContainsAny(key, ",}") {
			return nil, "", p.errorf("no attribute at %q: want key=value, and } after the last", p.rest)
		}
		p.rest = p.rest[len(key)+1:]
		text, quoted, err := p.value(",}")
		if err != nil {
			return nil, "", err
		}
		attrs = append(attrs, tracetree.Attr{Key: key, Value: valueOf(text, quoted)})
	}
}

// value reads text in quotes, or up to a space or one of the stops.
func (p *parser) value(stops string) (text string, quoted bool, err error) {
	if strings.HasPrefix(p.rest, `"`) {
		literal, err := strconv.QuotedPrefix(p.rest)
		if err != nil {
			return "", true, p.errorf("no closing quote: want one, and Go's escapes")
		}
		p.rest = p.rest[len(literal):]
		text, err := strconv.Unquote(literal)
		return text, true, err
	}
	end := strings.IndexAny(p.rest, " \t"+stops)
	if end < 0 {
		end = len(p.rest)
	}
	text, p.rest = p.rest[:end], p.rest[end:]
	return text, false, nil
}

func valueOf(text string, quoted bool) tracetree.Value {
	if quoted {
		return tracetree.String(text)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return tracetree.Int(n)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return tracetree.Float(f)
	}
	if text == "true" || text == "false" {
		return tracetree.Bool(text == "true")
	}
	return tracetree.String(text)
}

func oneOf[T interface {
	comparable
	String() string
}](value string, all ...T) (T, bool) {
	at := slices.IndexFunc(all, func(one T) bool { return one.String() == value })
	if at < 0 {
		var none T
		return none, false
	}
	return all[at], true
}

// parseTime reads a duration after the first second of 1970.
func parseTime(text string) (int64, bool) {
	d, err := time.ParseDuration(text)
	return int64(time.Second + d), err == nil
}

func traceID(n byte) tracetree.TraceID { return tracetree.TraceID{15: n} }

func parseTraceID(text string) (id tracetree.TraceID, ok bool) {
	ok = parseID(id[:], text)
	return id, ok
}

func parseSpanID(text string) (id tracetree.SpanID, ok bool) {
	ok = parseID(id[:], text)
	return id, ok
}

// parseID reads hexadecimal digits; the id ends in them.
func parseID(into []byte, text string) bool {
	digits := 2 * len(into)
	if text == "" || len(text) > digits {
		return false
	}
	_, err := hex.Decode(into, []byte(strings.Repeat("0", digits-len(text))+text))
	return err == nil
}
