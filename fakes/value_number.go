package fakes

import (
	"cmp"
	"math/big"
	"strconv"
	"strings"
)

// Bounds of a DynamoDB number: up to 38 significant digits, and a magnitude from 1E-130 to
// 9.99…E+125.
const (
	maxDigits       = 38
	maxMagnitude    = 126
	minMagnitude    = -129
	maxNumberLength = 512 // no number within the bounds needs more to be written
)

// number is an exact decimal: the integer digits times ten to the power of exp. Digits have no
// zeros at either end, so a value has one form; those of zero are empty.
type number struct {
	negative bool
	digits   string
	exp      int
}

// magnitude is the power of ten just above the value: 1 for 1 to 9.9, 0 for 0.1 to 0.99.
func (n number) magnitude() int { return len(n.digits) + n.exp }

// parseNumber reads an optional minus sign, digits with an optional point, and an optional
// exponent. A plus sign is accepted in the exponent only.
func parseNumber(s string) (number, error) {
	if len(s) > maxNumberLength {
		return number{}, validation("A value provided cannot be converted into a number: it is %d bytes long", len(s))
	}
	notANumber := func() (number, error) {
		return number{}, validation("The parameter cannot be converted to a numeric value: %q", s)
	}
	mantissa, exponent, hasExponent := cutExponent(s)
	var n number
	if hasExponent {
		e, err := strconv.Atoi(exponent)
		if err != nil || max(e, -e) > 1e6 {
			return notANumber()
		}
		n.exp = e
	}
	if rest, ok := strings.CutPrefix(mantissa, "-"); ok {
		n.negative, mantissa = true, rest
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return notANumber()
	}
	n.exp -= len(fraction)
	return n.normal(digits)
}

func cutExponent(s string) (mantissa, exponent string, found bool) {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// normal sets the digits, trimmed, and checks the bounds.
func (n number) normal(digits string) (number, error) {
	digits = strings.TrimLeft(digits, "0")
	n.digits = strings.TrimRight(digits, "0")
	n.exp += len(digits) - len(n.digits)
	switch {
	case n.digits == "":
		return number{}, nil
	case len(n.digits) > maxDigits:
		return number{}, validation("Attempting to store more than %d significant digits in a Number", maxDigits)
	case n.magnitude() > maxMagnitude:
		return number{}, validation(
			"Number overflow. Attempting to store a number with magnitude larger than supported range",
		)
	case n.magnitude() < minMagnitude:
		return number{}, validation(
			"Number underflow. Attempting to store a number with magnitude smaller than supported range",
		)
	}
	return n, nil
}

// String writes the value without an exponent and without needless zeros, as the service returns
// it.
func (n number) String() string {
	var b strings.Builder
	if n.negative {
		b.WriteByte('-')
	}
	switch point := n.magnitude(); {
	case n.digits == "":
		b.WriteByte('0')
	case n.exp >= 0:
		b.WriteString(n.digits)
		b.WriteString(strings.Repeat("0", n.exp))
	case point > 0:
		b.WriteString(n.digits[:point] + "." + n.digits[point:])
	default:
		b.WriteString("0." + strings.Repeat("0", -point) + n.digits)
	}
	return b.String()
}

func (n number) compare(m number) int {
	switch {
	case n.sign() != m.sign():
		return cmp.Compare(n.sign(), m.sign())
	case n.negative:
		return m.compareMagnitude(n)
	default:
		return n.compareMagnitude(m)
	}
}

func (n number) compareMagnitude(m number) int {
	return cmp.Or(cmp.Compare(n.magnitude(), m.magnitude()), strings.Compare(n.digits, m.digits))
}

func (n number) sign() int {
	switch {
	case n.digits == "":
		return 0
	case n.negative:
		return -1
	default:
		return 1
	}
}

// add is n+m, exactly; a sum that does not fit a number's bounds is an error.
func (n number) add(m number) (number, error) {
	exp := min(n.exp, m.exp)
	sum := new(big.Int).Add(n.scaled(exp), m.scaled(exp))
	return number{negative: sum.Sign() < 0, exp: exp}.normal(sum.Abs(sum).String())
}

func (n number) negate() number {
	n.negative = !n.negative && n.digits != ""
	return n
}

// scaled is the value in units of ten to the power of exp, which must not be above n.exp. Zero has
// any scale.
func (n number) scaled(exp int) *big.Int {
	v := new(big.Int)
	if n.digits == "" {
		return v
	}
	v.SetString(n.digits+strings.Repeat("0", n.exp-exp), 10)
	if n.negative {
		v.Neg(v)
	}
	return v
}

// canonicalNumber is the form in which a number is stored and returned.
func canonicalNumber(s string) (string, error) {
	if plainInteger(s) {
		return s, nil
	}
	n, err := parseNumber(s)
	if err != nil {
		return "", err
	}
	return n.String(), nil
}

// plainInteger reports whether s is an integer in its canonical form: the common case, which needs
// no parsing.
func plainInteger(s string) bool {
	if s == "" || len(s) > maxDigits || (s[0] == '0' && len(s) > 1) {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
