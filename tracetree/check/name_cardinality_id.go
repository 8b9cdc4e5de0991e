package check

import "strings"

// idIn looks for a word that is an id or a number that is different each time.
func idIn(name string) string {
	for start := 0; start < len(name); {
		if !isWord(name[start]) {
			start++
			continue
		}
		end := start
		for end < len(name) && isWord(name[end]) {
			end++
		}
		if what := idAt(name, start, end); what != "" {
			return what
		}
		start = end
	}
	return ""
}

func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// idAt judges one word of a name.
func idAt(name string, start, end int) string {
	word := name[start:end]
	var digits, hex, changes int
	for i := range len(word) {
		c := word[i]
		isDigit := '0' <= c && c <= '9'
		if isDigit {
			digits++
		}
		if isDigit || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' {
			hex++
		}
		if i > 0 && isDigit != ('0' <= word[i-1] && word[i-1] <= '9') {
			changes++
		}
	}
	switch {
	case len(word) == 8 && hex == 8 && isUUID(name[start:]):
		return "a UUID"
	case digits == 0:
		return ""
	case digits == len(word):
		return numberAt(name, start, end)
	case isTime(word, name[:start], name[end:]):
		return "a time"
	case len(word) >= 16 && hex == len(word):
		return "a hexadecimal id"
	case len(word) >= 16 && changes >= 4:
		return "an id"
	}
	return ""
}

// numberAt judges a word of digits. In a path, or after a "#", any number
// is a value; elsewhere a value has at least five digits, and is no port (":50051", or
// Envoy's "|50051|") and no date.
func numberAt(name string, start, end int) string {
	var before byte
	if start > 0 {
		before = name[start-1]
	}
	ends := end == len(name) || name[end] == '/' || name[end] == ' ' || name[end] == '?'
	switch {
	case before == '#':
		return "a number"
	case before == '/' && ends:
		if protocol := name[:start-1]; protocol == "HTTP" || strings.HasSuffix(protocol, " HTTP") {
			return ""
		}
		if page := name[start:end]; (page == "404" || page == "500") && (start < 2 || name[start-2] == ' ') {
			return "" // the page of an error is a route
		}
		return "a number as a part of a path"
	case end-start < 5 || (before == ':' || before == '|') && end-start == 5 || isDate(name[start:end]):
		return ""
	}
	return "a number of many digits"
}

// isDate reports whether eight digits are a date, as in versions: 20150331.
func isDate(digits string) bool {
	if len(digits) != 8 || digits[:2] != "19" && digits[:2] != "20" {
		return false
	}
	month, day := digits[4:6], digits[6:]
	return "01" <= month && month <= "12" && "01" <= day && day <= "31"
}

// isTime reports whether a word is the one in the middle of a time, as in 2024-11-05T10:22:01Z, or
// the whole of it, as 20241105T102201Z.
func isTime(word, before, after string) bool {
	date, clock, ok := strings.Cut(word, "T")
	if !ok || !isNumber(clock[:min(len(clock), 2)]) {
		return false
	}
	inTime := len(word) == len("05T10") && strings.HasSuffix(before, "-") && strings.HasPrefix(after, ":")
	return isDate(date) || inTime && isNumber(date)
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// isUUID reports whether text begins with a UUID.
func isUUID(text string) bool {
	const form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	if len(text) < len(form) {
		return false
	}
	for i := range len(form) {
		c := text[i]
		if form[i] == '-' != (c == '-') || c != '-' && !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) {
			return false
		}
	}
	return true
}
