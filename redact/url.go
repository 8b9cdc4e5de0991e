package redact

import "strings"

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
	if colon < 0 || at <= colon+1 || masksAll(s[colon+1:at]) {
		return Finding{}
	}
	return Finding{kindURLCredentials, start, at}
}

// urlParameter finds the value of a URL parameter that authorises whoever has
// the URL, at start. Its name says so only within a URL.
func urlParameter(s, name string, start int) Finding {
	atLeast := 1
	switch {
	case equalFold(name, "sig"), equalFold(name, "signature"), equalFold(name, "hmac"), equalFold(name, "jwt"):
	case equalFold(name, "key"), equalFold(name, "code"), equalFold(name, "auth"):
		// key=user-42 and code=404 are common.
		atLeast = 16
	default:
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
	if placeholder(value) || len(value) < atLeast || atLeast > 1 && !machineMade(value) {
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
	if colon < 0 || colon+1 == i || masksAll(s[colon+1:i]) {
		return Finding{}
	}
	return Finding{kindURLCredentials, start, i}
}
