package codec

import (
	"bufio"
	"bytes"
	"errors"
	"slices"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/jsonpull"
	"tracelab/tracetree/codec/internal/value"
)

// nodeConsole decodes the output of JavaScript's ConsoleSpanExporter: one object for each span, in
// the notation of Node.js.
type nodeConsole struct {
	spanLists
	foreign foreign
}

// isNodeConsole recognizes an object with a trace id whose keys are without quotes.
func isNodeConsole(head []byte, _ bool) bool {
	at := bytes.Index(head, []byte("traceId: '"))
	return at >= 0 && bytes.IndexByte(head[:at], '{') >= 0
}

func newNodeConsole(src *bufio.Reader, s *state) stream {
	in := input{jsonpull.New(&inspected{src: src}), s}
	document := &nodeConsole{spanLists: spanLists{in: in}}
	return &jsonStream{in: in, format: formatNamed(NodeConsole), document: document}
}

func (d *nodeConsole) rest(batch []tracetree.Span) []tracetree.Span { return batch }

func (d *nodeConsole) cut(batch []tracetree.Span) []tracetree.Span { return batch }

func (d *nodeConsole) read(batch []tracetree.Span) ([]tracetree.Span, bool, error) {
	var s jsonSpan
	var process resource
	var from scope
	var duration int64
	timed, known := false, false
	in := d.in
	d.foreign.keys = d.foreign.keys[:0]
	err := in.object(func(key []byte) error {
		switch string(key) {
		case "traceId":
			known = true
			return in.essential(&s.ids, in.id(s.trace[:], &s.bad))
		case "id":
			return in.essential(&s.ids, in.id(s.span[:], &s.bad))
		case "parentId":
			return in.id(s.parent[:], &s.lostParent)
		case "parentSpanContext":
			return in.object(func(key []byte) error {
				switch string(key) {
				case "spanId":
					return in.id(s.parent[:], &s.lostParent)
				case "isRemote":
					remote, err := in.Bool()
					if s.ParentRemote = tracetree.RemoteNo; remote {
						s.ParentRemote = tracetree.RemoteYes
					}
					return err
				}
				return in.Skip()
			})
		case "name":
			return in.text(&s.Name)
		case "kind":
			return d.kind(&s.Kind)
		case "timestamp":
			return in.essential(&s.ids, in.time(&s.Start, microsecond))
		case "duration":
			timed = true
			return in.essential(&s.ids, in.duration(&duration, microsecond))
		case "attributes":
			return in.attributeMembers(&s.Attributes)
		case "status":
			return d.status(&s.Span)
		case "events":
			return d.eventList(&s.Events, d.event)
		case "links":
			return d.linkList(&s.Links, d.link)
		case "resource":
			return in.consoleResource(&process)
		case "instrumentationScope", "instrumentationLibrary":
			return in.consoleScope(&from)
		}
		d.foreign.add(in, key)
		return in.Skip()
	})
	if err == nil && !known {
		err = d.foreign.error(in, NodeConsole)
	}
	if err != nil {
		return batch, false, err
	}
	if timed && s.Start != 0 {
		s.End = in.after(s.Start, duration)
	}
	if in.finish(&s) {
		s.Unended = false // the exporter prints spans that have ended
		s.Origin = in.origins.of(process, from)
		batch = append(batch, s.Span)
	}
	return batch, false, nil
}

// kind reads a kind by JavaScript's number, which is one less than OTLP's.
func (d *nodeConsole) kind(into *tracetree.Kind) error {
	var n int64
	if err := d.in.integer(&n); err != nil {
		return err
	}
	if n < 0 || n > 4 {
		return d.in.ValueErrorf("found %d, want a kind from 0 to 4", n)
	}
	*into = tracetree.Kind(n + 1)
	return nil
}

func (d *nodeConsole) status(s *tracetree.Span) error {
	return d.in.object(func(key []byte) error {
		switch string(key) {
		case "code":
			n, err := d.in.enum(statusNames)
			s.Status = tracetree.Status(n)
			return err
		case "message":
			return d.in.text(&s.StatusMessage)
		}
		return d.in.Skip()
	})
}

func (d *nodeConsole) event(e *tracetree.Event, key []byte) error {
	switch string(key) {
	case "name":
		return d.in.text(&e.Name)
	case "time": // seconds and nanoseconds
		var parts []int64
		err := d.in.array(func() error {
			var n int64
			err := d.in.integer(&n)
			parts = append(parts, n)
			return err
		})
		if err == nil && len(parts) == 2 {
			e.Time = parts[0]*1e9 + parts[1]
		}
		return err
	case "attributes":
		return d.in.attributeMembers(&e.Attributes)
	case "droppedAttributesCount":
		return d.in.count(&e.DroppedAttributes)
	}
	return d.in.Skip()
}

