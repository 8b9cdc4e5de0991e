package tracetree

import (
	"encoding/hex"
	"fmt"
)

// TraceID is a W3C trace id: 16 bytes, all zero when there is none.
type TraceID [16]byte

// SpanID is a W3C span id: 8 bytes, all zero when there is none.
type SpanID [8]byte

// String returns the id as 32 lower-case hexadecimal digits.
func (id TraceID) String() string { return hex.EncodeToString(id[:]) }

// String returns the id as 16 lower-case hexadecimal digits.
func (id SpanID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether the id is the invalid id of zeros.
func (id TraceID) IsZero() bool { return id == TraceID{} }

// IsZero reports whether the id is the invalid id of zeros.
func (id SpanID) IsZero() bool { return id == SpanID{} }

// ParseTraceID reads exactly 32 hexadecimal digits of either case. The id of zeros is read like any other.
func ParseTraceID(text string) (TraceID, error) {
	var id TraceID
	err := parseID(id[:], text)
	if err != nil {
		return TraceID{}, fmt.Errorf("parse trace id: %w", err)
	}
	return id, nil
}

// ParseSpanID reads exactly 16 hexadecimal digits of either case. The id of zeros is read like any other.
func ParseSpanID(text string) (SpanID, error) {
	var id SpanID
	err := parseID(id[:], text)
	if err != nil {
		return SpanID{}, fmt.Errorf("parse span id: %w", err)
	}
	return id, nil
}

func parseID(into []byte, text string) error {
	if len(text) != 2*len(into) {
		return fmt.Errorf("%.80q has %d characters, want %d hexadecimal digits", text, len(text), 2*len(into))
	}
	if _, err := hex.Decode(into, []byte(text)); err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	return nil
}
