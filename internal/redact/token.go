package redact

import "strings"

// providerToken finds a token whose prefix, one of providers, ends at the anchor s[i]. The byte
// before the anchor is a space at the start.
func providerToken(s string, from, i int, before byte) Finding {
	bucket := byEnd[separator(s[i])][lowered(before)]
	for k := range bucket {
		p := &bucket[k]
		start := i + 1 - len(p.prefix)
		if len(s)-i <= p.min || start < from || lowered(s[start]) != p.prefix[0] || !hasPrefixFold(s[start:], p.prefix) ||
			!startsToken(s, from, start) {
			continue
		}
		end := run(s, i+1, letter|digit, p.more)
		if end-i <= p.min || p.digit && !hasClass(s[i+1:end], digit) || p.upper && hasClass(s[start:end], lower) {
			continue
		}
		return Finding{kindProviderToken, start, end}
	}
	return Finding{}
}

// startsToken reports whether a token may start at i: it may follow an underscore, as in a name
// made of parts. A hyphen would let runs overlap: sk-sk-sk-…
func startsToken(s string, from, i int) bool {
	return i <= from || s[i-1] == '_' || !is(s[i-1], word) && s[i-1] != '-'
}

// hasClass reports whether any byte of s has one of the properties.
func hasClass(s string, c class) bool {
	for i := range len(s) {
		if is(s[i], c) {
			return true
		}
	}
	return false
}

// lettered describes tokens whose prefix ends without a separator. They are looked up at an anchor
// within the prefix.
type lettered struct {
	prefix string
	at     int    // where the anchor is in the prefix
	chars  class  // of the rest
	more   string // bytes that the rest may hold besides
	min    int    // the least length of the rest
	exact  bool   // the rest is no longer than min
}

var letteredTokens = [...]lettered{
	{"AKIA", 0, upper | digit, "", 16, true}, // AWS
	{"ASIA", 0, upper | digit, "", 16, true},
	{"ABIA", 0, upper | digit, "", 16, true},
	{"ACCA", 0, upper | digit, "", 16, true},
	{"A3T", 0, upper | digit, "", 17, true},
	{"ABSK", 0, letter | digit, "+/=", 100, false},
	{"AIza", 0, word, "-", 35, false},          // Google
	{"AKCp", 0, letter | digit, "", 60, false}, // Artifactory
	{"ATATT3", 0, word, "-=", 60, false},       // Atlassian
	{"LTAI", 2, letter | digit, "", 16, false}, // Alibaba
	{"EAA", 1, word, "-", 23, false},           // Facebook, Square
	{"EZAK", 2, letter | digit, "", 54, false}, // EasyPost
	{"EZTK", 3, letter | digit, "", 54, false},
	{"ZXlK", 3, letter | digit, "+/=_-", 60, false},   // a JWT in base64
	{"SK", 1, hexadecimal, "", 32, true},              // Twilio
	{"cmVmd", 2, letter | digit, "", 59, false},       // Artifactory
	{"GR1348941", 0, word, "-", 20, false},            // GitLab
	{"dapi", 2, hexadecimal, "", 32, false},           // Databricks
	{"eyJrIjoi", 2, letter | digit, "+/=", 70, false}, // Grafana
	{"4b1d", 0, letter | digit, "", 38, true},         // ClickHouse
}

// shortestLettered is how many bytes a token has at least from its anchor A on: LTAI and 16 bytes.
const shortestLettered = 18

// byAnchor are the lettered tokens by their anchor.
var byAnchor = func() (t [256][]lettered) {
	for _, p := range letteredTokens {
		t[p.prefix[p.at]] = append(t[p.prefix[p.at]], p)
	}
	return t
}()

// letteredToken finds a token whose prefix has its anchor at s[i].
func letteredToken(s string, from, i int) Finding {
	bucket := byAnchor[s[i]]
	for k := range bucket {
		p := &bucket[k]
		start := i - p.at
		if start < from || s[start] != p.prefix[0] || !strings.HasPrefix(s[start:], p.prefix) ||
			!startsToken(s, from, start) {
			continue
		}
		rest := start + len(p.prefix)
		end := run(s, rest, p.chars, p.more)
		if end-rest < p.min || p.exact && (end-rest > p.min || !endsWord(s, end)) {
			continue
		}
		kind := kindProviderToken
		if p.prefix[0] == 'A' && p.exact {
			kind = kindAWSAccessKey
			if secret := awsSecretAfter(s, end); secret.End > 0 {
				return Finding{kind, start, secret.End}
			}
		}
		return Finding{kind, start, end}
	}
	return Finding{}
}

// awsSecretLength is how long the secret of an AWS access key is.
const awsSecretLength = 40

