package redact

import "strings"

const (
	kindAssignment     = "assignment"
	kindAWSAccessKey   = "aws-access-key"
	kindBasic          = "basic"
	kindBearer         = "bearer"
	kindCard           = "card"
	kindCookie         = "cookie"
	kindEmail          = "email"
	kindJWT            = "jwt"
	kindNested         = "nested"
	kindPrivateKey     = "private-key"
	kindProviderToken  = "provider-token"
	kindURLCredentials = "url-credentials"
	kindURLParameter   = "url-parameter"
)

// A class is a set of properties of a byte.
type class uint8

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
	add(anchor, "@:=-_.AJbB"+digits)
	add(lower, lowers)
	add(upper, uppers)
	add(digit, digits)
	add(word, lowers+uppers+digits+"_")
	add(blank, " \t\r\n\v\f")
	add(nameEnd, digits+"-_.")
	for _, names := range [...][]string{sensitiveEndings[:], derived[:], signatureNames[:], commonNames[:], {"pass"}} {
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

// scan makes one pass over s. The findings are in order and do not overlap:
// after each, the scan goes on behind it and no detector looks back into it.
func scan(s string) []Finding {
	var found []Finding
	from := 0
	for i := 0; i < len(s); i++ {
		c := classes[s[i]]
		if c&anchor == 0 {
			continue
		}
		// Most digits are within hashes and ids, or behind other digits.
		if c&digit != 0 && i > from && is(s[i-1], word) {
			continue
		}
		if f := detect(s, from, i); f.End > f.Start {
			found = append(found, f)
			from = f.End
			i = f.End - 1
		}
	}
	return found
}

// detect looks at the anchor s[i] and, backwards no further than from, at what
// surrounds it. It returns the zero Finding when that is no secret. Every
// detector reads a bounded number of bytes beyond those that it finds, or
// stops at a byte that no later detector passes again: that keeps the scan
// linear.
func detect(s string, from, i int) Finding {
	switch s[i] {
	case '@':
		if f := dataSource(s, from, i); f.End > 0 {
			return f
		}
		return email(s, from, i)
	case ':':
		if strings.HasPrefix(s[i:], "://") {
			return userinfo(s, i)
		}
		return assignment(s, from, i)
	case '=':
		return assignment(s, from, i)
	case '-':
		if f := privateKey(s, i); f.End > 0 {
			return f
		}
		return providerToken(s, from, i)
	case '_', '.':
		return providerToken(s, from, i)
	case 'b', 'B':
		return scheme(s, from, i)
	case 'A':
		if f := awsAccessKey(s, from, i); f.End > 0 {
			return f
		}
		return googleKey(s, from, i)
	case 'J':
		return jwt(s, from, i)
	default:
		return card(s, from, i)
	}
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
	for i < len(s) && (is(s[i], c) || strings.IndexByte(more, s[i]) >= 0) {
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
