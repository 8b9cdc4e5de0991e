package redact

import "strings"

// The limits of RFC 5321, section 4.5.3.1, with some tolerance.
const (
	maxLocalPart = 128
	maxDomain    = 255
)

// email finds an e-mail address at its @.
func email(s string, from, i int) Finding {
	start := i
	if i > from && s[i-1] == '"' {
		return quotedEmail(s, from, i)
	}
	for start > from && i-start <= maxLocalPart && localPart(s[start-1]) {
		start--
	}
	if start == i || i-start > maxLocalPart {
		return Finding{}
	}
	// In a URL this is the user, and the host isn't a mail domain.
	if start >= from+2 && s[start-2:start] == "//" {
		return Finding{}
	}
	// Nor is what was masked: https://REDACTED:REDACTED@host.
	if placeholder(s[start:i]) {
		return Finding{}
	}
	// git@host:path is how Git names a repository.
	if s[start:i] == "git" {
		return Finding{}
	}
	end := domain(s, i+1)
	if end == 0 || isMessageID(s, from, start) {
		return Finding{}
	}
	return Finding{kindEmail, start, end}
}

// quotedEmail finds an address whose local part is in quotes: "ann smith"@example.com.
func quotedEmail(s string, from, i int) Finding {
	open := strings.LastIndexByte(s[max(from, i-1-maxLocalPart):i-1], '"')
	end := domain(s, i+1)
	if open < 0 || end == 0 {
		return Finding{}
	}
	return Finding{kindEmail, max(from, i-1-maxLocalPart) + open, end}
}

// isMessageID reports whether what starts at i is the id of a mail, which has the form of an
// address: after the name of its header.
func isMessageID(s string, from, i int) bool {
	const reach = 24
	before := strings.TrimRight(s[max(from, i-reach):i], " <:=\"'")
	for _, name := range [...]string{"messageid", "inreplyto", "references"} {
		if _, ok := cutEnding(before, name); ok {
			return true
		}
	}
	return false
}

// messageID reports whether the value of a key is the id of a mail.
func messageID(key, value string) bool {
	if _, ok := cutEnding(key, "messageid"); !ok {
		return false
	}
	id := strings.TrimSuffix(strings.TrimPrefix(value, "<"), ">")
	at := strings.IndexByte(id, '@')
	bracketed := len(id)+2 == len(value)
	return at > 0 && len(id) <= longValue && domain(id, at+1) == len(id) && (bracketed || machineMade(id[:at]))
}

// localPart reports whether b may precede the @: RFC 5322's atext and
// dots, without the punctuation that is rare in addresses and common around
// them.
func localPart(b byte) bool {
	return b >= 0x80 || is(b, word) || strings.IndexByte(".-+%&", b) >= 0
}

// notDomains are the last parts of file and unit names that have an @ in them
// (icon@2x.png, getty@tty1.service).
var notDomains = [...]string{
	"png", "jpg", "jpeg", "gif", "svg", "webp", "js", "ts", "css", "service", "socket",
	"timer",
}

// domain returns the end of the domain name that starts at i, 0 when there is
// none: at least two labels, the last of them without digits.
func domain(s string, i int) int {
	if i+3 < len(s) && lowered(s[i]) == 'v' && is(s[i+1], digit) && s[i+2] == '.' && is(s[i+3], digit) {
		return 0 // pkg@v1.2.x
	}
	end, label, labels := i, i, 0
	limit := min(len(s), i+maxDomain)
	for ; end < limit; end++ {
		b := s[end]
		switch {
		case b >= 0x80 || b == '-' || is(b, letter|digit):
			continue
		case b == '.' && end > label && end+1 < limit && (s[end+1] >= 0x80 || is(s[end+1], letter|digit)):
			labels++
			label = end + 1
			continue
		}
		break
	}
	for end > label && s[end-1] == '-' {
		end--
	}
	last := s[label:end]
	if labels == 0 || len(last) < 2 || strings.ContainsAny(last, "0123456789") {
		return 0
	}
	for _, n := range notDomains {
		if last == n {
			return 0
		}
	}
	return end
}
