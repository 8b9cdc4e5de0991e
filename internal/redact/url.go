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
	if at > start && (colon < 0 || colon > at) && len(s[start:at]) >= 16 && machineMade(s[start:at]) {
		return Finding{kindURLCredentials, start, at} // a token in the place of the user
	}
	if colon < 0 || at <= colon+1 || placeholder(s[colon+1:at]) {
		return Finding{}
	}
	return Finding{kindURLCredentials, start, at}
}

// webhooks are URLs that authorize their bearer, from a dot of their host on.
var webhooks = [...]struct {
	path string
	min  int // the minimum length of the rest of the URL
}{
	{".slack.com/services/", 20},
	{".slack.com/workflows/", 20},
	{".slack.com/triggers/", 20},
	{".com/api/webhooks/", 40}, // Discord
	{".telegram.org/bot", 20},
	{".telegram.org/file/bot", 20},
	{".webhook.office.com/webhookb2/", 40},
	{".zapier.com/hooks/catch/", 8},
	{".googleapis.com/v1/spaces/", 20},
}

// webhook finds the secret part of such a URL at a dot.
func webhook(s string, i int, after byte) Finding {
	for _, w := range webhooks {
		if after != w.path[1] || !strings.HasPrefix(s[i:], w.path) {
			continue
		}
		start := i + len(w.path)
		if end := run(s, start, word, "-/:@+"); end-start >= w.min {
			return Finding{kindWebhook, start, end}
		}
	}
	return Finding{}
}

// signatureNames are parameters of a URL that authorize its bearer.
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
