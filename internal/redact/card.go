package redact

// issuer is a range of the first digits of card numbers, and the lengths that
// its numbers have (ISO/IEC 7812).
type issuer struct {
	digits            int // how many first digits count
	low, high         int
	shortest, longest int
}

var issuers = [...]issuer{
	{1, 4, 4, 13, 19},       // Visa
	{2, 51, 55, 16, 16},     // Mastercard
	{4, 2221, 2720, 16, 16}, // Mastercard
	{2, 34, 34, 15, 15},     // American Express
	{2, 37, 37, 15, 15},     // American Express
	{3, 300, 305, 14, 19},   // Diners Club
	{2, 36, 36, 14, 19},     // Diners Club
	{2, 38, 39, 14, 19},     // Diners Club
	{4, 3528, 3589, 16, 19}, // JCB
	{4, 6011, 6011, 16, 19}, // Discover
	{3, 644, 649, 16, 19},   // Discover
	{2, 65, 65, 16, 19},     // Discover
	{2, 62, 62, 16, 19},     // UnionPay
	{2, 50, 50, 13, 19},     // Maestro
	{2, 56, 58, 13, 19},     // Maestro
	{2, 63, 63, 13, 19},     // Maestro
	{2, 67, 67, 13, 19},     // Maestro
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

// card finds a payment card number at its first digit. A number is bounded by
// anything but a letter, digit or underscore; not by a dot or a hyphen on its
// left, which make it a fraction, part of a version or of a longer identifier.
func card(s string, from, i int) Finding {
	if !startsWord(s, from, i) || i > from && (s[i-1] == '.' || s[i-1] == '-') {
		return Finding{}
	}
	// Shorter by one than this, nothing below can succeed: most numbers in
	// telemetry end here.
	if len(s)-i < minCard {
		return Finding{}
	}
	limit := min(len(s), i+maxCard+1)
	end := i + run(s[i:limit], 0, digit, "")
	var number [maxCard]byte
	if length := end - i; length >= minCard {
		if length > maxCard || !endsNumber(s, end) {
			return Finding{}
		}
		if validCard(append(number[:0], s[i:end]...)) {
			return Finding{kindCard, i, end}
		}
		return Finding{}
	}
	if end-i != layouts[0][0] || (s[end] != ' ' && s[end] != '-') {
		return Finding{}
	}
	for _, layout := range layouts {
		digits, end, ok := grouped(s, i, layout, number[:0])
		if ok && endsNumber(s, end) && validCard(digits) {
			return Finding{kindCard, i, end}
		}
	}
	return Finding{}
}

// grouped appends to digits those from i on, which must stand in the groups of
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
// and no digits follow behind a hyphen or dot.
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
		if first >= by.low && first <= by.high && len(number) >= by.shortest && len(number) <= by.longest {
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
