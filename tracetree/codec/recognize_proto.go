package codec

import (
	"bytes"
	"encoding/binary"

	"tracelab/tracetree"
)

func isOTLPProto(head []byte, whole bool) bool {
	_, ok := protoFraming(head, whole)
	return ok && !isOTLPMetricsProto(head, whole)
}

// protoFraming returns the framing with which the input begins with a TracesData message.
func protoFraming(head []byte, whole bool) (framing, bool) {
	f, ok := framingOf(head, whole, tracesSchema)
	if (!ok || f == varintFrame) && begins("\x0A")(head, whole) && isMessage(head, -1, tempoSchema) {
		return wrapped, true
	}
	return f, ok
}

// framingOf returns the framing with which the input begins with such a message.
func framingOf(head []byte, whole bool, of schema) (framing, bool) {
	for _, f := range []framing{fixedFrame, grpcFrame} {
		before := int(f - fixedFrame)
		if len(head) < before+5 || head[before+4] != 1<<3|wireBytes || before > 0 && head[0] != 0 {
			continue
		}
		message, length := head[before+4:], int64(binary.BigEndian.Uint32(head[before:]))
		if fits(message, length, whole) && isMessage(message, length, of) {
			return f, true
		}
	}
	if isMessage(head, -1, of) {
		return unframed, true
	}
	length, n := binary.Uvarint(head)
	if n > 0 && length > 0 && length < 1<<40 && fits(head[n:], int64(length), whole) &&
		isMessage(head[n:], int64(length), of) {
		return varintFrame, true
	}
	return 0, false
}

// isOTLPLogsProto recognizes the message of logs, whose first fields are those of traces.
func isOTLPLogsProto(head []byte, whole bool) bool {
	_, ok := framingOf(head, whole, signalSchema(logSchema))
	return ok
}

// isOTLPMetricsProto recognizes the message of metrics. A gauge has the fields of a span without
// times, so a message that can be both is one of traces if its ids are as long as ids.
func isOTLPMetricsProto(head []byte, whole bool) bool {
	_, metrics := framingOf(head, whole, signalSchema(metricSchema))
	if !metrics {
		return false
	}
	_, traces := framingOf(head, whole, signalSchema(schema{
		1: {wire: wireBytes, size: len(tracetree.TraceID{})}, 2: {wire: wireBytes, size: len(tracetree.SpanID{})},
		5: {wire: wireBytes},
	}))
	return !traces
}

func fits(head []byte, length int64, whole bool) bool { return !whole || length <= int64(len(head)) }

// schema contains the fields of a message that distinguish OTLP traces from other messages: for
// each the wire type, and for a message its own schema.
type schema map[int]schemaField

type schemaField struct {
	wire    int
	message schema
	size    int // in bytes; 0 is any
}

// nested is a field that contains a message.
func nested(message schema) schemaField { return schemaField{wire: wireBytes, message: message} }

var (
	keyValueSchema = schema{1: {wire: wireBytes}, 2: {wire: wireBytes}}
	resourceSchema = schema{1: nested(keyValueSchema), 2: {wire: wireVarint}, 3: {wire: wireBytes}}
	scopeSchema    = schema{
		1: {wire: wireBytes}, 2: {wire: wireBytes}, 3: nested(keyValueSchema),
		4: {wire: wireVarint},
	}
	spanSchema = schema{
		1: {wire: wireBytes}, 2: {wire: wireBytes}, 3: {wire: wireBytes}, 4: {wire: wireBytes}, 5: {wire: wireBytes},
		6: {wire: wireVarint}, 7: {wire: wireFixed64}, 8: {wire: wireFixed64}, 9: nested(keyValueSchema),
		10: {wire: wireVarint}, 11: {wire: wireBytes}, 12: {wire: wireVarint}, 13: {wire: wireBytes},
		14: {wire: wireVarint}, 15: {wire: wireBytes}, 16: {wire: wireFixed32},
	}
	logSchema = schema{
		1: {wire: wireFixed64}, 2: {wire: wireVarint}, 3: {wire: wireBytes}, 5: {wire: wireBytes}, 6: nested(keyValueSchema),
		7: {wire: wireVarint}, 8: {wire: wireFixed32}, 9: {wire: wireBytes}, 10: {wire: wireBytes}, 11: {wire: wireFixed64},
		12: {wire: wireBytes},
	}
	pointSchema = schema{
		2: {wire: wireFixed64}, 3: {wire: wireFixed64}, 4: {wire: wireFixed64}, 5: {wire: wireBytes}, 6: {wire: wireFixed64},
		7: nested(keyValueSchema), 8: {wire: wireVarint},
	}
	metricSchema = schema{
		1: {wire: wireBytes}, 2: {wire: wireBytes}, 3: {wire: wireBytes},
		5: nested(schema{1: nested(pointSchema)}), 7: {wire: wireBytes},
		9: {wire: wireBytes}, 10: {wire: wireBytes}, 11: {wire: wireBytes}, 12: nested(keyValueSchema),
	}
	tracesSchema = signalSchema(spanSchema)
	tempoSchema  = schema{
		1: nested(tracesSchema), 2: {wire: wireBytes}, 3: {wire: wireVarint},
		4: {wire: wireBytes},
	}
)

// signalSchema is that of a message with all records of a signal, by their resources and scopes.
func signalSchema(record schema) schema {
	scoped := schema{1: nested(scopeSchema), 2: nested(record), 3: {wire: wireBytes}}
	return schema{1: nested(schema{1: nested(resourceSchema), 2: nested(scoped), 3: {wire: wireBytes}})}
}

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
				if number > 1<<40 || f.size > 0 && number != uint64(f.size) {
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

// isZipkinProto recognizes a list of Zipkin's spans, of which each has an ID.
func isZipkinProto(head []byte, _ bool) bool {
	endpoint := nested(schema{1: {wire: wireBytes}, 2: {wire: wireBytes}, 3: {wire: wireBytes}, 4: {wire: wireVarint}})
	id := schemaField{wire: wireBytes, size: len(tracetree.SpanID{})}
	span := schema{
		1: {wire: wireBytes}, 2: id, 3: id, 4: {wire: wireVarint}, 5: {wire: wireBytes}, 6: {wire: wireFixed64},
		7: {wire: wireVarint}, 8: endpoint, 9: endpoint, 10: nested(schema{1: {wire: wireFixed64}, 2: {wire: wireBytes}}),
		11: nested(keyValueSchema), 12: {wire: wireVarint}, 13: {wire: wireVarint},
	}
	return bytes.HasPrefix(head, []byte{1<<3 | wireBytes}) && isMessage(head, -1, schema{1: nested(span)}) &&
		bytes.Contains(head, []byte{3<<3 | wireBytes, byte(id.size)})
}

// isPprof recognizes a profile of Go's pprof, which begins with the type of its samples.
func isPprof(head []byte, _ bool) bool {
	sampleType := schema{1: {wire: wireVarint}, 2: {wire: wireVarint}}
	fields := schema{1: nested(sampleType)}
	for field := 2; field <= 6; field++ { // samples, mappings, locations, functions, texts
		fields[field] = schemaField{wire: wireBytes}
	}
	for field := 7; field <= 15; field++ { // numbers, and in between the period's type and the comments
		fields[field] = schemaField{wire: wireVarint}
	}
	fields[11] = nested(sampleType)
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
