package codec

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"

	"tracelab/tracetree"
)

// RequestDecoder decodes requests of OTLP's trace service in protobuf. It shares texts between the
// spans of a request and with those before, as a [Reader] does within a file. It is not safe for
// concurrent use.
type RequestDecoder struct {
	state  *state
	source bytes.Reader
	buffer *bufio.Reader
}

// maxRequestDepth is how deep values may be nested in a request. The text of a value is built level
// by level, so that the time for it grows with the depth times the size.
const maxRequestDepth = 64

// NewRequestDecoder returns a decoder.
func NewRequestDecoder() *RequestDecoder {
	d := &RequestDecoder{state: newState("request")}
	d.state.strict, d.state.batch = true, math.MaxInt
	d.buffer = bufio.NewReader(&d.source)
	return d
}

// Decode returns all spans of a request, as [FromPData] does: those with IDs of zeros too. Spans of
// equal resources and scopes share one Origin. The error is for a request that can't be decoded as
// a whole. Nothing of the body is kept.
func (d *RequestDecoder) Decode(body []byte) ([]tracetree.Span, error) {
	d.source.Reset(body)
	d.buffer.Reset(&d.source)
	d.state.origins = make(origins)
	d.state.warnings = d.state.warnings[:0]
	stream := newOTLPProtoFramed(d.buffer, d.state, unframed)
	stream.decoder.request, stream.decoder.maxDepth = true, maxRequestDepth
	const usual = 400 // bytes of a span
	stream.begin(make([]tracetree.Span, 0, len(body)/usual+1))
	spans, err := stream.all()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, asError(d.state.name, err)
	}
	return spans, nil
}
