package redact

import "strings"

const (
	kindAssignment     = "assignment"
	kindAWSAccessKey   = "aws-access-key"
	kindBasic          = "basic"
	kindBearer         = "bearer"
	kindCard           = "card"
	kindCookie         = "cookie"
	kindIBAN           = "iban"
	kindSSN            = "ssn"
	kindWebhook        = "webhook"
	kindEmail          = "email"
	kindJWT            = "jwt"
	kindNested         = "nested"
	kindPrivateKey     = "private-key"
	kindProviderToken  = "provider-token"
	kindURLCredentials = "url-credentials"
	kindURLParameter   = "url-parameter"
)

// A class is a set of properties of a byte.
type class uint16

const (
	// anchor bytes are the rare ones that every secret contains, near its
	// start: the scanner looks closer only there.
	anchor class = 1 << iota
	lower
	upper
	digit
	// word is alphanumeric or an underscore.
	word
	// blank is white space.
	blank
	// stop ends a value that isn't quoted.
	stop
	// nameEnd is a byte that the name of a secret may end in.
	nameEnd
	// hexadecimal is a digit of base 16, in either case.
	hexadecimal
	// disguise is a byte that may begin another way to write a character: see unfold.
	disguise

	letter = lower | upper
)

var classes = func() (t [256]class) {
	add := func(c class, bytes string) {
		for i := range len(bytes) {
			t[bytes[i]] |= c
		}
	}
	const (
		lowers = "abcdefghijklmnopqrstuvwxyz"
		uppers = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		digits = "0123456789"
	)
	add(anchor, "@:=-_.~>'\"AGJKVbBpwW"+digits)
	add(lower, lowers)
	add(upper, uppers)
	add(digit, digits)
	add(word, lowers+uppers+digits+"_")
	add(hexadecimal, digits+"abcdefABCDEF")
	add(disguise, "%\\&")
	for b := 0x80; b < 0x100; b++ {
		t[b] |= disguise
	}
	add(blank, " \t\r\n\v\f")
	add(nameEnd, digits+"-_.")
	for _, names := range [...][]string{
		sensitiveEndings[:], derived[:], weakNames[:], signatureNames[:], commonNames[:],
		{"pass"},
	} {
		for _, name := range names {
			last := name[len(name)-1:]
			add(nameEnd, last+strings.ToUpper(last))
		}
	}
	add(stop, " \t\r\n\v\f,;&)]}<>|\"'`")
	return t
}()

// is reports whether the byte has one of the properties.
func is(b byte, c class) bool { return classes[b]&c != 0 }

// lowered returns the byte in lower case if it is an ASCII letter.
func lowered(b byte) byte {
	if is(b, upper) {
		b += 'a' - 'A'
	}
	return b
}

// scan makes one pass over s, and another one over its plain form when some of its characters are
// written in other ways. The findings are in order and do not overlap.
func scan(s string) []Finding {
	found, disguised := scanPlain(s)
	if disguised {
		if plain, origins := unfold(s); plain != "" {
			more, _ := scanPlain(plain)
			for i, f := range more {
				more[i].Start, more[i].End = int(origins[f.Start]), int(origins[f.End])
			}
			found = union(found, more)
		}
	}
	if len(s) > len("secret ")+awsSecretLength {
		if more := awsSecrets(s); more != nil {
			found = union(found, more)
		}
	}
	return found
}

// scanPlain finds what has an anchor, and reports whether s has a byte that may begin a disguise.
// After each finding the scan goes on after it, and no detector looks back into it.
func scanPlain(s string) (found []Finding, disguised bool) {
	from := 0
	var seen class
	for i := 0; i < len(s); i++ {
		c := classes[s[i]]
		seen |= c
		if c&anchor == 0 {
			continue
		}
		// Most digits are within hashes and ids, or after other digits. Only those of an IBAN
		// follow letters.
		if c&digit != 0 && i > from && classes[s[i-1]]&(lower|digit) != 0 {
			continue
		}
		// Most of these letters are within other words than dapi and password.
		if (s[i] == 'p' || s[i] == 'w') && (i == from || s[i-1] != 'a' && s[i-1] != 's') {
			continue
		}
		if f := detect(s, from, i); f.End > f.Start {
			found = append(found, f)
			from = f.End
			i = f.End - 1
			seen |= disguise
		}
	}
	return found, seen&disguise != 0
}

