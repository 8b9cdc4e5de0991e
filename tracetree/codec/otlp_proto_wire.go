package codec

import (
	"encoding/binary"
	"fmt"
	"math"
)

// The wire types of protobuf that OTLP uses.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

var wireNames = map[int]string{
	wireVarint: "a varint", wireFixed64: "8 bytes", wireBytes: "bytes with a length", wireFixed32: "4 bytes",
}

// field is one field of a protobuf message.
type field struct {
	number int
	wire   int
	num    uint64 // of a varint or fixed field
	bytes  []byte // of a field with a length
	offset int64  // of the field in the input; of a field with a length, of its bytes
}

// fields calls yield for each field of a message that begins at an offset of the input.
func fields(message []byte, offset int64, yield func(field) error) error {
	for pos := 0; pos < len(message); {
		tag, n := binary.Uvarint(message[pos:])
		f := field{number: int(tag >> 3), wire: int(tag & 7), offset: offset + int64(pos)}
		if n <= 0 || tag>>3 == 0 || tag>>3 > math.MaxInt32 {
			return badProto(f.offset, "want the tag of a field")
		}
		pos += n
		rest := message[pos:]
		switch f.wire {
		case wireVarint:
			f.num, n = binary.Uvarint(rest)
			if n <= 0 {
				return badProto(f.offset, "the number of field %d is cut off or longer than 64 bits", f.number)
			}
		case wireBytes:
			length, size := binary.Uvarint(rest)
			if size <= 0 || length > uint64(len(rest)-size) {
				return badProto(f.offset, "field %d is longer than the message that it is in", f.number)
			}
			n = size + int(length)
			f.bytes, f.offset = rest[size:n], offset+int64(pos+size)
		case wireFixed64, wireFixed32:
			n = 8
			if f.wire == wireFixed32 {
				n = 4
			}
			if len(rest) < n {
				return badProto(f.offset, "field %d is longer than the message that it is in", f.number)
			}
			if n == 8 {
				f.num = binary.LittleEndian.Uint64(rest)
			} else {
				f.num = uint64(binary.LittleEndian.Uint32(rest))
			}
		default:
			return badProto(f.offset, "field %d has the wire type %d, which OTLP doesn't use", f.number, f.wire)
		}
		pos += n
		if err := yield(f); err != nil {
			return err
		}
	}
	return nil
}

// is returns an error when a field of a known number has another wire type than its own.
func (f field) is(wire int) error {
	if f.wire != wire {
		return badProto(f.offset, "field %d has %s, want %s", f.number, wireNames[f.wire], wireNames[wire])
	}
	return nil
}

func badProto(offset int64, format string, args ...any) error {
	return &Error{Offset: offset, Message: fmt.Sprintf(format, args...)}
}
