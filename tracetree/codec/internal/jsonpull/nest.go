package jsonpull

import "io"

// EnterObject reads the beginning of an object, whose members [Reader.NextKey] returns.
func (r *Reader) EnterObject() error { return r.enter(Object) }

// EnterArray reads the beginning of an array, whose elements [Reader.NextElement] announces.
func (r *Reader) EnterArray() error { return r.enter(Array) }

func (r *Reader) enter(kind Kind) error {
	if err := r.expect(kind); err != nil {
		return err
	}
	switch atLine := r.Offset() == r.lineStart; {
	case len(r.stack) == 0:
		r.rememberBeginning(atLine)
	case atLine && r.beginsLikeDocument():
		return r.located("the document is cut off: the next one begins here", io.ErrUnexpectedEOF, 0)
	}
	if len(r.stack) == MaxDepth {
		return r.syntaxErrorf("nested deeper than %d levels", MaxDepth)
	}
	r.pos++
	if n := len(r.stack); n < cap(r.stack) {
		r.stack = r.stack[:n+1] // the frame that was there lends the space of its key
	} else {
		r.stack = append(r.stack, frame{})
	}
	f := &r.stack[len(r.stack)-1]
	f.array, f.count, f.key = kind == Array, 0, f.key[:0]
	return nil
}

// NextKey returns the key of the object's next member, whose value has to be read next, or false at
// the object's end, which it leaves. The key is valid until the next call of NextKey for the same
// object.
func (r *Reader) NextKey() (key []byte, ok bool, err error) {
	more, err := r.next('}')
	if err != nil || !more {
		return nil, false, err
	}
	text, err := r.String()
	if err != nil {
		if IsValue(err) { // of the wrong kind, which a value may be and a key may not
			err = r.syntaxErrorf("%s", err.(*Error).Message)
		}
		return nil, false, err
	}
	f := &r.stack[len(r.stack)-1]
	f.key = append(f.key[:0], text...)
	switch c, err := r.skipSpace(); {
	case err == io.EOF:
		return nil, false, r.truncated("a colon")
	case err != nil:
		return nil, false, err
	case c != ':':
		return nil, false, r.unexpected("a colon")
	}
	r.pos++
	return f.key, true, nil
}

// NextElement reports whether the array has another element, which has to be read next. At the
// array's end it leaves it.
func (r *Reader) NextElement() (bool, error) { return r.next(']') }

func (r *Reader) next(closing byte) (bool, error) {
	f := &r.stack[len(r.stack)-1]
	c, err := r.skipSpace()
	switch {
	case err == io.EOF:
		return false, r.truncated("a comma or " + string(closing))
	case err != nil:
		return false, err
	case c == closing:
		r.pos++
		r.stack = r.stack[:len(r.stack)-1]
		return false, nil
	case f.count == 0:
	case c != ',':
		return false, r.unexpected("a comma or " + string(closing))
	default:
		r.pos++
		if c, err = r.skipSpace(); err == nil && c == closing {
			return false, r.syntaxErrorf("a comma before the closing %c", closing)
		}
	}
	f.count++
	return true, nil
}

// Skip reads and discards the next value of any kind.
func (r *Reader) Skip() error {
	outer := len(r.stack)
	if err := r.begin(); err != nil {
		return err
	}
	return r.Leave(outer)
}

// Leave reads and discards the rest of the objects and arrays that are nested deeper than depth.
// The value of the last key or element has to be read.
func (r *Reader) Leave(depth int) error {
	for len(r.stack) > depth {
		var more bool
		var err error
		if r.stack[len(r.stack)-1].array {
			more, err = r.NextElement()
		} else {
			_, more, err = r.NextKey()
		}
		if err == nil && more {
			err = r.begin()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// begin reads a value without parts, or the beginning of one with parts.
func (r *Reader) begin() error {
	kind, err := r.Peek()
	if err != nil {
		return err
	}
	switch kind {
	case Object, Array:
		return r.enter(kind)
	case String:
		_, err = r.String()
	case Number:
		_, err = r.Number()
	case Bool:
		_, err = r.Bool()
	default:
		_, err = r.Null()
	}
	return err
}

// Depth returns how many arrays and objects have been entered and not left.
func (r *Reader) Depth() int { return len(r.stack) }
