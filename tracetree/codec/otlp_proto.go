package codec

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"tracelab/tracetree"
)

// maxMessage is the longest span, resource or scope that is read, in bytes.
const maxMessage = 64 << 20

// framing is what is between the messages of a protobuf stream.
type framing uint8

const (
	unframed    framing = iota // one message to the end; two in a row are one as well, as protobuf has it
	varintFrame                // each message has its length in front as a varint, as protodelim writes it
	wrapped                    // in field 1 of another message, as in an answer of Tempo's API v2
	fixedFrame                 // as four bytes, big-endian, as the Collector's file exporter writes it
	grpcFrame                  // the same after a byte, which is 0, in a recorded stream of gRPC
)

// otlpProto decodes TracesData in protobuf. It reads one span, resource or scope at a time; ends
// has the places where the messages around it end, which are those of a frame, a ResourceSpans and
// a ScopeSpans.
type otlpProto struct {
	src      *bufio.Reader
	offset   int64
	framing  framing
	ends     []int64
	buf      []byte
	decoder  protoSpans
	resource int  // how many there were, for paths
	found    bool // spans
	assembly
}

func newOTLPProto(src *bufio.Reader, s *state) stream {
	head, err := src.Peek(peekSize)
	f, _ := protoFraming(head, err != nil)
	return newOTLPProtoFramed(src, s, f)
}

func newOTLPProtoFramed(src *bufio.Reader, s *state, f framing) *otlpProto {
	d := &otlpProto{src: src, framing: f, resource: -1, assembly: assembly{state: s}}
	place := func() Error { return Error{Offset: d.offset, Path: d.path()} }
	d.decoder = protoSpans{state: s, maxDepth: maxValueDepth, place: place}
	return d
}

func (d *otlpProto) path() string {
	if d.resource < 0 || len(d.ends) < 2 {
		return ""
	}
	return fmt.Sprintf("$.resourceSpans[%d]", d.resource)
}

func (d *otlpProto) next() ([]tracetree.Span, error) {
	d.begin(nil)
	return d.all()
}

// all reads on until the batch is large enough or an error, which may be io.EOF.
func (d *otlpProto) all() ([]tracetree.Span, error) {
	for !d.ready() {
		err := d.step()
		if err == nil {
			continue
		}
		var e *Error
		if errors.As(err, &e) {
			e.Path = d.path()
		}
		spans := d.complete()
		d.found = d.found || len(spans) > 0
		if e != nil && d.found && !d.strict && (e.Err == nil || errors.Is(e.Err, io.ErrUnexpectedEOF)) {
			d.warnOf(CutDocument, err, "the rest is skipped")
			err = io.EOF
		}
		return spans, err
	}
	d.found = true
	return d.batch, nil
}

// step reads a field, or leaves a message that is at its end.
func (d *otlpProto) step() error {
	if n := len(d.ends); n > 0 && d.offset == d.ends[n-1] {
		switch n {
		case 2:
			d.endResource()
		case 3:
			d.endScope()
		}
		d.ends = d.ends[:n-1]
		return nil
	}
	if len(d.ends) == 0 {
		return d.beginFrame()
	}
	if len(d.ends) == 1 && d.framing == unframed {
		if _, err := d.src.Peek(1); err == io.EOF {
			return io.EOF
		}
	}
	start := d.offset
	tag, err := d.uvarint()
	if err != nil {
		return err
	}
	number, wire := tag>>3, int(tag&7)
	if number == 0 || number > math.MaxInt32 {
		return badProto(start, "want the tag of a field")
	}
	if number > 3 || len(d.ends) == 1 && number > 1 {
		return d.skip(wire, start)
	}
	if wire != wireBytes {
		return field{number: int(number), wire: wire, offset: start}.is(wireBytes)
	}
	length, err := d.uvarint()
	if err != nil {
		return err
	}
	if length > math.MaxInt64 || d.offset+int64(length) > d.ends[len(d.ends)-1] || d.offset+int64(length) < 0 {
		return badProto(start, "field %d has %d bytes, more than the message that it is in", number, length)
	}
	return d.enter(int(number), int64(length))
}

// enter reads a field that has parts, or begins to.
func (d *otlpProto) enter(number int, length int64) error {
	switch {
	case len(d.ends) == 1: // ResourceSpans
		d.resource++
		d.beginResource()
	case number == 3:
		return d.schema(length)
	case len(d.ends) == 2 && number == 2: // ScopeSpans
		d.beginScope()
	default:
		return d.message(number, length)
	}
	d.ends = append(d.ends, d.offset+length)
	return nil
}

