package codec

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"tracelab/tracetree"
)

// parts takes a JSON value apart: into a list of values, attributes or bytes, of which one is not nil. It returns false
// for text that is none of them.
func parts(v tracetree.Value) (elements []tracetree.Value, members []tracetree.Attr, bytes []byte, ok bool) {
	var text string
	if v.Kind() == tracetree.JSONValue {
		text = v.Text()
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	switch {
	case strings.HasPrefix(text, "["):
		var raw []json.RawMessage
		if decoder.Decode(&raw) != nil || !ended(decoder) {
			return nil, nil, nil, false
		}
		elements = make([]tracetree.Value, len(raw))
		for i, r := range raw {
			elements[i] = part(r)
		}
	case strings.HasPrefix(text, "{"):
		members = []tracetree.Attr{}
		if _, err := decoder.Token(); err != nil {
			return nil, nil, nil, false
		}
		for decoder.More() { // not a map, which would lose the order
			key, err := decoder.Token()
			name, isName := key.(string)
			var raw json.RawMessage
			if err != nil || !isName || decoder.Decode(&raw) != nil {
				return nil, nil, nil, false
			}
			members = append(members, tracetree.Attr{Key: name, Value: part(raw)})
		}
		if _, err := decoder.Token(); err != nil || !ended(decoder) {
			return nil, nil, nil, false
		}
	default:
		var encoded string
		if decoder.Decode(&encoded) != nil || !ended(decoder) {
			return nil, nil, nil, false
		}
		var err error
		if bytes, err = base64.StdEncoding.AppendDecode([]byte{}, []byte(encoded)); err != nil {
			return nil, nil, nil, false
		}
	}
	return elements, members, bytes, true
}

func ended(decoder *json.Decoder) bool {
	_, err := decoder.Token()
	return err == io.EOF
}

// part returns a part of a JSON value. A string is one, even if it could be bytes: JSON can't tell them apart.
func part(raw json.RawMessage) tracetree.Value {
	switch raw[0] {
	case '[', '{':
		return tracetree.JSON(string(raw))
	case '"':
		var s string
		_ = json.Unmarshal(raw, &s) // the decoder found it valid
		return tracetree.String(s)
	case 't', 'f':
		return tracetree.Bool(raw[0] == 't')
	case 'n':
		return tracetree.Value{}
	}
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return tracetree.Int(n)
	}
	f, _ := strconv.ParseFloat(string(raw), 64) // an infinity for what is beyond a float's range
	return tracetree.Float(f)
}
