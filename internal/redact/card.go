package redact

import "slices"

// issuer is a range of the first digits of card numbers, and the lengths that
// its numbers have (ISO/IEC 7812), as far as cards are in use.
type issuer struct {
	digits    int // how many first digits count
	low, high int
	lengths   []int
}

var issuers = [...]issuer{
	{1, 4, 4, []int{13, 16, 19}},       // Visa
	{2, 51, 55, []int{16}},             // Mastercard
	{4, 2221, 2720, []int{16}},         // Mastercard
	{2, 34, 34, []int{15}},             // American Express
	{2, 37, 37, []int{15}},             // American Express
	{3, 300, 305, []int{14, 16}},       // Diners Club
	{2, 36, 36, []int{14, 16}},         // Diners Club
	{2, 38, 39, []int{14, 16}},         // Diners Club
	{4, 3528, 3589, []int{16}},         // JCB
	{4, 6011, 6011, []int{16, 19}},     // Discover
	{3, 644, 649, []int{16, 19}},       // Discover
	{2, 65, 65, []int{16, 19}},         // Discover
	{2, 62, 62, []int{16, 17, 18, 19}}, // UnionPay
	{2, 50, 50, []int{16, 18, 19}},     // Maestro
	{2, 56, 58, []int{16, 18, 19}},     // Maestro
	{2, 63, 63, []int{16, 18, 19}},     // Maestro
	{2, 67, 67, []int{16, 18, 19}},     // Maestro
}

const minCard, maxCard = 13, 19

// layouts are the groups of digits in which card numbers are printed.
var layouts = [...][]int{
	{4, 4, 4, 4, 3},
	{4, 4, 4, 4},
	{4, 6, 5},
	{4, 6, 4},
	{4, 4, 4, 1},
}

// card finds a payment card number at its first digit; its digits, or the first group of them, end
// at end. Not every number that could be one is: one that is called an id, a phone or a tracking
// number is that, one after a plus sign a phone number, and one after a dot a fraction or part of a
// version.
func card(s string, from, i, end int) Finding {
	if i > from && (is(s[i-1], letter|digit) || s[i-1] == '.' || s[i-1] == '+') {
		return Finding{}
	}
	var number [maxCard]byte
	if length := end - i; length >= minCard {
		if length > maxCard || !endsNumber(s, end) || !validCard(append(number[:0], s[i:end]...)) || !mayBeCard(s, from, i) {
			return Finding{}
		}
		return Finding{kindCard, i, end}
	}
	for _, layout := range layouts {
		digits, end, ok := grouped(s, i, layout, number[:0])
		if ok && endsNumber(s, end) && validCard(digits) && mayBeCard(s, from, i) {
			return Finding{kindCard, i, end}
		}
	}
	return Finding{}
}

// mayBeCard reports whether the text before a number at i allows it to be a card's. A hyphen or an
// underscore joins it to a word, as in card_4111…; after a digit or nothing, it makes it a part of
// a longer number, or a negative one.
func mayBeCard(s string, from, i int) bool {
	if i > from && (s[i-1] == '-' || s[i-1] == '_') && (i-1 == from || !is(s[i-2], letter)) {
		return false
	}
	return !identified(s, from, i)
}

// grouped appends to digits those from i on, which must be in the groups of
// the layout with the same separator between all of them.
func grouped(s string, i int, layout []int, digits []byte) (_ []byte, end int, ok bool) {
	separator := s[i+layout[0]]
	for g, length := range layout {
		if g > 0 {
			if i == len(s) || s[i] != separator {
				return nil, 0, false
			}
			i++
		}
		if len(s)-i < length || run(s[i:i+length], 0, digit, "") < length {
			return nil, 0, false
		}
		digits = append(digits, s[i:i+length]...)
		i += length
	}
	return digits, i, true
}

// endsNumber reports whether a number may end before i: no word goes on there,
// and no digits follow after a hyphen or dot.
func endsNumber(s string, i int) bool {
	if !endsWord(s, i) {
		return false
	}
	return i+1 >= len(s) || (s[i] != '-' && s[i] != '.') || !is(s[i+1], letter|digit)
}

func validCard(number []byte) bool {
	for _, by := range issuers {
		first := 0
		for _, d := range number[:by.digits] {
			first = first*10 + int(d-'0')
		}
		if first >= by.low && first <= by.high && slices.Contains(by.lengths, len(number)) {
			return luhn(number)
		}
	}
	return false
}

// luhn reports whether the last digit is the check digit of the others
// (ISO/IEC 7812-1, annex B).
func luhn(number []byte) bool {
	sum := 0
	for i, d := range number {
		n := int(d - '0')
		if (len(number)-i)%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}
