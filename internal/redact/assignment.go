package redact

import "strings"

// maxKey bounds how far before a separator a name is looked for.
const maxKey = 64

// longValue bounds how much of a value is read to judge it. A longer one
// without a break was made by a machine.
const longValue = 256

// assignment finds the value that is given to a sensitive name at the
// separator s[i], an equals sign or a colon.
func assignment(s string, from, i int) Finding {
	nameStart, nameEnd := nameBefore(s, from, i)
	if nameStart == nameEnd {
		return Finding{}
	}
	name := s[nameStart:nameEnd]
	before := byte(' ')
	if nameStart > from {
		before = s[nameStart-1]
	}
	parameter := before == '?' || before == '&' // as URLs name theirs
	if !Key(name) {
		if parameter && s[i] == '=' {
			return urlParameter(s, name, i+1)
		}
		return Finding{}
	}

	start := valueAfter(s, i)
	if start, end, ok := quotedValue(s, start); ok {
		return assigned(s, start, end)
	}
	if start, end, ok := listValue(s, start); ok {
		return assigned(s, start, end)
	}
	if f, ok := headerValue(s, name, start); ok {
		return f
	}
	if s[i] == ':' && before == ':' && start == i+1 {
		return Finding{} // a:secret:b is a path, as in ARNs and cache keys
	}
	if refersElsewhere(s[start:]) {
		return Finding{}
	}
	end := bareValue(s, start)
	if s[i] == ':' && prose(name, s[start:end], s[end:]) {
		return Finding{}
	}
	f := assigned(s, start, end)
	if parameter && f.End > 0 {
		f.Kind = kindURLParameter
	}
	return f
}

func assigned(s string, start, end int) Finding {
	if placeholder(s[start:end]) {
		return Finding{}
	}
	return Finding{kindAssignment, start, end}
}

// nameBefore reads the name before the separator s[i]: password=, "token":,
// \"token\":, user[password]=, :secret =>.
func nameBefore(s string, from, i int) (start, end int) {
	end = i
	for end > from && i-end < 2 && (s[end-1] == ' ' || s[end-1] == ':') {
		end--
	}
	if end > from && (s[end-1] == '"' || s[end-1] == '\'' || s[end-1] == ']') {
		end--
		if end > from && s[end-1] == '\\' {
			end--
		}
	}
	if end == from || !is(s[end-1], nameEnd) {
		return end, end
	}
	start = end - 1
	for start > from && end-start < maxKey && (is(s[start-1], word) || s[start-1] == '-' || s[start-1] == '.') {
		start--
	}
	return start, end
}

// valueAfter returns where the value after the separator s[i] begins.
func valueAfter(s string, i int) int {
	start := i + 1
	if start < len(s) && (s[start] == '=' || s[start] == '>') { // := == =>
		start++
	}
	for start < len(s) && (s[start] == ' ' || s[start] == '\t') {
		start++
	}
	return start
}

// quotedValue returns the text in the quotes that open at i, which reaches to
// the end of s when they aren't closed. Quotes within a quoted text are escaped
// once more: \"…\" is closed by \".
func quotedValue(s string, i int) (start, end int, ok bool) {
	escaped := strings.HasPrefix(s[i:], `\"`) || strings.HasPrefix(s[i:], `\'`)
	if escaped {
		i++
	}
	if i == len(s) || (s[i] != '"' && s[i] != '\'' && s[i] != '`') {
		return 0, 0, false
	}
	quote := s[i]
	start = i + 1
	for end = start; end < len(s); end++ {
		switch s[end] {
		case '\\':
			if escaped && end+1 < len(s) && s[end+1] == quote {
				return start, end, true
			}
			end++ // whatever is escaped doesn't close
		case quote:
			return start, end, true
		}
	}
	return start, len(s), true
}