// awsSecretAfter finds the secret of an access key within some separators or a word after i.
func awsSecretAfter(s string, i int) Finding {
	const maxGap = 40
	for start := i; start < min(len(s), i+maxGap); {
		end := run(s, start, letter|digit, "+/")
		if end-start == awsSecretLength && varied(s[start:end]) {
			return Finding{kindAssignment, start, end}
		}
		start = max(end, start+1)
	}
	return Finding{}
}

// varied reports whether s has lower and upper case and digits, as random text has.
func varied(s string) bool {
	return hasClass(s, lower) && hasClass(s, upper) && hasClass(s, digit)
}

// dotted finds tokens that are identified by the lengths of their parts, at a dot: those of
// Discord's bots (24 to 26 bytes, 6, 27 or more), Airtable (pat and 14, 64), Terraform (14,
// atlasv1, 60), and old ones of Vault (s, 24).
func dotted(s string, from, i int, before, after byte) Finding {
	if len(s)-i < shortestDotted {
		return Finding{}
	}
	if f := webhook(s, i, after); f.End > 0 {
		return f
	}
	if i+7 < len(s) && s[i+7] == '.' {
		start := runBack(s, from, i, 26)
		end := run(s, i+8, word, "-")
		if i-start >= 24 && strings.IndexByte("MNO", s[start]) >= 0 && run(s, i+1, word, "-") == i+7 && end-i-8 >= 27 {
			return Finding{kindProviderToken, start, end}
		}
	}
	switch {
	case after == 'a' && strings.HasPrefix(s[i+1:], "atlasv1."):
		start := runBack(s, from, i, 14)
		if end := run(s, i+len(".atlasv1."), word, "-="); i-start == 14 && end-i > 60 {
			return Finding{kindProviderToken, start, end}
		}
	case i >= from+17 && s[i-17:i-14] == "pat" && startsToken(s, from, i-17):
		if end := run(s, i+1, hexadecimal, ""); end-i > 60 && runBack(s, from, i, 17) == i-17 {
			return Finding{kindProviderToken, i - 17, end}
		}
	case before == 's' && startsWord(s, from, i-1):
		end := run(s, i+1, letter|digit, "")
		if end-i-1 == 24 && varied(s[i+1:end]) && endsWord(s, end) {
			return Finding{kindProviderToken, i - 1, end}
		}
	}
	return Finding{}
}

// shortestDotted is how many bytes such a token, or the rest of a webhook, has at least from its
// dot on.
const shortestDotted = 24

// runBack returns the start of the run of word bytes and hyphens that ends at i, at most max
// before.
func runBack(s string, from, i, max int) int {
	start := i
	for start > from && i-start < max && (is(s[start-1], word) || s[start-1] == '-') {
		start--
	}
	return start
}

// licenceKey finds a key of MaxMind's, which ends in _mmk, at that underscore.
func licenceKey(s string, from, i int) Finding {
	const length = 36 // before the ending: six bytes, an underscore, and 29
	start, end := i-length, i+len("_mmk")
	if start < from || !strings.HasPrefix(s[i:], "_mmk") || !endsWord(s, end) || !startsWord(s, from, start) ||
		s[start+6] != '_' || run(s[:i], start, word, "") != i {
		return Finding{}
	}
	return Finding{kindProviderToken, start, end}
}

// azureSecret finds the secret of an application in Azure, at the tilde of its Q~.
func azureSecret(s string, from, i int) Finding {
	start := i - len("abc1Q")
	if start < from || !is(s[i-2], digit) || run(s[:i], start, word, "~.") != i {
		return Finding{}
	}
	if end := run(s, i+1, word, "~.-"); end-i > 30 {
		return Finding{kindProviderToken, start, end}
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
	if start < from || s[start:i] != "ey" || !startsToken(s, from, start) {
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

// facebookToken finds an access token of a Facebook app: its number, a bar or a
// percent sign, and the token.
func facebookToken(s string, from, i, bar int) Finding {
	if n := bar - i; n < 15 || n > 16 || !startsWord(s, from, i) {
		return Finding{}
	}
	end := run(s, bar+1, word, "-")
	if n := end - bar - 1; n < 27 || n > 40 {
		return Finding{}
	}
	return Finding{kindProviderToken, i, end}
}

// telegramToken finds the token of a Telegram bot: its number, a colon, and 35 bytes.
func telegramToken(s string, i, colon int) Finding {
	const rest = 35
	if n := colon - i; n < 5 || n > 16 {
		return Finding{}
	}
	end := run(s, colon+1, word, "-")
	if end-colon-1 != rest || !varied(s[colon+1:end]) {
		return Finding{}
	}
	return Finding{kindProviderToken, i, end}
}
