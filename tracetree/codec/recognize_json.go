package codec

import (
	"bytes"
	"errors"
	"io"

	"tracelab/tracetree/codec/internal/jsonpull"
)

// sniff recognizes the format by reading the input as far as it must, and returns the whole input again.
func sniff(src io.Reader) (*format, io.Reader, error) {
	var seen bytes.Buffer
	format, err := sniffJSON(jsonpull.New(io.TeeReader(src, &seen)))
	return format, io.MultiReader(&seen, src), err
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
				return formatOf([]string{"traceId", "id"}), nil // Zipkin's answer when there are no traces
			}
		}
	}
	return nil, in.Errorf("arrays in arrays in arrays, want at most a list of lists of spans")
}

func sniffObject(in *jsonpull.Reader) (*format, error) {
	if err := in.EnterObject(); err != nil {
		return nil, err
	}
	var keys []string
	for {
		key, ok, err := in.NextKey()
		switch {
		case err != nil:
			return nil, err
		case !ok && len(keys) == 0:
			return formatOf([]string{"resourceSpans"}), nil // the JSON form of a message without fields
		case !ok:
			return nil, in.Errorf("%s", unknownJSON(keys[:min(len(keys), maxKeys)]))
		}
		keys = append(keys, string(key))
		if format := formatOf(keys); format != nil {
			return format, nil
		}
		if string(key) == "error" {
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
