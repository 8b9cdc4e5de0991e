package redact

import "strings"

// quoted finds a quoted secret that has only a word or a comma before it, at its quote:
// IDENTIFIED BY '…', PASSWORD '…', ("password", "…").
func quoted(s string, from, i int) Finding {
	end := i
	for end > from && (s[end-1] == ' ' || s[end-1] == '(') {
		end--
	}
	if end > from && s[end-1] == ',' {
		return pair(s, from, i, end-1)
	}
	if end == i || end == from {
		return Finding{}
	}
	start := end
	for start > from && end-start < maxKey && is(s[start-1], word) {
		start--
	}
	name := s[start:end]
	identified := equalFold(name, "by") && identifiedBy(s[max(from, start-maxKey):start])
	if !identified && !equalFold(name, "password") && !equalFold(name, "passwd") && !equalFold(name, "pwd") &&
		!equalFold(name, "passphrase") {
		return Finding{}
	}
	first, last, ok := quotedValue(s, i)
	if !ok || sentence(s[first:last]) {
		return Finding{}
	}
	return assigned(s, first, last)
}

// identifiedBy reports whether the text before BY is SQL's IDENTIFIED, or IDENTIFIED WITH and a
// plugin.
func identifiedBy(before string) bool {
	fields := strings.Fields(before)
	n := len(fields)
	return n > 0 && equalFold(fields[n-1], "identified") ||
		n > 2 && equalFold(fields[n-2], "with") && equalFold(fields[n-3], "identified")
}

// sentence reports whether a quoted text is prose: words with spaces between.
func sentence(text string) bool {
	return strings.IndexByte(text, ' ') > 0 && len(text) <= longValue && run(text, 0, letter, " ,.'-") == len(text)
}

// pair finds the second of two quoted texts of which the first is a name, at the quote i; the comma
// between them is at comma.
func pair(s string, from, i, comma int) Finding {
	nameEnd := comma
	for nameEnd > from && s[nameEnd-1] == ' ' {
		nameEnd--
	}
	if nameEnd == from || s[nameEnd-1] != s[i] {
		return Finding{}
	}
	nameEnd--
	if nameEnd > from && s[nameEnd-1] == '\\' {
		nameEnd--
	}
	start := nameEnd
	for start > from && nameEnd-start < maxKey && (is(s[start-1], word) || s[start-1] == '-' || s[start-1] == '.') {
		start--
	}
	name := s[start:nameEnd]
	level := sensitivityOf(name)
	first, last, ok := quotedValue(s, i)
	if ok && name != "" && name[0] == '-' { // an option of a command, whose arguments are a list
		switch {
		case optionRule(name[1:]).userinfo:
			return userAndPassword(s, first, last)
		case strings.HasPrefix(s[first:], "-"):
			return Finding{}
		}
	}
	if level == harmless || !ok || Key(s[first:last]) || level == weak && !weakSecret(name, s[first:last]) {
		return Finding{} // ["password", "token"] are names
	}
	if name[0] != '-' && !machineMade(s[first:last]) && !punctuated(s[first:last]) {
		return Finding{} // nor is "password", "name" more than a list
	}
	return assigned(s, first, last)
}

// punctuated reports whether a text has a character that words don't have.
func punctuated(text string) bool {
	return run(text, 0, letter|digit|blank, "-'_.,/:") < len(text)
}

// awsSecrets finds secrets of AWS access keys that follow the word secret without a sign: secret
// access key wJal…. Their length and characters identify them.
func awsSecrets(s string) (found []Finding) {
	for at := 0; ; {
		i := strings.Index(s[at:], "ecret")
		if i < 0 {
			return found
		}
		at += i + len("ecret")
		if f := awsSecretAfter(s, at); f.End > 0 {
			found = append(found, f)
			at = f.End
		}
	}
}

// afterPassword finds a password that follows that word without a sign, at its w: password hunter2.
// It has letters and digits.
func afterPassword(s string, from, i int) Finding {
	first := i - len("pass")
	if first < from || !hasPrefixFold(s[first:], "passw") || first > from &&
		(is(s[first-1], word) || strings.IndexByte("/-.", s[first-1]) >= 0) {
		return Finding{}
	}
	end := run(s[:min(len(s), i+6)], i, letter, "")
	if !equalFold(s[i:end], "word") && !equalFold(s[i:end], "wd") {
		return Finding{}
	}
	start := end
	for start < len(s) && s[start] == ' ' {
		start++
	}
	for _, link := range [...]string{"is ", "was ", "to "} {
		if start > end && hasPrefixFold(s[start:], link) {
			start += len(link)
			break
		}
	}
	if start == end || start == len(s) {
		return Finding{}
	}
	end = bareValue(s, start)
	value := strings.TrimRight(s[start:end], ".:!?")
	if len(value) < 6 || len(value) > longValue || !hasClass(value, digit) || !hasClass(value, letter) ||
		strings.ContainsAny(value, "=:[") ||
		placeholder(value) {
		return Finding{}
	}
	return Finding{kindAssignment, start, start + len(value)}
}