// listValue returns what stands between the brackets that open at i, all
// values of one name: Go prints headers so, and JSON has them so.
func listValue(s string, i int) (start, end int, ok bool) {
	if i == len(s) || s[i] != '[' || strings.HasPrefix(s[i:], Mask) {
		return 0, 0, false
	}
	start = i + 1
	for end = start; end < len(s) && s[end] != ']'; end++ {
		if strings.HasPrefix(s[end:], Mask) {
			end += len(Mask) - 1
		}
	}
	return start, end, true
}

// bareValue returns the end of the value at start that is not in quotes.
func bareValue(s string, start int) int {
	end := start
	for end < len(s) {
		switch {
		case strings.HasPrefix(s[end:], Mask):
			end += len(Mask)
		case is(s[end], stop):
			return end
		default:
			end++
		}
	}
	return end
}

// refersElsewhere reports whether the value that text starts with is not the
// secret itself: the name of one in AWS, or a structure or template, whose
// fields are looked at by themselves.
func refersElsewhere(text string) bool {
	return strings.HasPrefix(text, "arn:") || strings.HasPrefix(text, "{")
}

// literals are values that say there is no secret, or whether there is one.
var literals = [...]string{
	"null", "nil", "<nil>", "none", "true", "false", "undefined", "empty", "redacted", "<redacted>", "%s", "%v", "%q", "?",
}

// placeholder reports whether the value is a stand-in: nothing, a literal, a
// masked value, a parameter of a query (? $1 :name) or of a shell (${NAME}).
func placeholder(value string) bool {
	if value == "" || masksAll(value) {
		return true
	}
	switch value[0] {
	case '$':
		return len(value) > 1 && run(value, 1, upper|digit, "_{}") == len(value)
	case ':':
		return len(value) > 1 && run(value, 1, word, "") == len(value)
	}
	for _, l := range literals {
		if equalFold(value, l) {
			return true
		}
	}
	return false
}

// masksAll reports whether the value is masked already, by this package or
// with somebody's asterisks.
func masksAll(value string) bool {
	return value == Mask || strings.Trim(value, "*") == "" || len(value) > 2 && strings.Trim(value, "xX") == ""
}

// verdicts are what follows the name of a credential in an error message.
var verdicts = [...]string{
	"required", "missing", "invalid", "incorrect", "wrong", "expired", "empty", "mismatch",
	"rejected", "denied", "unauthorized", "forbidden", "revoked", "malformed", "unknown", "ok",
}

// prose reports whether "name: value" is rather part of a sentence. Only names
// that are words of the language can be.
func prose(name, value, rest string) bool {
	for _, v := range verdicts {
		if equalFold(value, v) {
			return true
		}
	}
	switch {
	case equalFold(name, "token"), equalFold(name, "secret"), equalFold(name, "secrets"),
		equalFold(name, "cookie"), equalFold(name, "cookies"), equalFold(name, "authorization"),
		equalFold(name, "credential"), equalFold(name, "credentials"):
		return !machineMade(value)
	case equalFold(name, "password"), equalFold(name, "passwords"), equalFold(name, "passphrase"):
		return inSentence(value, rest)
	}
	return false
}

// inSentence reports whether value is a word and another word follows that
// isn't the name of the next field. People make up passwords, so only what
// follows tells them from words.
func inSentence(value, rest string) bool {
	if len(value) > longValue || run(value, 0, letter, "-'") < len(value) {
		return false
	}
	if len(rest) < 2 || rest[0] != ' ' || !is(rest[1], letter) {
		return false
	}
	next := run(rest[:min(len(rest), 1+maxKey)], 1, word, "-.")
	return next == len(rest) || (rest[next] != '=' && rest[next] != ':')
}

// machineMade reports whether the value looks generated: six bytes or more
// with a digit among them, or twenty or more in mixed case.
func machineMade(value string) bool {
	if len(value) > longValue {
		return true
	}
	var has class
	for i := range len(value) {
		has |= classes[value[i]]
	}
	return len(value) >= 6 && has&digit != 0 || len(value) >= 20 && has&letter == letter
}
