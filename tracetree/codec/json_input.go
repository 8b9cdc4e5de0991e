package codec

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/jsonpull"
	"tracelab/tracetree/codec/internal/value"
)

// input is a JSON stream with what its decoders share.
type input struct {
	*jsonpull.Reader
	*state
}

// object reads an object, or null for an empty one. It calls member with each key whose value isn't
// null, which member has to read. A bad value costs its member; see [input.costs].
func (in input) object(member func(key []byte) error) error { return in.members(member, nil) }

// record is like object, for objects that are useless without all of their members: a bad value
// costs the whole object. It reads on to the end of the object, and then returns the first error.
func (in input) record(member func(key []byte) error) error {
	var lost error
	if err := in.members(member, &lost); err != nil {
		return err
	}
	return lost
}

func (in input) members(member func(key []byte) error, lost *error) error {
	if null, err := in.Null(); null || err != nil {
		return err
	}
	if err := in.EnterObject(); err != nil {
		return err
	}
	for {
		key, ok, err := in.NextKey()
		if err != nil || !ok {
			return err
		}
		null, err := in.Null()
		at := in.Offset()
		if err == nil && !null {
			err = member(key)
		}
		if err != nil {
			if err = in.costs(err, at, lost); err != nil {
				return err
			}
		}
	}
}

// array reads an array, or null for an empty one. It calls element for each element, which element
// has to read. A bad element is left out, with a warning.
func (in input) array(element func() error) error {
	if null, err := in.Null(); null || err != nil {
		return err
	}
	if err := in.EnterArray(); err != nil {
		return err
	}
	for {
		ok, err := in.NextElement()
		if err != nil || !ok {
			return err
		}
		at := in.Offset()
		if err = element(); err != nil {
			if err = in.costs(err, at, nil); err != nil {
				return err
			}
		}
	}
}

// errLost is returned for a value whose loss has been dealt with.
var errLost = errors.New("lost")

// costs decides what an error about a value that begins at an offset costs. It moves to the end of
// the value and returns nil: the caller leaves the value out and reads on. The first error goes to
// lost; without that, it is a warning. If the input is not well-formed, or the reader is strict, it
// returns the error.
//
// A function that reads a value and returns an error has either read nothing of it, or all of it.
func (in input) costs(err error, at int64, lost *error) error {
	if err != errLost && (in.strict || !jsonpull.IsValue(err)) {
		return err
	}
	switch {
	case err == errLost:
	case lost == nil:
		in.warnOf(BadField, err, "the field is left out")
	case *lost == nil:
		*lost = err
	}
	if in.Offset() == at {
		return in.Skip()
	}
	return nil
}

// otherForm reports whether an error is that the value at an offset is of another kind than the
// format has, so that it can be read in the form that it has, unless the reader is strict.
func (in input) otherForm(err error, at int64) bool {
	return !in.strict && jsonpull.IsValue(err) && in.Offset() == at
}

// essential notes an error about a value that a span can't do without.
func (in input) essential(id *ids, err error) error {
	if err == nil || in.strict || !jsonpull.IsValue(err) {
		return err
	}
	if id.lost == nil {
		id.lost = err
	}
	return errLost
}

// text reads a string.
func (in input) text(into *string) error {
	text, err := in.String()
	*into = in.texts.of(text)
	return err
}

// digits reads a number, a string of one, or {"low":…,"high":…}, which is how JavaScript programs
// write an object of 64 bits by mistake.
func (in input) digits() ([]byte, error) {
	kind, err := in.Peek()
	switch {
	case err != nil:
		return nil, err
	case kind == jsonpull.String:
		return in.String()
	case kind == jsonpull.Object:
		return in.halves()
	}
	return in.Number()
}

// halves reads the two halves of a 64-bit number, each of 32 bits, signed or not.
func (in input) halves() ([]byte, error) {
	start := in.Here()
	var low, high int64
	found := 0
	err := in.record(func(key []byte) error {
		switch string(key) {
		case "low":
			found++
			return in.half(&low)
		case "high":
			found++
			return in.half(&high)
		}
		return in.Skip()
	})
	if err == nil && found != 2 {
		e := in.Errorf("found an object, want a number or an object of low and high")
		e.Line, e.Column, e.Offset, e.Path = start.Line, start.Column, start.Offset, start.Path
		err = e
	}
	return strconv.AppendInt(nil, high<<32|low&math.MaxUint32, 10), err
}

