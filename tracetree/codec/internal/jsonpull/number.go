package jsonpull

// Number reads a number and returns it as it is written, valid until the next call.
func (r *Reader) Number() ([]byte, error) {
	if err := r.expect(Number); err != nil {
		return nil, err
	}
	r.value = r.base + int64(r.pos)
	i := 0
	if c, _ := r.at(i); c == '-' {
		i++
	}
	if c, _ := r.at(i); c == '0' {
		i++
	} else {
		var err error
		if i, err = r.digits(i); err != nil {
			return nil, err
		}
	}
	var err error
	if c, _ := r.at(i); c == '.' {
		if i, err = r.digits(i + 1); err != nil {
			return nil, err
		}
	}
	if c, _ := r.at(i); c|0x20 == 'e' {
		i++
		if c, _ = r.at(i); c == '+' || c == '-' {
			i++
		}
		if i, err = r.digits(i); err != nil {
			return nil, err
		}
	}
	text := r.buf[r.pos : r.pos+i]
	r.pos += i
	return text, nil
}

// digits returns the place after the digits that begin i places ahead, of which there must be one
// at least.
func (r *Reader) digits(i int) (int, error) {
	for first := i; ; i++ {
		c, ok := r.at(i)
		switch {
		case '0' <= c && c <= '9':
		case i > first:
			return i, nil
		case !ok:
			return 0, r.truncated("a digit")
		default:
			return 0, r.errorAt(i, "want a digit in a number")
		}
	}
}