// detect inspects the anchor s[i] and the text around it, backwards no further
// than from. It returns the zero Finding if that isn't a secret. Every
// detector reads a bounded number of bytes beyond those that it finds, or
// stops at a byte that no later detector passes again: that keeps the scan
// linear.
func detect(s string, from, i int) (f Finding) {
	before, after := byte(' '), byte(' ')
	if i > from {
		before = s[i-1]
	}
	if i+1 < len(s) {
		after = s[i+1]
	}
	switch s[i] {
	case '@':
		if f = dataSource(s, from, i); f.End == 0 {
			f = email(s, from, i)
		}
	case ':':
		if after == '/' && strings.HasPrefix(s[i:], "://") {
			return userinfo(s, i)
		}
		return assignment(s, from, i)
	case '=':
		return assignment(s, from, i)
	case '-':
		switch {
		case after == '-' && strings.HasPrefix(s[i:], "----"):
			return privateKey(s, i)
		case before == 'Y' && after == 'U':
			return puttyKey(s, from, i)
		case is(before, blank) || before == '"' || before == '\'':
			return option(s, from, i)
		}
		return providerToken(s, from, i, before)
	case '_':
		if f = providerToken(s, from, i, before); f.End == 0 && after == 'm' {
			f = licenceKey(s, from, i)
		}
	case '.':
		if f = providerToken(s, from, i, before); f.End == 0 {
			f = dotted(s, from, i, before, after)
		}
	case '~':
		if f = providerToken(s, from, i, before); f.End == 0 && before == 'Q' {
			f = azureSecret(s, from, i)
		}
	case '>':
		return element(s, from, i)
	case '\'', '"':
		if before == ' ' || before == '(' || before == ',' {
			return quoted(s, from, i)
		}
	case 'b', 'B':
		if after == 'e' || after == 'E' || after == 'a' || after == 'A' {
			return scheme(s, from, i)
		}
	case 'w', 'W':
		if (before == 's' || before == 'S') && (after == 'o' || after == 'd' || after == 'O' || after == 'D') {
			return afterPassword(s, from, i)
		}
	case 'J':
		if before == 'y' {
			if f = jwt(s, from, i); f.End == 0 {
				f = letteredToken(s, from, i)
			}
		}
	case 'A':
		if is(after, letter|digit) && len(s)-i >= shortestLettered {
			return letteredToken(s, from, i)
		}
	case 'G', 'K', 'V', 'p':
		// The bytes before are those of GR1348941, SK, ZXlK, EZTK, cmVmd and dapi.
		if after == 'R' || before == 'S' || before == 'l' || before == 'T' || before == 'm' || before == 'a' {
			return letteredToken(s, from, i)
		}
	default:
		if is(before, upper) {
			return iban(s, from, i)
		}
		return number(s, from, i)
	}
	return f
}

// number finds what begins with a digit, at the first one of a number. Most numbers in telemetry
// are too short, or are followed by nothing that makes them more.
func number(s string, from, i int) Finding {
	end := run(s[:min(len(s), i+maxCard+1)], i, digit, "")
	switch digits, rest := end-i, len(s)-end; {
	case digits >= minCard:
		if digits <= 16 && rest > 27 && (s[end] == '|' || s[end] == '%') {
			return facebookToken(s, from, i, end)
		}
		return card(s, from, i, end)
	case digits >= 5:
		if rest > 35 && s[end] == ':' {
			return telegramToken(s, i, end)
		}
	case digits == 4:
		if rest > 8 && (s[end] == ' ' || s[end] == '-' || s[end] == '.') {
			return card(s, from, i, end)
		}
	case digits == 3:
		if rest >= 8 && s[end] == '-' {
			return ssn(s, from, i)
		}
	case digits == 1:
		if rest > 40 && s[i] == '4' && s[end] == 'b' {
			return letteredToken(s, from, i)
		}
	}
	return Finding{}
}

// startsWord reports whether no word reaches across i from the left.
func startsWord(s string, from, i int) bool {
	return i <= from || !is(s[i-1], word)
}

// endsWord reports whether no word reaches across i to the right.
func endsWord(s string, i int) bool {
	return i >= len(s) || !is(s[i], word)
}

// run returns the end of the longest run of bytes from i that have one of the
// properties or are listed in more.
func run(s string, i int, c class, more string) int {
	for i < len(s) && (is(s[i], c) || more != "" && strings.IndexByte(more, s[i]) >= 0) {
		i++
	}
	return i
}

// hasPrefixFold is strings.HasPrefix without regard to case, for a prefix in
// lower-case ASCII.
func hasPrefixFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lowered(s[i]) != prefix[i] {
			return false
		}
	}
	return true
}

// equalFold is strings.EqualFold for a text in lower-case ASCII.
func equalFold(s, text string) bool {
	return len(s) == len(text) && hasPrefixFold(s, text)
}