// schema reads the URL of the schema of a resource or a scope.
func (d *otlpProto) schema(length int64) error {
	bytes, err := d.read(length)
	if len(d.ends) == 2 {
		d.assembly.resource.schema = d.texts.of(bytes)
	} else {
		d.scope.schema = d.texts.of(bytes)
	}
	return err
}

// message reads a resource, a scope or a span.
func (d *otlpProto) message(number int, length int64) error {
	start := d.offset
	bytes, err := d.read(length)
	if err != nil {
		return err
	}
	switch {
	case len(d.ends) == 2:
		d.haveResource = true
		return d.costs(BadField, d.decoder.resource(bytes, start, &d.assembly.resource),
			"the rest of the resource is left out")
	case number == 1:
		d.haveScope = true
		return d.costs(BadField, d.decoder.scope(bytes, start, &d.scope), "the rest of the scope is left out")
	}
	span, ok, err := d.decoder.span(bytes, start)
	if ok && err == nil {
		d.batch = append(d.batch, span)
	}
	return d.costs(BadSpan, err, "the span is left out")
}

// costs makes a warning of an error about a message that has been read as a whole, unless the
// reader is strict.
func (d *otlpProto) costs(kind WarningKind, err error, cost string) error {
	if err == nil || d.strict {
		return err
	}
	var e *Error
	if errors.As(err, &e) {
		e.Path = d.path()
	}
	d.warnOf(kind, err, cost)
	return nil
}

// beginFrame reads the length of the next message.
func (d *otlpProto) beginFrame() error {
	if _, err := d.src.Peek(1); err == io.EOF {
		return io.EOF
	}
	length := int64(math.MaxInt64) - d.offset
	switch d.framing {
	case wrapped:
		start := d.offset
		tag, err := d.uvarint()
		if err == nil && tag != 1<<3|wireBytes {
			d.ends = append(d.ends, math.MaxInt64)
			err = d.skip(int(tag&7), start)
			d.ends = d.ends[:0]
			return err
		}
		if err != nil {
			return err
		}
		fallthrough
	case varintFrame:
		n, err := d.uvarint()
		if err != nil {
			return err
		}
		if n > uint64(length) {
			return badProto(d.offset, "a message has %d bytes, which can't be", n)
		}
		length = int64(n)
	case fixedFrame, grpcFrame:
		head, err := d.read(4 + int64(d.framing-fixedFrame))
		if err != nil {
			return err
		}
		length = int64(binary.BigEndian.Uint32(head[len(head)-4:]))
	}
	d.resource = -1
	d.ends = append(d.ends, d.offset+length)
	return nil
}

func (d *otlpProto) uvarint() (uint64, error) {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		c, err := d.src.ReadByte()
		if err != nil {
			return 0, d.failed(err)
		}
		d.offset++
		n |= uint64(c&0x7F) << shift
		if c < 0x80 {
			return n, nil
		}
	}
	return 0, badProto(d.offset, "a number is longer than 64 bits")
}

// read returns the next bytes, which are valid until the next call.
func (d *otlpProto) read(length int64) ([]byte, error) {
	if length > maxMessage {
		return nil, badProto(d.offset, "a span, resource or scope has %d bytes, want at most %d", length, int64(maxMessage))
	}
	d.buf = d.buf[:0]
	for int64(len(d.buf)) < length { // in pieces: a wrong length is no reason to allocate as much
		piece := min(length-int64(len(d.buf)), max(int64(len(d.buf)), 4096))
		from := len(d.buf)
		d.buf = append(d.buf, make([]byte, piece)...)
		n, err := io.ReadFull(d.src, d.buf[from:])
		d.offset += int64(n)
		if err != nil {
			return nil, d.failed(err)
		}
	}
	return d.buf, nil
}

func (d *otlpProto) skip(wire int, start int64) error {
	var length int64
	switch wire {
	case wireVarint:
		_, err := d.uvarint()
		return err
	case wireFixed64:
		length = 8
	case wireFixed32:
		length = 4
	case wireBytes:
		n, err := d.uvarint()
		if err != nil {
			return err
		}
		length = int64(min(n, math.MaxInt64))
	default:
		return badProto(start, "a field has the wire type %d, which OTLP doesn't use", wire)
	}
	if length > d.ends[len(d.ends)-1]-d.offset {
		return badProto(start, "a field has %d bytes, more than the message that it is in", length)
	}
	n, err := io.CopyN(io.Discard, d.src, length)
	d.offset += n
	if err != nil {
		return d.failed(err)
	}
	return nil
}

func (d *otlpProto) failed(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return &Error{
			Offset: d.offset, Message: "the input ends in the middle of an OTLP protobuf message",
			Err: io.ErrUnexpectedEOF,
		}
	}
	return &Error{Offset: d.offset, Message: "read: " + err.Error(), Err: err}
}
