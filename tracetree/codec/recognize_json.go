package codec

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"strings"

	"tracelab/tracetree/codec/internal/jsonpull"
)

const (
	// maxForeign is how much of the input is looked through for the first trace, in bytes.
	maxForeign = 16 << 20
	// maxSniffed is how many keys of an object are looked at.
	maxSniffed = 1000
	// maxLook is how many values inside of a wrapper are looked at.
	maxLook = 200

	listOfNames = "lists of services or operations have no traces"
)

// sniff recognizes the format by reading the input as far as it must, and returns the whole input
// again.
func sniff(src io.Reader, strict bool) (*format, io.Reader, error) {
	var seen bytes.Buffer
	format, err := sniffText(jsonpull.New(io.TeeReader(src, &seen)), strict)
	return format, io.MultiReader(&seen, src), err
}

// sniffText finds the first document whose format is known, among other lines and documents unless
// it is strict. Without any, it returns the first error.
func sniffText(in *jsonpull.Reader, strict bool) (*format, error) {
	var first error
	var none *format // of a list without traces, which the lines of a log end with as well
	for in.Offset() < maxForeign {
		at := in.Offset()
		format, err := sniffJSON(in)
		if err == nil && format != nil || strict {
			return cmp.Or(format, formatNamed(Zipkin)), err
		}
		if err == io.EOF {
			break
		}
		if err == nil {
			none = formatNamed(Zipkin)
			continue
		}
		first = cmp.Or(first, err)
		if in.Depth() > 0 || in.Offset() == at || !jsonpull.IsValue(err) {
			if err := in.NextLine(); err != nil {
				break
			}
		}
	}
	if none != nil && first == nil {
		return none, nil
	}
	return nil, cmp.Or(first, io.EOF)
}

// sniffJSON recognizes a document. It returns no format for an empty list, which is Zipkin's answer
// when there are no traces.
func sniffJSON(in *jsonpull.Reader) (*format, error) {
	for in.Depth() == 0 || in.Depth() <= maxLists {
		kind, err := in.Peek()
		switch {
		case err != nil:
			return nil, err
		case kind == jsonpull.Object:
			return sniffObject(in)
		case kind == jsonpull.String && in.Depth() > 0:
			return nil, in.Errorf("found %v, want a trace document: a JSON object or array; %s", kind, listOfNames)
		case kind != jsonpull.Array:
			return nil, in.Errorf("found %v, want a trace document: a JSON object or array", kind)
		}
		if err := in.EnterArray(); err != nil {
			return nil, err
		}
		for more := false; !more; { // leave empty lists
			if more, err = in.NextElement(); err != nil {
				return nil, err
			}
			if !more && in.Depth() == 0 {
				return nil, nil
			}
		}
	}
	return nil, in.Errorf("arrays in arrays in arrays, want at most a list of lists of spans")
}

func sniffObject(in *jsonpull.Reader) (*format, error) {
	if err := in.EnterObject(); err != nil {
		return nil, err
	}
	var keys keySet
	for {
		key, ok, err := in.NextKey()
		switch {
		case err != nil:
			return nil, err
		case !ok && len(keys) == 0:
			return formatNamed(OTLPJSON), nil // the JSON form of a message without fields
		case !ok:
			return nil, in.Errorf("%s", unknownJSON(keys))
		}
		keys = append(keys, keyWithKind(in, key))
		latest, outer := keys[len(keys)-1], in.Depth()
		here := in.Errorf("") // before a look inside moves on
		if isWrapper(latest) {
			inside := lookInside{in: in, keys: keys, left: maxLook}
			if err := inside.value(); err != nil {
				return nil, err
			}
			keys = inside.keys
		}
		switch format := formatOf(keys); {
		case format == nil:
		case format.instead != "":
			here.Message = format.notRead()
			return nil, here
		default:
			return format, nil
		}
		switch {
		case isWrapper(latest):
			err = in.Leave(outer)
		case latest == "error{":
			err = answeredError(in)
		default:
			err = in.Skip()
		}
		if err != nil {
			return nil, err
		}
		if len(keys) > maxSniffed {
			return nil, in.Errorf("%s", unknownJSON(keys))
		}
	}
}

// isWrapper reports whether a key is one that several formats have, which differ in what is inside.
func isWrapper(key string) bool {
	switch strings.TrimRight(key, "{[") {
	case "data", "log", "response", "result", "results", "series", "span", "spans", "trace", "traces":
		return key[len(key)-1] == '{' || key[len(key)-1] == '['
	}
	return false
}

// lookInside adds the keys inside of the next value to those of the object that the value is in,
// each with a dot in front for each object that it is in. It ends between two values when it has
// seen enough, because a document can be larger than the memory.
type lookInside struct {
	in   *jsonpull.Reader
	keys keySet
	left int    // how many values to look at
	dots string // in front of the keys of the current object
}

func (l *lookInside) value() error {
	kind, err := l.in.Peek()
	switch {
	case err != nil:
		return err
	case kind == jsonpull.Object:
		l.dots += "."
		defer func() { l.dots = l.dots[1:] }()
		return l.parts(l.in.EnterObject, func() (bool, error) {
			key, ok, err := l.in.NextKey()
			if ok {
				l.keys = append(l.keys, l.dots+keyWithKind(l.in, key))
			}
			return ok, err
		})
	case kind == jsonpull.Array:
		return l.parts(l.in.EnterArray, l.in.NextElement)
	}
	return l.in.Skip()
}

func (l *lookInside) parts(enter func() error, next func() (bool, error)) error {
	if err := enter(); err != nil {
		return err
	}
	for l.left > 0 {
		l.left--
		if more, err := next(); err != nil || !more {
			return err
		}
		if err := l.value(); err != nil {
			return err
		}
	}
	return nil
}

// answeredError reads a backend's answer about an error: {"error":{"httpCode":404,"message":"…"}}.
func answeredError(in *jsonpull.Reader) error {
	if kind, err := in.Peek(); err != nil || kind != jsonpull.Object {
		return errors.Join(err, in.Skip())
	}
	answer := input{Reader: in, state: newState("")}
	var message string
	err := answer.object(func(key []byte) error {
		if string(key) == "message" {
			return answer.text(&message)
		}
		return answer.Skip()
	})
	if err == nil && message != "" {
		err = in.Errorf("this is no trace but the answer of a backend that had an error: %s", message)
	}
	return err
}
