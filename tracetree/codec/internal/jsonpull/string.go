package jsonpull

import (
	"unicode/utf16"
	"unicode/utf8"
)

// String reads a string and returns its text, which is valid until the next call.
func (r *Reader) String() ([]byte, error) {
	if err := r.expect(String); err != nil {
		return nil, err
	}
	r.value = r.base + int64(r.pos)
	var all byte // all bytes of the string or-ed together: less than 0x80 if it is ASCII
	for i := 1; ; {
		for _, c := range r.buf[r.pos+min(i, len(r.buf)-r.pos):] {
			switch {
			case c == '"':
				text := r.buf[r.pos+1 : r.pos+i]
				r.pos += i + 1
				if all >= utf8.RuneSelf && !utf8.Valid(text) {
					text = repaired(text)
				}
				return text, nil
			case c == '\\':
				return r.escaped(i)
			case c < ' ':
				return nil, r.control(i)
			}
			all |= c
			i++
		}
		if _, ok := r.at(i); !ok {
			return nil, r.truncated("the end of a string")
		}
	}
}

// repaired replaces every byte that is not part of UTF-8 by U+FFFD, as encoding/json does.
func repaired(text []byte) []byte { return []byte(string([]rune(string(text)))) }

func (r *Reader) control(i int) error {
	return r.errorAt(i, "a control character (%#02x) in a string, which has to be escaped", r.buf[r.pos+i])
}

// escaped reads a string whose first backslash is i places ahead.
func (r *Reader) escaped(i int) ([]byte, error) {
	r.text = append(r.text[:0], r.buf[r.pos+1:r.pos+i]...)
	for {
		c, ok := r.at(i)
		switch {
		case !ok:
			return nil, r.truncated("the end of a string")
		case c == '"':
			r.pos += i + 1
			if !utf8.Valid(r.text) {
				r.text = repaired(r.text)
			}
			return r.text, nil
		case c < ' ':
			return nil, r.control(i)
		case c != '\\':
			r.text = append(r.text, c)
			i++
		default:
			n, err := r.escape(i)
			if err != nil {
				return nil, err
			}
			i += n
		}
	}
}

// escape reads the escape sequence i places ahead into text and returns its length.
func (r *Reader) escape(i int) (int, error) {
	c, ok := r.at(i + 1)
	if !ok {
		return 0, r.truncated("the end of a string")
	}
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		return r.unicode(i)
	default:
		return 0, r.errorAt(i, "an unknown escape sequence \\%c in a string", c)
	}
	r.text = append(r.text, c)
	return 2, nil
}

func (r *Reader) unicode(i int) (int, error) {
	first, err := r.hex(i + 2)
	if err != nil {
		return 0, err
	}
	if !utf16.IsSurrogate(first) {
		r.text = utf8.AppendRune(r.text, first)
		return 6, nil
	}
	if c, _ := r.at(i + 6); c == '\\' {
		if c, _ := r.at(i + 7); c == 'u' {
			second, err := r.hex(i + 8)
			if err != nil {
				return 0, err
			}
			if whole := utf16.DecodeRune(first, second); whole != utf8.RuneError {
				r.text = utf8.AppendRune(r.text, whole)
				return 12, nil
			}
		}
	}
	r.text = utf8.AppendRune(r.text, utf8.RuneError)
	return 6, nil
}

func (r *Reader) hex(i int) (rune, error) {
	var n rune
	for end := i + 4; i < end; i++ {
		c, ok := r.at(i)
		switch {
		case !ok:
			return 0, r.truncated("the end of a string")
		case '0' <= c && c <= '9':
			n = n<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			n = n<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, r.errorAt(i, "want four hexadecimal digits after \\u")
		}
	}
	return n, nil
}
