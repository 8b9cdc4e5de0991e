package codec

import (
	"bytes"
	"cmp"
	"errors"
	"io"

	"tracelab/tracetree/codec/internal/jsonpull"
)

// maxForeign is how much of the input is looked through for the first trace, in bytes.
const maxForeign = 16 << 20

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
	for in.Offset() < maxForeign {
		at := in.Offset()
		format, err := sniffJSON(in)
		if err == nil || strict {
			return format, err
		}
		if err == io.EOF {
			break
		}
		if first == nil {
			first = err
		}
		if in.Depth() > 0 || in.Offset() == at || !jsonpull.IsValue(err) {
			if err := in.NextLine(); err != nil {
				break
			}
		}
	}
	return nil, cmp.Or(first, io.EOF)
}

func sniffJSON(in *jsonpull.Reader) (*format, error) {
	for in.Depth() == 0 || in.Depth() <= maxLists {
		kind, err := in.Peek()
		switch {
		case err != nil:
			return nil, err
		case kind == jsonpull.Object:
			return sniffObject(in)
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
				return formatNamed(Zipkin), nil // Zipkin's answer when there are no traces
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
			return nil, in.Errorf("%s", unknownJSON(keys[:min(len(keys), maxKeys)]))
		}
		keys = append(keys, keyWithKind(in, key))
		switch format := formatOf(keys); {
		case format == nil:
		case format.instead != "":
			return nil, in.Errorf("%s", format.notRead())
		default:
			return format, nil
		}
		if keys[len(keys)-1] == "error{" {
			err = answeredError(in)
		} else {
			err = in.Skip()
		}
		if err != nil {
			return nil, err
		}
		if len(keys) > 1000 {
			return nil, in.Errorf("%s", unknownJSON(keys[:maxKeys]))
		}
	}
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
