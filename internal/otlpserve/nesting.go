package otlpserve

import (
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxNesting is how deep arrays and maps may be nested in the value of an attribute. Decoders
// recur, so a request of some megabytes could otherwise nest a million levels.
const maxNesting = 64

// kind is a type of message in a request, as far as it leads to the values of attributes.
type kind uint8

const (
	other kind = iota // leads to none
	tracesData
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
	kinds
)

// schema has the kinds of the fields of messages, by kind and number, as in opentelemetry/proto/trace/v1/trace.proto,
// common/v1/common.proto and resource/v1/resource.proto.
type schema [kinds][16]kind

func newSchema() *schema {
	return &schema{
		tracesData:    {1: resourceSpans},
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

var errNesting = fmt.Errorf("the value of an attribute is nested too deep: want at most %d levels", maxNesting)

// checkNesting returns an error if values are nested too deep. It passes over bytes that are no protobuf: the decoder
// finds them again.
func checkNesting(body []byte) error { return newSchema().check(body, tracesData, 0) }

func (s *schema) check(data []byte, of kind, depth int) error {
	if of == anyValue {
		if depth++; depth > maxNesting {
			return errNesting
		}
	}
	fields := &s[of]
	for len(data) > 0 {
		tag, n := uvarint(data)
		if n <= 0 {
			return nil
		}
		data = data[n:]
		if tag&7 != uint64(protowire.BytesType) {
			n = protowire.ConsumeFieldValue(protowire.Number(tag>>3), protowire.Type(tag&7), data)
			if n < 0 {
				return nil
			}
			data = data[n:]
			continue
		}
		length, n := uvarint(data)
		if n <= 0 || length > uint64(len(data)-n) {
			return nil
		}
		// Each level takes at least four bytes, so most messages are too short to be worth a look.
		long := length >= uint64(4*(maxNesting-depth))
		if number := tag >> 3; long && number < uint64(len(fields)) && fields[number] != other {
			if err := s.check(data[n:n+int(length)], fields[number], depth); err != nil {
				return err
			}
		}
		data = data[n+int(length):]
	}
	return nil
}

// uvarint is binary.Uvarint, quicker for small numbers, which most tags and lengths are.
func uvarint(data []byte) (uint64, int) {
	if len(data) > 0 && data[0] < 0x80 {
		return uint64(data[0]), 1
	}
	return binary.Uvarint(data)
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
