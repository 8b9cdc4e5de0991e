// Package jsonpull reads JSON of any size piece by piece: the caller requests the next key, element
// or value, and the reader holds no more than that. It reads a sequence of values with any white
// space between them, so that it makes no difference between one document, JSON lines, and a
// sequence of pretty-printed documents. Every error has its line, column, offset and path.
//
// The grammar is that of RFC 8259. Like encoding/json, it replaces invalid UTF-8 and lone
// surrogates in strings by U+FFFD.
package jsonpull

import "io"

const (
	// MaxDepth is how deep arrays and objects may be nested.
	MaxDepth = 1000
	// MaxToken is the longest string, key or number, in bytes of input.
	MaxToken = 64 << 20

	firstBuffer = 64 << 10
)

// Reader reads JSON values from a stream. Create one with [New]. It is not safe for concurrent use.
type Reader struct {
	src       io.Reader
	buf       []byte // what has been read; buf[pos:] is still to be parsed
	pos       int
	base      int64 // offset of buf[0]
	line      int
	lineStart int64 // offset of the first byte of the line
	end       error // why there is no more input
	stack     []frame
	text      []byte // the last string that had escapes
	value     int64  // offset of the last string or number
	beginning []byte // of the current document, up to its first key, if it begins a line
}

// frame is an array or an object that has been entered.
type frame struct {
	array bool
	count int    // elements or members begun so far
	key   []byte // of the current member
}

// New returns a reader of src. A byte order mark in front of a value at the top is skipped.
func New(src io.Reader) *Reader {
	return &Reader{src: src, line: 1, buf: make([]byte, 0, firstBuffer)}
}

// Kind is the kind of a value.
type Kind uint8

// The kinds of JSON values.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

var kindNames = [...]string{"null", "true or false", "a number", "a string", "an array", "an object"}

// firstBytes contains the byte that values of a kind begin with, for kinds with one such byte.
var firstBytes = [...]byte{Null: 'n', String: '"', Array: '[', Object: '{'}

// String returns words for messages, as in "an array".
func (k Kind) String() string { return kindNames[k] }

// Peek returns the kind of the next value without reading it. At the top level, it returns io.EOF
// at the end of the input.
func (r *Reader) Peek() (Kind, error) {
	c, err := r.skipSpace()
	if err != nil {
		if err == io.EOF && len(r.stack) > 0 {
			return 0, r.truncated("a value")
		}
		return 0, err
	}
	switch {
	case c == '{':
		return Object, nil
	case c == '[':
		return Array, nil
	case c == '"':
		return String, nil
	case c == 't' || c == 'f':
		return Bool, nil
	case c == 'n':
		return Null, nil
	case c == '-' || '0' <= c && c <= '9':
		return Number, nil
	}
	return 0, r.unexpected("a value")
}

// Null reads null if that is the next value, and reports whether it was.
func (r *Reader) Null() (bool, error) {
	if r.pos < len(r.buf) && r.buf[r.pos] != 'n' && r.buf[r.pos] > ' ' { // mostly
		return false, nil
	}
	if kind, err := r.Peek(); err != nil || kind != Null {
		return false, err
	}
	return true, r.word("null")
}

// Bool reads true or false.
func (r *Reader) Bool() (bool, error) {
	if err := r.expect(Bool); err != nil {
		return false, err
	}
	if r.buf[r.pos] == 't' {
		return true, r.word("true")
	}
	return false, r.word("false")
}

func (r *Reader) word(word string) error {
	for i := range len(word) {
		c, ok := r.at(i)
		if !ok {
			return r.truncated(word)
		}
		if c != word[i] {
			return r.syntaxErrorf("want %s", word)
		}
	}
	r.pos += len(word)
	return nil
}

func (r *Reader) expect(want Kind) error {
	if r.pos < len(r.buf) && r.buf[r.pos] == firstBytes[want] && firstBytes[want] != 0 { // mostly
		return nil
	}
	kind, err := r.Peek()
	if err == nil && kind != want {
		err = r.Errorf("found %v, want %v", kind, want)
	}
	if err == io.EOF {
		err = r.truncated(want.String())
	}
	return err
}

// skipSpace moves to the next byte that isn't white space and returns it. Usually it doesn't move.
func (r *Reader) skipSpace() (byte, error) {
	if r.pos < len(r.buf) {
		if c := r.buf[r.pos]; c > ' ' && c < 0x80 {
			return c, nil
		}
	}
	return r.skipMoreSpace()
}

func (r *Reader) skipMoreSpace() (byte, error) {
	for {
		for ; r.pos < len(r.buf); r.pos++ {
			switch c := r.buf[r.pos]; c {
			case ' ', '\t', '\r':
			case '\n':
				r.line++
				r.lineStart = r.base + int64(r.pos) + 1
			case 0xEF:
				if len(r.stack) > 0 || !r.byteOrderMark() {
					return c, nil
				}
				r.pos += 2
			default:
				return c, nil
			}
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
}

func (r *Reader) byteOrderMark() bool {
	second, _ := r.at(1)
	third, _ := r.at(2)
	return second == 0xBB && third == 0xBF
}

// at returns the byte i places ahead, and whether there is one.
func (r *Reader) at(i int) (byte, bool) {
	for r.pos+i >= len(r.buf) {
		if r.fill() != nil {
			return 0, false
		}
	}
	return r.buf[r.pos+i], true
}

// fill reads more input after the bytes that are still to be parsed.
func (r *Reader) fill() error {
	if r.end != nil {
		return r.end
	}
	if r.pos > 0 {
		r.base += int64(r.pos)
		r.buf = r.buf[:copy(r.buf, r.buf[r.pos:])]
		r.pos = 0
	}
	if len(r.buf) == cap(r.buf) {
		if len(r.buf) >= MaxToken {
			r.end = r.syntaxErrorf("a string or number is longer than %d MiB", MaxToken>>20)
			return r.end
		}
		r.buf = append(make([]byte, 0, 2*cap(r.buf)), r.buf...)
	}
	for range 100 {
		n, err := r.src.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+n]
		if err != nil && err != io.EOF {
			err = r.atEnd("read: "+err.Error(), err)
		}
		r.end = err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	r.end = r.atEnd("read: "+io.ErrNoProgress.Error(), io.ErrNoProgress)
	return r.end
}
