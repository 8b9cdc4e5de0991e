package redact

import "strconv"

// A Rule is what the key of an attribute, header or field means for its values. Get one from
// [RuleOf]; the zero Rule is that of text without a key.
type Rule struct {
	Key    string // the key itself, with its secrets masked
	Secret bool   // every value is sensitive: see [Key]
	ID     bool   // values identify something or are numbers of telephones, so a number isn't a card's

	weak     bool // not every value of the secret key is one
	userinfo bool // values are user:password
}

// RuleOf returns the rule of a key.
func RuleOf(key string) Rule {
	level := keySensitivity(key)
	return Rule{Key: Text(key), Secret: level != harmless, ID: isID(key) || isPhone(key), weak: level == weak}
}

// Find returns what String masks in a value: all of it, as kind [Named], when the key is secret and
// the value isn't a placeholder (see [Placeholder]), else what the function Find returns for it.
func (r Rule) Find(value string) []Finding {
	switch {
	case r.Secret && !placeholder(value) && (!r.weak || weakSecret(r.Key, value)) && !verdict(value):
		return []Finding{{Named, 0, len(value)}}
	case r.ID && allDigits(value), messageID(r.Key, value):
		return nil
	case r.userinfo:
		if f := userAndPassword(value, 0, len(value)); f.End > 0 {
			return []Finding{f}
		}
	}
	return Find(value)
}

// String returns the value with its secrets masked, and whether there were any.
func (r Rule) String(value string) (string, bool) {
	found := r.Find(value)
	if found == nil {
		return value, false
	}
	return masked(value, found), true
}

// Int reports whether a number is masked: its key is secret, or it is a card's number.
func (r Rule) Int(n int64) bool {
	if r.Secret {
		return !r.weak || weakSecret(r.Key, strconv.FormatInt(n, 10))
	}
	return n >= shortestCard && !r.ID && cardNumber(n)
}

// Float is Int for floating-point numbers. JavaScript has no others, so a card's number may be one.
func (r Rule) Float(f float64) bool {
	return r.Secret && !r.weak || f >= 0 && f < longestFloat && f == float64(int64(f)) && r.Int(int64(f))
}

// Number returns the kind of a number that Int or Float reports.
func (r Rule) Number() string {
	if r.Secret {
		return Named
	}
	return kindCard
}

const (
	shortestCard = 1e12    // the least number of 13 digits
	longestFloat = 1 << 53 // floats are whole numbers one by one up to here
)

// cardNumber reports whether a number is a card's. The text is made on the stack, and only for one
// number in ten: the others end at their check digit.
func cardNumber(n int64) bool {
	sum := int64(0)
	for rest, double := n, false; rest > 0; rest, double = rest/10, !double {
		d := rest % 10
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	if sum%10 != 0 {
		return false
	}
	var digits [maxCard + 1]byte
	return validCard(strconv.AppendInt(digits[:0], n, 10))
}
