package codec

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"tracelab/tracetree"
)

// decodeID reads an id of OTLP or stdouttrace: hexadecimal digits of either case. Tempo's JSON has
// base64 instead, because protobuf's own JSON form has it for bytes; the lengths differ, so there
// is no doubt which it is. Unless the reader is strict, a prefix 0x and the hyphens of a UUID are
// accepted.
func (in input) decodeID(id, text []byte) bool {
	if !in.strict && len(text) > hex.EncodedLen(len(id)) {
		text = bytes.TrimPrefix(text, []byte("0x"))
		if len(text) == len("01234567-89ab-cdef-0123-456789abcdef") && text[8] == '-' {
			text = bytes.ReplaceAll(text, []byte("-"), nil)
		}
	}
	if len(text) == hex.EncodedLen(len(id)) {
		_, err := hex.Decode(id, text)
		return err == nil
	}
	if len(text) != base64.StdEncoding.EncodedLen(len(id)) {
		return false
	}
	var decoded [18]byte // room for the padding of a trace id
	n, err := base64.StdEncoding.Decode(decoded[:], text)
	if err != nil || n != len(id) {
		return false
	}
	copy(id, decoded[:])
	in.warn(Base64IDs, in.Here)
	return true
}

// decodePaddedID reads an id of Jaeger or Zipkin, which may lack leading zeros.
func decodePaddedID(id, text []byte) bool {
	if len(text) == 0 || len(text) > hex.EncodedLen(len(id)) {
		return false
	}
	var digits [32]byte
	padded := digits[:hex.EncodedLen(len(id))]
	zeros := len(padded) - len(text)
	for i := range zeros {
		padded[i] = '0'
	}
	copy(padded[zeros:], text)
	_, err := hex.Decode(id, padded)
	return err == nil
}

// ids collects the ids of a span while its members are read.
type ids struct {
	trace      tracetree.TraceID
	span       tracetree.SpanID
	parent     tracetree.SpanID
	bad        string // the text of a trace or span id that isn't one
	lostParent string // the text of a parent's id that isn't one
	lost       error  // about another value that the span can't do without
}

// usable reports whether the span can be kept, and warns of what can't.
func (in input) usable(i *ids) bool {
	switch {
	case i.bad != "":
		in.warn(InvalidID, in.Here, fmt.Sprintf("%.40q", i.bad))
		return false
	case i.lost != nil && (i.trace.IsZero() || i.span.IsZero()):
		in.warnOf(InvalidID, i.lost, "the span is left out")
		return false
	case i.trace.IsZero() || i.span.IsZero():
		in.warn(InvalidID, in.Here, noID(i.trace, i.span))
		return false
	case i.lost != nil:
		in.warnOf(BadSpan, i.lost, fmt.Sprintf("the span %v is left out", i.span))
		return false
	}
	if i.lostParent != "" {
		in.warn(InvalidParent, in.Here, fmt.Sprintf("span %v, parent %.40q", i.span, i.lostParent))
	}
	return true
}

// noID formats IDs of which one is zero for a warning.
func noID(trace tracetree.TraceID, span tracetree.SpanID) string {
	return fmt.Sprintf("trace id %v, span id %v", trace, span)
}
