package redact

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// maxBasic bounds how much of a Basic credential is decoded, in base64
// characters; a multiple of four.
const maxBasic = 256

// scheme finds the credential after an authentication scheme that is by
// itself, without the name of a header, at the first letter of "Bearer" or
// "Basic". Both words are ordinary English too, so the credential must look
// like one: generated, or base64 of user:password.
func scheme(s string, from, i int) Finding {
	var kind string
	switch rest := s[i:]; {
	case hasPrefixFold(rest, "bearer "):
		kind = kindBearer
	case hasPrefixFold(rest, "basic "):
		kind = kindBasic
	default:
		return Finding{}
	}
	if !startsWord(s, from, i) {
		return Finding{}
	}
	start := i + strings.IndexByte(s[i:], ' ') + 1
	for start < len(s) && s[start] == ' ' {
		start++
	}
	end := run(s, start, word, "-.~+/=")
	credential := s[start:end]
	if kind == kindBearer && len(credential) >= 8 && machineMade(credential) ||
		kind == kindBasic && basicCredential(credential) {
		return Finding{kind, start, end}
	}
	return Finding{}
}

// basicCredential reports whether s is base64 of user:password (RFC 7617),
// which has no control characters.
func basicCredential(s string) bool {
	s = strings.TrimRight(s[:min(len(s), maxBasic)], "=")
	decoded, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return false
	}
	for _, b := range decoded {
		if b < ' ' {
			return false
		}
	}
	return bytes.IndexByte(decoded, ':') >= 0
}

// headerValue finds the value of an authorization or cookie header at start,
// which has white space in it. When ok is false, the value is one word like
// any other.
func headerValue(s, key string, start int) (f Finding, ok bool) {
	if _, is := cutEnding(key, "cookie"); is {
		return cookies(s, start)
	}
	if _, is := cutEnding(key, "authorization"); is {
		return authorization(s, start)
	}
	return Finding{}, false
}

// cookies finds all of a line of cookies: name=value; name=value. A name
// without a value isn't a cookie.
func cookies(s string, start int) (Finding, bool) {
	name := run(s[:min(len(s), start+longValue)], start, word, "-.")
	if name == start || name == len(s) || s[name] != '=' {
		return Finding{}, false
	}
	return Finding{kindCookie, start, endOfLine(s, start)}, true
}

// authSchemes are the authentication schemes whose credential is one word.
var authSchemes = [...]string{"bearer", "basic", "token", "apikey", "negotiate", "ntlm", "dpop"}

// authSchemesWithParameters are those with a list of parameters.
var authSchemesWithParameters = [...]string{"digest", "aws4-hmac-sha256", "hawk", "oauth", "signature"}

// authorization finds the credential of an Authorization header. The scheme is
// no secret and stays.
func authorization(s string, start int) (Finding, bool) {
	line := s[start:]
	space := strings.IndexByte(line[:min(len(line), maxKey)], ' ')
	if space < 0 {
		return Finding{}, false
	}
	named := func(schemes []string) bool {
		for _, scheme := range schemes {
			if space == len(scheme) && hasPrefixFold(line, scheme) {
				return true
			}
		}
		return false
	}
	credential := start + space + 1
	switch {
	case named(authSchemes[:]):
		kind := kindBearer
		if hasPrefixFold(line, "basic") {
			kind = kindBasic
		}
		end := bareValue(s, credential)
		if placeholder(s[credential:end]) {
			return Finding{}, true
		}
		return Finding{kind, credential, end}, true
	case named(authSchemesWithParameters[:]):
		end := endOfLine(s, credential)
		if placeholder(s[credential:end]) {
			return Finding{}, true
		}
		return Finding{kindAssignment, credential, end}, true
	default:
		// An unregistered scheme.
		if !machineMade(s[credential:bareValue(s, credential)]) {
			return Finding{}, false
		}
		return Finding{kindAssignment, credential, endOfLine(s, credential)}, true
	}
}

func endOfLine(s string, i int) int {
	if end := strings.IndexAny(s[i:], "\r\n"); end >= 0 {
		return i + end
	}
	return len(s)
}
