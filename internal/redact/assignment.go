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
	level := sensitivityOf(name)
	if level == harmless || level == weak && parameter {
		if parameter && s[i] == '=' {
			if f := urlParameter(s, name, i+1); f.End > 0 || level == harmless {
				return f
			}
		} else if s[i] == '=' && equalFold(name, "value") {
			return setting(s, from, i)
		}
		if level == harmless {
			return Finding{}
		}
	}

	start := valueAfter(s, i)
	if start, end, ok := quotedValue(s, start); ok {
		if level == weak && !weakSecret(name, s[start:end]) || s[i] == '=' && verdict(s[start:end]) {
			return Finding{}
		}
		return assigned(s, start, end)
	}
	if start, end, ok := yamlBlock(s, from, nameStart, start); ok && s[i] == ':' {
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
	if start, end, quoted, _ := call(s, start); quoted && (level != weak || weakSecret(name, s[start:end])) {
		return assigned(s, start, end)
	}
	end := bareValue(s, start)
	value := s[start:end]
	switch {
	case level == weak && !weakSecret(name, value), s[i] == ':' && prose(name, value, s[end:]), verdict(value) &&
		wordOfLanguage(name):
		return Finding{}
	case equalFold(name, "pwd") && directory(value), end > start && expression(s, name, start, end):
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

// listValue returns the text between the brackets that open at i, all
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

// bareValue returns the end of the value at start that is not in quotes. A comma belongs to it
// unless white space or the next field follows.
func bareValue(s string, start int) int {
	end := start
	for end < len(s) {
		switch {
		case strings.HasPrefix(s[end:], Mask):
			end += len(Mask)
		case s[end] == ',' && end > start && insideValue(s, end+1):
			end++
		case is(s[end], stop):
			return end
		default:
			end++
		}
	}
	return end
}

// insideValue reports whether what follows a comma at i goes on with a value: letters and digits,
// both of them, up to the end of the value.
func insideValue(s string, i int) bool {
	end := run(s[:min(len(s), i+maxKey)], i, letter|digit, "")
	if end == i || end < len(s) && (!is(s[end], stop) || s[end] == ',') {
		return false
	}
	return hasClass(s[i:end], digit) && hasClass(s[i:end], letter)
}

// directory reports whether the value of pwd is a directory, not a password.
func directory(value string) bool {
	return strings.HasPrefix(value, "/") || strings.HasPrefix(value, "~") ||
		len(value) > 2 && value[1] == ':' && value[2] == '\\'
}

// yamlBlock finds the lines of a block scalar of YAML, whose indicator is at i: those that are
// indented further than the name at nameStart.
func yamlBlock(s string, from, nameStart, i int) (start, end int, ok bool) {
	if i >= len(s) || s[i] != '|' && s[i] != '>' {
		return 0, 0, false
	}
	start = run(s, i+1, digit, "+-")
	for start < len(s) && s[start] == ' ' {
		start++
	}
	if start == len(s) || s[start] != '\n' && !strings.HasPrefix(s[start:], "\r\n") {
		return 0, 0, false
	}
	start += strings.IndexByte(s[start:], '\n') + 1
	indent := 0
	for at := nameStart; at > from && at > nameStart-maxKey && (s[at-1] == ' ' || s[at-1] == '-'); at-- {
		indent++
	}
	end = start
	for end < len(s) {
		line := end
		for line < len(s) && s[line] == ' ' {
			line++
		}
		if line-end <= indent && line < len(s) && s[line] != '\n' && s[line] != '\r' {
			break
		}
		next := strings.IndexByte(s[line:], '\n')
		if next < 0 {
			end = len(s)
			break
		}
		end = line + next + 1
	}
	for start < end && s[start] == ' ' {
		start++
	}
	for end > start && (s[end-1] == '\n' || s[end-1] == '\r') {
		end--
	}
	return start, end, end > start
}

// refersElsewhere reports whether the value that text starts with is not the
// secret itself: the name of one in AWS, or a structure or template, whose
// fields are inspected separately.
func refersElsewhere(text string) bool {
	return strings.HasPrefix(text, "arn:") || strings.HasPrefix(text, "{")
}

// literals are values that report whether a secret exists.
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
	scheme, credential, ok := strings.Cut(value, " ")
	return ok && isAuthScheme(scheme) && (masksAll(credential) || equalFold(credential, "redacted"))
}

func isAuthScheme(word string) bool {
	for _, scheme := range authSchemes {
		if equalFold(word, scheme) {
			return true
		}
	}
	return false
}

// masksAll reports whether the value is masked already, by this package, with asterisks, or with a
// word in brackets or asterisks.
func masksAll(value string) bool {
	return value == Mask || strings.Trim(value, "*") == "" || len(value) > 2 && strings.Trim(value, "xX") == "" ||
		isMaskWord(value)
}

// isMaskWord reports whether the value is a word such as [FILTERED], <masked> or ***removed***.
func isMaskWord(value string) bool {
	if len(value) < 3 {
		return false
	}
	inner := value[1 : len(value)-1]
	switch value[:1] + value[len(value)-1:] {
	case "[]", "<>", "()":
	case "**":
		inner = strings.Trim(inner, "*")
	default:
		return false
	}
	for _, w := range [...]string{"redacted", "filtered", "masked", "removed", "hidden"} {
		if equalFold(inner, w) {
			return true
		}
	}
	return false
}

// verdicts are what follows the name of a credential in an error message or an event.
var verdicts = [...]string{
	"required", "missing", "invalid", "incorrect", "wrong", "expired", "empty", "mismatch",
	"rejected", "denied", "unauthorized", "forbidden", "revoked", "malformed", "unknown", "ok",
	"allowed", "granted", "accepted", "valid", "enabled", "disabled", "optional", "present", "absent", "failed",
	"yes", "no",
	"basic", "bearer", "digest", "oauth2", "anonymous", "success",
}

func verdict(value string) bool {
	for _, v := range verdicts {
		if equalFold(value, v) {
			return true
		}
	}
	return false
}

// prose reports whether "name: value" is rather part of a sentence. Only names
// that are words of the language can be.
func prose(name, value, rest string) bool {
	switch {
	case verdict(value):
		return true
	case wordOfLanguage(name):
		return !machineMade(value)
	case equalFold(name, "password"), equalFold(name, "passwords"), equalFold(name, "passphrase"):
		return inSentence(value, rest)
	}
	return false
}

// wordOfLanguage reports whether a secret's name is also used in sentences about secrets, such as
// "token: expired". The value is then a secret only if it looks generated.
func wordOfLanguage(name string) bool {
	switch {
	case equalFold(name, "token"), equalFold(name, "secret"), equalFold(name, "secrets"),
		equalFold(name, "cookie"), equalFold(name, "cookies"), equalFold(name, "authorization"),
		equalFold(name, "credential"), equalFold(name, "credentials"), equalFold(name, "auth"):
		return true
	}
	return false
}

// inSentence reports whether value is a word and another word follows that
// isn't the name of the next field. People make up passwords, so only the text
// after them distinguishes them from words.
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
