package codec

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// openStream recognizes the format of the input and returns a stream of its spans. What makes an
// input one of a format is in the format's row of the table in format.go.
func openStream(in *bufio.Reader, s *state) (Format, stream, error) {
	size := peekSize
	if s.isLive() { // more than what has come may not come for long
		if _, err := in.Peek(1); err == nil {
			size = in.Buffered()
		}
	}
	head, err := in.Peek(size)
	whole := err == io.EOF || !s.strict && len(head) > 0 && errors.Is(err, io.ErrUnexpectedEOF) // nothing follows head
	if err != nil && !whole {
		return "", nil, fmt.Errorf("read: %w", err)
	}
	for _, f := range formats() {
		if f.head != nil && f.head(head, whole) {
			if f.instead != "" {
				return "", nil, errors.New(f.notRead())
			}
			return f.name, f.stream(in, s), nil
		}
	}
	unlikely := checkText(head, whole)
	if unlikely != nil && (s.strict || len(head) == 0 || bytes.IndexByte(bytes.TrimLeft(head, "\x00"), 0) >= 0) {
		return "", nil, unlikely
	}
	stream, err := newJSONStream(in, s)
	switch {
	case err != nil && unlikely != nil:
		return "", nil, unlikely
	case errors.Is(err, io.EOF):
		return "", nil, errors.New("the input is nothing but white space, want traces")
	case err != nil:
		return "", nil, err
	}
	return stream.format.name, stream, nil
}

// checkText returns an error if the input can't be JSON.
func checkText(head []byte, whole bool) error {
	text := bytes.TrimPrefix(head, []byte("\uFEFF"))
	text = bytes.TrimLeft(text, " \t\r\n")
	if len(text) > 0 && text[0] == 0 { // logrotate, and file systems after a crash, leave NUL bytes before lines
		text = bytes.TrimLeft(text, "\x00")
	}
	switch {
	case len(head) == 0:
		return errors.New("the input is empty, want traces; see that the program that wrote it has flushed")
	case len(text) == 0 && whole && bytes.IndexByte(head, 0) >= 0:
		return errors.New("the input is nothing but NUL bytes, want traces; the program that wrote it was stopped too early")
	case len(text) == 0 && whole:
		return errors.New("the input is nothing but white space, want traces")
	case len(text) == 0 || text[0] == '[':
		return nil
	case text[0] == '{':
		first := bytes.TrimLeft(text[1:], " \t\r\n")
		if len(first) == 0 || first[0] == '"' || first[0] == '}' {
			return nil
		}
	}
	if f := formatOfText(head); f != nil {
		return errors.New(f.notRead())
	}
	return fmt.Errorf("unknown trace format: input starts with %q, "+
		"want JSON or OTLP protobuf, compressed with gzip or zstd or not", text[:min(len(text), 24)])
}
