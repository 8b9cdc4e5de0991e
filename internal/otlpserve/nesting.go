package otlpserve

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxNesting is how deep arrays and maps may be nested in the value of an attribute. Decoders recur, so a request of some
// megabytes could otherwise nest a million levels.
const maxNesting = 64

// message is a type of message in a request, as far as it leads to the values of attributes: the fields with messages.
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

// messages returns the numbers of the fields in opentelemetry/proto/trace/v1/trace.proto, common/v1/common.proto and
// resource/v1/resource.proto.
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

// checkNesting returns an error if values are nested too deep. It passes over what is no protobuf: the decoder finds it
// again.
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
