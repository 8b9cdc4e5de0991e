package redact

import "strings"

// iban finds an International Bank Account Number (ISO 13616) at its first check digit, in one
// piece or in the groups of four in which it is printed. Its last two digits check the rest.
func iban(s string, from, i int) Finding {
	const shortest, longest = 15, 34
	start := i - 2
	if start < from || !is(s[start], upper) || !is(s[i-1], upper) || !startsWord(s, from, start) || i+1 >= len(s) ||
		!is(s[i+1], digit) {
		return Finding{}
	}
	length := ibanLengths[s[start:i]]
	if length == 0 {
		return Finding{}
	}
	var characters [longest]byte
	n, end := 0, start
	for ; end < len(s) && n < length; end++ {
		switch {
		case is(s[end], upper|digit):
			characters[n] = s[end]
			n++
		case s[end] == ' ' && n%4 == 0:
		default:
			return Finding{}
		}
	}
	if n < length || !endsWord(s, end) || !checksOut(characters[:n]) {
		return Finding{}
	}
	return Finding{kindIBAN, start, end}
}

// checksOut reports whether the number that an IBAN stands for is 1 modulo 97.
func checksOut(characters []byte) bool {
	rest := 0
	for i := range characters {
		switch b := characters[(i+4)%len(characters)]; {
		case is(b, digit):
			rest = (rest*10 + int(b-'0')) % 97
		default:
			rest = (rest*100 + int(b-'A') + 10) % 97
		}
	}
	return rest == 1
}

// ibanLengths are the lengths by the country, from the registry of SWIFT.
var ibanLengths = func() map[string]int {
	lengths := make(map[string]int)
	for i, countries := range [...]string{
		"NO", "BE", "", "DK FO FI GL NL SD", "MK SI", "AT BA EE KZ XK LT LU MN", "HR LV LI CH",
		"BH BG CR GE DE IE ME RS GB VA", "TL GI IQ IL SO AE OM", "AD CZ MD PK RO SA SK ES SE TN VG",
		"PT ST LY", "IS TR", "FR GR IT MC MR SM BI DJ", "AL AZ BY CY DO SV GT HU LB NI PL", "BR EG PS QA UA", "JO KW MU YE",
		"MT SC",
		"LC", "RU",
	} {
		for _, country := range strings.Fields(countries) {
			lengths[country] = 15 + i
		}
	}
	return lengths
}()

// ssn finds a US social security number in its usual form, 123-45-6789, unless the word before
// calls it something else. Numbers that are never issued don't count.
func ssn(s string, from, i int) Finding {
	const form = len("123-45-6789")
	if len(s)-i < form || s[i+3] != '-' || s[i+6] != '-' || !startsWord(s, from, i) || i > from &&
		strings.IndexByte("-.+/", s[i-1]) >= 0 {
		return Finding{}
	}
	number := s[i : i+form]
	if run(number, 0, digit, "") != 3 || run(number, 4, digit, "") != 6 || run(number, 7, digit, "") != form ||
		!endsNumber(s, i+form) {
		return Finding{}
	}
	if number[:3] == "000" || number[:3] == "666" || number[0] == '9' || number[4:6] == "00" || number[7:] == "0000" ||
		identified(s, from, i) {
		return Finding{}
	}
	return Finding{kindSSN, i, i + form}
}

// identifiers are words that call the number after them something harmless.
var identifiers = [...]string{
	"id", "ids", "uuid", "imei", "iccid", "msisdn", "phone", "tel", "fax", "mobile", "tracking", "shipment", "parcel",
	"order", "ord", "invoice",
	"inv", "ticket", "case", "message", "msg", "request", "req", "trace", "span", "tx", "txn", "transaction", "ref",
	"reference", "job",
	"task", "evt", "event", "shard", "part", "batch", "session", "user", "customer", "ts", "time", "timestamp", "seq",
	"sequence",
	"offset", "build", "run", "sku", "ean", "gtin", "isbn", "serial", "version", "nanos", "millis", "epoch", "counter",
	"cursor",
}

// identified reports whether the number at i is called one of the identifiers by the word before
// it: order_id=…, "imei": "…", tracking number ….
func identified(s string, from, i int) bool {
	const reach = 48
	text := s[max(from, i-reach):i]
	for range 3 { // the number of the word
		text = strings.TrimRight(text, " \t:=\"'\\#-_.,(<>[")
		start := len(text)
		for start > 0 && is(text[start-1], letter) && !(start < len(text) && is(text[start-1], lower) &&
			is(text[start], upper)) {
			start--
		}
		last := text[start:]
		for _, name := range identifiers {
			if equalFold(last, name) {
				return true
			}
		}
		if !equalFold(last, "number") && !equalFold(last, "no") && !equalFold(last, "nr") && !equalFold(last, "num") &&
			!equalFold(last, "is") {
			return false
		}
		text = text[:start]
	}
	return false
}
