package redact

import "strings"

// provider describes tokens that start with a prefix of their issuer's.
type provider struct {
	prefix string
	// more are the bytes that the rest may hold beside letters and digits.
	more string
	// min is the least length of the rest.
	min int
}

// providers hold only prefixes that end in - _ or ., the anchors at which
// they are looked up. Stripe's pk_ is public by design.
var providers = [...]provider{
	{"ghp_", "", 30},
	{"gho_", "", 30},
	{"ghu_", "", 30},
	{"ghs_", "", 30},
	{"ghr_", "", 30},
	{"github_pat_", "_", 22},
	{"glpat-", "_-.", 20},
	{"xoxa-", "-", 10},
	{"xoxb-", "-", 10},
	{"xoxe-", "-", 10},
	{"xoxo-", "-", 10},
	{"xoxp-", "-", 10},
	{"xoxr-", "-", 10},
	{"xoxs-", "-", 10},
	{"xapp-", "-", 20},
	{"sk_live_", "", 16},
	{"sk_test_", "", 16},
	{"rk_live_", "", 16},
	{"rk_test_", "", 16},
	{"whsec_", "+/=", 16},
	{"ya29.", "_-", 20},
	{"GOCSPX-", "_-", 20},
	{"npm_", "", 30},
	{"SG.", "_-.", 40},
	{"hf_", "", 30},
	{"sk-ant-", "_-", 20},
	{"sk-proj-", "_-", 20},
	{"sk-", "", 32},
}

// byLastButOne are the providers by the byte before the anchor, so that an
// anchor is compared with few of them.
var byLastButOne = func() (t [256][]provider) {
	for _, p := range providers {
		before := p.prefix[len(p.prefix)-2]
		t[before] = append(t[before], p)
	}
	return t
}()

// providerToken finds a token whose prefix ends at the anchor s[i].
func providerToken(s string, from, i int) Finding {
	if i == from {
		return Finding{}
	}
	head := s[from : i+1]
	for _, p := range byLastButOne[s[i-1]] {
		if !strings.HasSuffix(head, p.prefix) {
			continue
		}
		start := i + 1 - len(p.prefix)
		// A hyphen before the prefix would let runs overlap: sk-sk-sk-…
		if !startsWord(s, from, start) || (start > from && s[start-1] == '-') {
			continue
		}
		if end := run(s, i+1, letter|digit, p.more); end-i > p.min {
			return Finding{kindProviderToken, start, end}
		}
	}
	return Finding{}
}

// googleKey finds a Google API key at the first letter of its "AIza".
func googleKey(s string, from, i int) Finding {
	const length = 39
	if !strings.HasPrefix(s[i:], "AIza") || !startsWord(s, from, i) {
		return Finding{}
	}
	if end := run(s, i, word, "-"); end-i >= length {
		return Finding{kindProviderToken, i, end}
	}
	return Finding{}
}

// awsAccessKey finds an AWS access key id at its first letter.
func awsAccessKey(s string, from, i int) Finding {
	const length = 20
	if !strings.HasPrefix(s[i:], "AKIA") && !strings.HasPrefix(s[i:], "ASIA") {
		return Finding{}
	}
	if !startsWord(s, from, i) || len(s)-i < length {
		return Finding{}
	}
	if end := i + run(s[i:i+length], 0, upper|digit, ""); end-i == length && endsWord(s, end) {
		return Finding{kindAWSAccessKey, i, end}
	}
	return Finding{}
}

// jwt finds a JSON Web Token at the J of its "eyJ", which is how a JSON object
// begins in base64url. A signed token has three parts, the last of them empty
// when it isn't signed after all; an encrypted one has five. One part alone is
// an opaque cursor as likely as a secret.
func jwt(s string, from, i int) Finding {
	const minPart = 8
	start := i - 2
	if start < from || s[start:i] != "ey" || !startsWord(s, from, start) ||
		(start > from && s[start-1] == '-') {
		return Finding{}
	}
	header := run(s, start, word, "-")
	if header-start < minPart || header == len(s) || s[header] != '.' {
		return Finding{}
	}
	payload := run(s, header+1, word, "-")
	if payload == len(s) || s[payload] != '.' {
		return Finding{}
	}
	if part := payload - header - 1; part > 0 && part < minPart {
		return Finding{}
	}
	return Finding{kindJWT, start, run(s, payload+1, word, "-.")}
}

// privateKey finds a PEM private key at the first hyphen of its first line,
// and all of the text from there when the last line is missing: whatever cut
// it short left key material.
func privateKey(s string, i int) Finding {
	const begin, end, private, dashes = "-----BEGIN ", "-----END ", "PRIVATE KEY", "-----"
	if !strings.HasPrefix(s[i:], begin) {
		return Finding{}
	}
	body := i + len(begin)
	// The longest label, "ENCRYPTED PRIVATE KEY", and room for more.
	line := s[body:min(len(s), body+64)]
	label, _, _ := strings.Cut(line, dashes)
	if !strings.Contains(label, private) {
		return Finding{}
	}
	last := strings.Index(s[body:], end)
	if last < 0 {
		return Finding{kindPrivateKey, i, len(s)}
	}
	last += body + len(end)
	line = s[last:min(len(s), last+64)]
	if label, _, closed := strings.Cut(line, dashes); closed {
		return Finding{kindPrivateKey, i, last + len(label) + len(dashes)}
	}
	return Finding{kindPrivateKey, i, last}
}
