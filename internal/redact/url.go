package redact

import (
	"slices"
	"strings"
)

// userinfo finds user:password before the host of a URL, at the colon of its
// "://". The user is taken in as well: some services put a token there.
func userinfo(s string, i int) Finding {
	start := i + len("://")
	at, colon := -1, -1
	for end := start; end < len(s); end++ {
		switch s[end] {
		case '@':
			at = end
			continue
		case ':':
			if colon < 0 {
				colon = end
			}
			continue
		case '/', '?', '#', '"', '\'', '`', '<', '>', '\\':
		default:
			if !is(s[end], blank) {
				continue
			}
		}
		break
	}
	if colon < 0 || at <= colon+1 || placeholder(s[colon+1:at]) {
		return Finding{}
	}
	return Finding{kindURLCredentials, start, at}
}

// signatureNames are parameters of a URL that authorise whoever has the URL.
// Elsewhere these names do not say so.
var signatureNames = [...]string{"sig", "signature", "hmac", "jwt"}

// commonNames may do the same, but are in harmless URLs as well (key=user-42,
// code=404): the value must look generated.
var commonNames = [...]string{"key", "code", "auth"}

// urlParameter finds the value of such a parameter, at start.
func urlParameter(s, name string, start int) Finding {
	called := func(n string) bool { return equalFold(name, n) }
	signature := slices.ContainsFunc(signatureNames[:], called)
	if !signature && !slices.ContainsFunc(commonNames[:], called) {
		return Finding{}
	}
	if strings.HasPrefix(s[start:], Mask) || refersElsewhere(s[start:]) {
		return Finding{}
	}
	end := start
	for end < len(s) && s[end] != '#' && !is(s[end], stop) {
		end++
	}
	value := s[start:end]
	if placeholder(value) || !signature && (len(value) < 16 || !machineMade(value)) {
		return Finding{}
	}
	return Finding{kindURLParameter, start, end}
}

// dataSource finds user:password at the @ of a MySQL data source name,
// user:password@tcp(host:3306)/database.
func dataSource(s string, from, i int) Finding {
	rest := s[i+1:]
	if !strings.HasPrefix(rest, "tcp(") && !strings.HasPrefix(rest, "unix(") {
		return Finding{}
	}
	start, colon := i, -1
	for start > from && i-start < maxDomain && !is(s[start-1], stop) && s[start-1] != '=' && s[start-1] != '/' {
		start--
		if s[start] == ':' {
			colon = start
		}
	}
	if colon < 0 || colon+1 == i || placeholder(s[colon+1:i]) {
		return Finding{}
	}
	return Finding{kindURLCredentials, start, i}
}