func (in input) half(into *int64) error {
	text, err := in.Number()
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || n < math.MinInt32 || n > math.MaxUint32 {
		return in.ValueErrorf("found %.40s, want a whole number of 32 bits", text)
	}
	*into = n
	return nil
}

// integer reads a 64-bit integer, or a string of one, as protobuf's JSON form has them.
func (in input) integer(into *int64) error {
	text, err := in.digits()
	if err != nil {
		return err
	}
	n, ok := parseInteger(text)
	if !ok {
		return in.ValueErrorf("found %.40q, want a whole number of 64 bits", text)
	}
	*into = n
	return nil
}

// parseInteger also accepts 5.0 and 5e0, which are whole numbers: JavaScript writes large numbers
// in that form.
func parseInteger(text []byte) (int64, bool) {
	if len(text) > 0 && len(text) < 19 {
		var n int64
		for i, c := range text {
			if c < '0' || c > '9' {
				break
			}
			n = n*10 + int64(c-'0')
			if i == len(text)-1 {
				return n, true
			}
		}
	}
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || f != math.Trunc(f) || f < math.MinInt64 || f >= math.MaxInt64 {
		return 0, false
	}
	return int64(f), true
}

// parseDecimal multiplies a number with a fraction, such as 1700000000000.5, by a unit of at most
// a second in nanoseconds. A float of 64 bits is up to 128 ns away from today's time.
func parseDecimal(text []byte, unit int64) (int64, bool) {
	whole, fraction, ok := strings.Cut(string(text), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if !ok || err != nil || len(fraction) == 0 || n < 0 || n >= math.MaxInt64/unit {
		return 0, false
	}
	const digits = "000000000"
	part, err := strconv.ParseUint((fraction + digits)[:len(digits)], 10, 32)
	for _, c := range fraction {
		if c < '0' || c > '9' { // an exponent
			return 0, false
		}
	}
	return n*unit + int64(part)*unit/1_000_000_000, err == nil
}

// count reads a 32-bit count.
func (in input) count(into *uint32) error {
	var n int64
	if err := in.integer(&n); err != nil {
		return err
	}
	if n < 0 || n > math.MaxUint32 {
		return in.ValueErrorf("found %d, want a number from 0 to %d", n, uint32(math.MaxUint32))
	}
	*into = uint32(n)
	return nil
}

// float reads a floating-point number, or a string of one: NaN and the infinities have no other
// form in JSON.
func (in input) float(into *float64) error {
	text, err := in.digits()
	if err != nil {
		return err
	}
	if *into, err = strconv.ParseFloat(string(text), 64); err != nil {
		return in.ValueErrorf("found %.40q, want a number that fits a 64-bit float", text)
	}
	return nil
}

// time reads a time since 1970 in units of a number of nanoseconds. A text in the form of RFC 3339
// is no such number, and still there is no doubt which time it is.
func (in input) time(into *int64, unit int64) error {
	text, err := in.digits()
	if err != nil {
		return err
	}
	if t, ok := parseClock(text); ok && !in.strict {
		in.warn(TimeAsText, in.Here)
		in.setClock(into, t)
		return nil
	}
	return in.since(into, text, unit)
}

// duration reads a duration in units of a number of nanoseconds.
func (in input) duration(into *int64, unit int64) error {
	text, err := in.digits()
	if err != nil {
		return err
	}
	return in.since(into, text, unit)
}

// since converts digits to a number of nanoseconds.
func (in input) since(into *int64, text []byte, unit int64) error {
	if bytes.IndexByte(text, '.') >= 0 {
		if exact, ok := parseDecimal(text, unit); ok {
			*into = exact
			return nil
		}
	}
	n, ok := parseInteger(text)
	switch {
	case ok && n <= math.MaxInt64/unit && n >= math.MinInt64/unit:
		*into = n * unit
		return nil
	case !ok:
		f, err := strconv.ParseFloat(string(text), 64)
		switch {
		case err == nil && math.Abs(f) < math.MaxInt64/float64(unit): // a fraction, of microseconds say
			*into = int64(f * float64(unit))
			return nil
		case err != nil && !math.IsInf(f, 0):
			return in.ValueErrorf("found %.40q, want a time as a number", text)
		}
	}
	*into = 0
	in.warn(TimeOutOfRange, in.Here)
	return nil
}

// parseClock parses a time in the form of RFC 3339, whose letters may be small, and whose T may be
// a blank.
func parseClock(text []byte) (time.Time, bool) {
	if len(text) < len("2006-01-02T15:04:05Z") || text[4] != '-' {
		return time.Time{}, false
	}
	usual := []byte(strings.ToUpper(string(text)))
	if usual[10] == ' ' {
		usual[10] = 'T'
	}
	t, err := time.Parse(time.RFC3339Nano, string(usual))
	return t, err == nil
}

// clock reads a time as text, 0 for the zero time.
func (in input) clock(into *int64) error {
	text, err := in.String()
	if err != nil {
		return err
	}
	t, ok := parseClock(text)
	if !ok {
		return in.ValueErrorf("found %.40q, want a time such as 2006-01-02T15:04:05.999999999Z", text)
	}
	in.setClock(into, t)
	return nil
}

func (in input) setClock(into *int64, t time.Time) {
	*into = 0
	switch {
	case t.IsZero():
	case !time.Unix(0, t.UnixNano()).Equal(t):
		in.warn(TimeOutOfRange, in.Here)
	default:
		*into = t.UnixNano()
	}
}

// after returns a time plus a number of nanoseconds, 0 if that is out of range.
func (in input) after(start, duration int64) int64 {
	end := start + duration
	if (end > start) != (duration > 0) && duration != 0 {
		in.warn(TimeOutOfRange, in.Here)
		return 0
	}
	return end
}

// any reads any value; what has parts becomes JSON.
func (in input) any(into *tracetree.Value) error {
	kind, err := in.Peek()
	if err != nil {
		return err
	}
	switch kind {
	case jsonpull.String:
		var text string
		err = in.text(&text)
		*into = tracetree.String(text)
	case jsonpull.Bool:
		var b bool
		b, err = in.Bool()
		*into = tracetree.Bool(b)
	case jsonpull.Number:
		var text []byte
		if text, err = in.Number(); err == nil {
			*into, err = in.number(text)
		}
	case jsonpull.Array:
		var elements []tracetree.Value
		err = in.array(func() error {
			var v tracetree.Value
			err := in.any(&v)
			elements = append(elements, v)
			return err
		})
		*into = value.Array(elements)
	case jsonpull.Object:
		var members []tracetree.Attr
		err = in.object(func(key []byte) error {
			m := tracetree.Attr{Key: in.texts.of(key)}
			err := in.any(&m.Value)
			members = append(members, m)
			return err
		})
		*into = value.Object(members)
	default:
		_, err = in.Null()
		*into = tracetree.Value{}
	}
	return err
}

// number makes an integer of what is written as one and has 64 bits, and a float of all others.
func (in input) number(text []byte) (tracetree.Value, error) {
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return tracetree.Int(n), nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return tracetree.Value{}, in.ValueErrorf("found %.40s, want a number that fits a 64-bit float", text)
	}
	return tracetree.Float(f), nil
}

// list returns a copy of attributes that takes no more space than it needs.
func list[T any](scratch []T) []T {
	if len(scratch) == 0 {
		return nil
	}
	return append(make([]T, 0, len(scratch)), scratch...)
}

// rareOrNil returns the rare fields of a span, or nil if all of them are zero. Only fields that are
// kept get to the heap: most spans have none.
func rareOrNil(r tracetree.Rare) *tracetree.Rare {
	if r == (tracetree.Rare{}) {
		return nil
	}
	kept := r
	return &kept
}
