package value

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"tracelab/tracetree"
)

// Parts splits a JSON value into a list of values, attributes or bytes, one of which is not nil. It
// returns false for other text.
func Parts(v tracetree.Value) (elements []tracetree.Value, members []tracetree.Attr, bytes []byte, ok bool) {
	if typed := v.Typed(); typed != "" {
		return partsOf(typed, true)
	}
	return partsOf(v.Text(), false)
}

func partsOf(text string, typed bool) (elements []tracetree.Value, members []tracetree.Attr, bytes []byte, ok bool) {
	decoder := json.NewDecoder(strings.NewReader(text))
	switch {
	case strings.HasPrefix(text, "["):
		var raw []json.RawMessage
		if decoder.Decode(&raw) != nil || !ended(decoder) {
			return nil, nil, nil, false
		}
		elements = make([]tracetree.Value, len(raw))
		for i, r := range raw {
			elements[i] = part(r, typed)
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
			members = append(members, tracetree.Attr{Key: name, Value: part(raw, typed)})
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

// part returns a part of a JSON value. Without types, a string is one even if it could be bytes.
func part(raw json.RawMessage, typed bool) tracetree.Value {
	switch raw[0] {
	case '[', '{':
		if !typed {
			return tracetree.JSON(string(raw))
		}
		elements, members, _, _ := partsOf(string(raw), true)
		if members != nil {
			return Object(members)
		}
		return Array(elements)
	case '"':
		var s string
		_ = json.Unmarshal(raw, &s) // the decoder found it valid
		if typed && s != "" {
			return typedPart(s[0], s[1:])
		}
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

func typedPart(kind byte, text string) tracetree.Value {
	switch kind {
	case 'b':
		return tracetree.JSON(`"` + text + `"`)
	case 'f':
		f, _ := strconv.ParseFloat(text, 64)
		return tracetree.Float(f)
	}
	return tracetree.String(text)
}
