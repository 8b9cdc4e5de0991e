package codec

import (
	"bytes"
	"encoding/binary"
)

func isOTLPProto(head []byte, whole bool) bool {
	_, ok := protoFraming(head, whole)
	return ok
}

// protoFraming returns the framing with which the input begins with a TracesData message.
func protoFraming(head []byte, whole bool) (framing, bool) {
	if len(head) > 4 && head[4] == 1<<3|wireBytes {
		length := int64(binary.BigEndian.Uint32(head))
		if fits(head[4:], length, whole) && isMessage(head[4:], length, tracesSchema) {
			return fixedFrame, true
		}
	}
	if isMessage(head, -1, tracesSchema) {
		return unframed, true
	}
	if isMessage(head, -1, tempoSchema) {
		return wrapped, true
	}
	length, n := binary.Uvarint(head)
	if n > 0 && length > 0 && length < 1<<40 && fits(head[n:], int64(length), whole) &&
		isMessage(head[n:], int64(length), tracesSchema) {
		return varintFrame, true
	}
	return 0, false
}

func fits(head []byte, length int64, whole bool) bool { return !whole || length <= int64(len(head)) }

// schema contains the fields of a message that distinguish OTLP traces from other messages: for
// each the wire type, and for a message its own schema.
type schema map[int]schemaField

type schemaField struct {
	wire    int
	message schema
}

var (
	keyValueSchema = schema{1: {wire: wireBytes}, 2: {wire: wireBytes}}
	resourceSchema = schema{1: {wireBytes, keyValueSchema}, 2: {wire: wireVarint}, 3: {wire: wireBytes}}
	scopeSchema    = schema{
		1: {wire: wireBytes}, 2: {wire: wireBytes}, 3: {wireBytes, keyValueSchema},
		4: {wire: wireVarint},
	}
	spanSchema = schema{
		1: {wire: wireBytes}, 2: {wire: wireBytes}, 3: {wire: wireBytes}, 4: {wire: wireBytes}, 5: {wire: wireBytes},
		6: {wire: wireVarint}, 7: {wire: wireFixed64}, 8: {wire: wireFixed64}, 9: {wireBytes, keyValueSchema},
		10: {wire: wireVarint}, 11: {wire: wireBytes}, 12: {wire: wireVarint}, 13: {wire: wireBytes},
		14: {wire: wireVarint}, 15: {wire: wireBytes}, 16: {wire: wireFixed32},
	}
	scopeSpansSchema    = schema{1: {wireBytes, scopeSchema}, 2: {wireBytes, spanSchema}, 3: {wire: wireBytes}}
	resourceSpansSchema = schema{1: {wireBytes, resourceSchema}, 2: {wireBytes, scopeSpansSchema}, 3: {wire: wireBytes}}
	tracesSchema        = schema{1: {wireBytes, resourceSpansSchema}}
	tempoSchema         = schema{
		1: {wireBytes, tracesSchema}, 2: {wire: wireBytes}, 3: {wire: wireVarint},
		4: {wire: wireBytes},
	}
)

// isMessage reports whether the bytes are the beginning of a message of this length, -1 for one of
// any length. It looks at all bytes, so that text isn't taken for a message by chance.
func isMessage(head []byte, length int64, of schema) bool {
	if length == 0 {
		return true
	}
	for pos := int64(0); pos < int64(len(head)) && pos != length; {
		tag, n := binary.Uvarint(head[pos:])
		f, ok := of[int(tag>>3)]
		if n == 0 {
			return pos > 0 // cut off by the end of head
		}
		if !ok || f.wire != int(tag&7) {
			return false
		}
		pos += int64(n)
		size := int64(0)
		switch f.wire {
		case wireFixed64:
			size = 8
		case wireFixed32:
			size = 4
		default:
			number, n := binary.Uvarint(head[min(pos, int64(len(head))):])
			if n == 0 {
				return true
			}
			if n < 0 {
				return false
			}
			pos += int64(n)
			if f.wire == wireBytes {
				if number > 1<<40 {
					return false
				}
				size = int64(number)
			}
		}
		if length >= 0 && pos+size > length {
			return false
		}
		if f.message != nil {
			inner := head[min(pos, int64(len(head))):min(pos+size, int64(len(head)))]
			if len(inner) > 0 && !isMessage(inner, size, f.message) {
				return false
			}
		}
		pos += size
	}
	return len(head) > 0
}

// isPprof recognizes a profile of Go's pprof, which begins with the type of its samples.
func isPprof(head []byte, _ bool) bool {
	sampleType := schema{1: {wire: wireVarint}, 2: {wire: wireVarint}}
	fields := schema{1: {wireBytes, sampleType}}
	for field := 2; field <= 6; field++ { // samples, mappings, locations, functions, texts
		fields[field] = schemaField{wire: wireBytes}
	}
	for field := 7; field <= 15; field++ { // numbers, and in between the period's type and the comments
		fields[field] = schemaField{wire: wireVarint}
	}
	fields[11] = schemaField{wireBytes, sampleType}
	return bytes.HasPrefix(head, []byte{1<<3 | wireBytes}) && isMessage(head, -1, fields)
}

// isPerfetto recognizes a list of Perfetto's packets, by the field with which the first begins: its
// time, the sequence or the user that it is of, the state of the clocks, or the configuration.
func isPerfetto(head []byte, _ bool) bool {
	if !isMessage(head, -1, schema{1: {wire: wireBytes}}) {
		return false
	}
	_, n := binary.Uvarint(head[1:])
	if n <= 0 {
		return false
	}
	switch tag, _ := binary.Uvarint(head[1+n:]); tag {
	case 8<<3 | wireVarint, 10<<3 | wireVarint, 3<<3 | wireVarint, 6<<3 | wireBytes, 33<<3 | wireBytes:
		return true
	}
	return false
}