func (d *nodeConsole) link(l *tracetree.Link, bad *string, key []byte) error {
	switch string(key) {
	case "context":
		return d.in.object(func(key []byte) error {
			switch string(key) {
			case "traceId":
				return d.in.id(l.TraceID[:], bad)
			case "spanId":
				return d.in.id(l.SpanID[:], bad)
			case "traceFlags":
				return d.in.count(&l.Flags)
			}
			return d.in.Skip()
		})
	case "attributes":
		return d.in.attributeMembers(&l.Attributes)
	case "droppedAttributesCount":
		return d.in.count(&l.DroppedAttributes)
	}
	return d.in.Skip()
}

// inspected reads objects as Node.js prints them, and returns them as JSON, line by line: keys and
// strings in double quotes, null for undefined, and a string for what was left out, such as
// [Object]. Lines outside of objects stay as they are.
type inspected struct {
	src   *bufio.Reader
	depth int
	out   []byte
	err   error
}

func (r *inspected) Read(p []byte) (int, error) {
	for len(r.out) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.line()
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

// line converts the next line.
func (r *inspected) line() {
	line, err := r.src.ReadBytes('\n')
	for err == nil && bytes.HasSuffix(bytes.TrimRight(line, "\r\n"), []byte("' +")) && len(line) <= jsonpull.MaxToken {
		var more []byte // of a long text
		more, err = r.src.ReadBytes('\n')
		line = append(line, more...)
	}
	r.err = err
	if len(line) > jsonpull.MaxToken {
		r.err = errors.New("a line is too long")
		return
	}
	if r.depth == 0 && !bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("{")) {
		r.out = line
		return
	}
	r.out = r.out[:0]
	for len(line) > 0 {
		line = r.token(line)
	}
}

// token converts the token at the start of a line, and returns the rest.
func (r *inspected) token(line []byte) []byte {
	switch c := line[0]; {
	case c == '[' && len(line) > 1 && isLetter(line[1]):
		return r.quote(line, 1+max(bytes.IndexByte(line, ']'), 0)) // [Object], [Array], [Circular *1]
	case c == '{' || c == '[':
		r.depth++
	case c == '}' || c == ']':
		r.depth--
	case c == '\'' || c == '"' || c == '`':
		return r.text(line)
	case c == '+': // between the parts of a long text
		return line[1:]
	case bytes.HasPrefix(line, []byte("... ")):
		n := len("... ")
		for n < len(line) &&
			(isLetter(line[n]) || '0' <= line[n] && line[n] <= '9' || line[n] == ' ' && n+1 < len(line) && isLetter(line[n+1])) {
			n++ // as in "... 3 more items"
		}
		return r.quote(line, n)
	case isLetter(c):
		return r.word(line)
	}
	r.out = append(r.out, line[0])
	return line[1:]
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == '$' }

// quote writes the first n bytes as a string.
func (r *inspected) quote(line []byte, n int) []byte {
	r.out = value.AppendString(r.out, string(line[:n]))
	return line[n:]
}

// word writes a key or a word such as undefined.
func (r *inspected) word(line []byte) []byte {
	n := 1
	for n < len(line) && (isLetter(line[n]) || '0' <= line[n] && line[n] <= '9') {
		n++
	}
	word, rest := string(line[:n]), line[n:]
	switch {
	case len(rest) > 0 && rest[0] == ':':
		return r.quote(line, n)
	case word == "undefined":
		r.out = append(r.out, "null"...)
	case slices.Contains([]string{"true", "false", "null"}, word):
		r.out = append(r.out, word...)
	case len(rest) > 1 && rest[0] == ' ' && rest[1] == '{': // the name of a class
		return rest[1:]
	default:
		return r.quote(line, n)
	}
	return rest
}

// text writes a string in quotes of any kind.
func (r *inspected) text(line []byte) []byte {
	quote := line[0]
	var text []byte
	i := 1
	for ; i < len(line) && line[i] != quote; i++ {
		c := line[i]
		if c == '\\' && i+1 < len(line) {
			i++
			switch c = line[i]; c {
			case 'n':
				c = '\n'
			case 't':
				c = '\t'
			case 'r':
				c = '\r'
			}
		}
		text = append(text, c)
	}
	if joined := bytes.TrimRight(r.out, " \n"); r.depth > 0 && len(joined) > 0 && joined[len(joined)-1] == '"' {
		r.out = joined[:len(joined)-1] // the next part of a long text
		r.out = append(r.out, value.AppendString(nil, string(text))[1:]...)
	} else {
		r.out = value.AppendString(r.out, string(text))
	}
	return line[min(i+1, len(line)):]
}
