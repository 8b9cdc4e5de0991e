package otlpserve

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxNesting is how deep arrays and maps may be nested in the value of an attribute. Decoders
// recur, so a request of some megabytes could otherwise nest a million levels.
const maxNesting = 64

// message is a type of message in a request, as far as it leads to the values of attributes: the
// fields with messages.
type message map[protowire.Number]kind

type kind int

const (
	traces kind = iota
	resourceSpans
	resource
	scopeSpans
	scope
	span
	event
	link
	keyValue
	anyValue
	array
	keyValues
)

// messages returns the numbers of the fields in opentelemetry/proto/trace/v1/trace.proto,
// common/v1/common.proto and resource/v1/resource.proto.
func messages() [keyValues + 1]message {
	return [...]message{
		traces:        {1: resourceSpans},
		resourceSpans: {1: resource, 2: scopeSpans},
		resource:      {1: keyValue},
		scopeSpans:    {1: scope, 2: span},
		scope:         {3: keyValue},
		span:          {9: keyValue, 11: event, 13: link},
		event:         {3: keyValue},
		link:          {4: keyValue},
		keyValue:      {2: anyValue},
		anyValue:      {5: array, 6: keyValues},
		array:         {1: anyValue},
		keyValues:     {1: keyValue},
	}
}

// checkNesting returns an error if values are nested too deep. It passes over what is no protobuf:
// the decoder finds it again.
func checkNesting(body []byte) error {
	types := messages()
	var check func(data []byte, of kind, depth int) error
	check = func(data []byte, of kind, depth int) error {
		if of == anyValue {
			if depth++; depth > maxNesting {
				return fmt.Errorf("the value of an attribute is nested too deep: want at most %d levels", maxNesting)
			}
		}
		for len(data) > 0 {
			number, wire, n := protowire.ConsumeTag(data)
			if n < 0 {
				return nil
			}
			data = data[n:]
			if n = protowire.ConsumeFieldValue(number, wire, data); n < 0 {
				return nil
			}
			if part, has := types[of][number]; has && wire == protowire.BytesType {
				inner, _ := protowire.ConsumeBytes(data)
				if err := check(inner, part, depth); err != nil {
					return err
				}
			}
			data = data[n:]
		}
		return nil
	}
	return check(body, traces, 0)
}

// maxJSONNesting allows about as much as maxNesting: ten levels down to the value of an attribute,
// and for each level of a value up to four.
const maxJSONNesting = 10 + 4*maxNesting

// checkJSONNesting returns an error if valid JSON is nested too deep.
func checkJSONNesting(body []byte) error {
	depth, inString := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			inString = !inString
		case inString && c == '\\':
			i++ // what follows can't end the string
		case inString:
		case c == '{', c == '[':
			if depth++; depth > maxJSONNesting {
				return fmt.Errorf("the JSON is nested too deep: want at most %d levels", maxJSONNesting)
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return nil
}
