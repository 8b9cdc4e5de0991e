package redact

import "strings"

// expression reports whether the value s[start:end] of a name, which has no quotes, is an
// expression in a statement of a database or in a document of GraphQL: a parameter, a column, a
// call of a function or a type. In those languages, a text without quotes is never the secret
// itself; a number is.
func expression(s, name string, start, end int) bool {
	value := strings.TrimRight(s[start:end], ")};]!")
	if value == "" {
		return false
	}
	if value[0] == '[' { // a list's type
		value = value[1:]
	}
	_, _, quoted, isCall := call(s, start)
	switch {
	case value == "":
		return false
	case parameterOf(value), column(value), equalFold(value, name), equalFold(value, "default"),
		isCall && !quoted, typeName(s, value):
		return statement(s)
	}
	return false
}

// parameterOf reports whether the value is a parameter of a driver or a language: @p1, $pw, %(pw)s,
// #{pw}.
func parameterOf(value string) bool {
	switch value[0] {
	case '@', '$':
		return len(value) > 1 && run(value, 1, word, "") == len(value)
	case '%':
		return strings.HasPrefix(value, "%(")
	case '#':
		return strings.HasPrefix(value, "#{")
	}
	return false
}

// column reports whether the value is a column of a table, as u.password.
func column(value string) bool {
	table, name, ok := strings.Cut(value, ".")
	return ok && identifier(table) && identifier(name)
}

func identifier(s string) bool {
	return s != "" && is(s[0], upper|lower) && run(s, 0, word, "") == len(s)
}

// call returns the arguments of the call of a function at start, and whether one of them is a text
// in quotes, as in md5('secret'). Arguments that are cut off or long reach to the end of s.
func call(s string, start int) (from, end int, quoted, ok bool) {
	from = run(s, start, word, ".") + 1
	if from > len(s) || s[from-1] != '(' || !is(s[start], upper|lower) {
		return 0, 0, false, false
	}
	depth := 1
	for end = from; end < len(s); end++ {
		switch s[end] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return from, end, quoted, true
			}
		case '\'', '"', '`':
			quoted = true
			_, end, _ = quotedValue(s, end)
		}
		if end-from > longStatement {
			break // each name can have such a call, and all of them are read
		}
	}
	return from, len(s), quoted, quoted
}

// typeName reports whether the value is the type of a variable of GraphQL, as String.
func typeName(s, value string) bool {
	return is(value[0], upper) && run(value, 0, letter, "") == len(value) && document(s)
}

// clauses are the verbs that statements begin with, each with the words of which one has to follow.
var clauses = [...]struct{ verb, follow string }{
	{"select", "from"},
	{"insert", "into"},
	{"replace", "into"},
	{"update", "set"},
	{"delete", "from"},
	{"merge", "into using set return"},
	{"match", "return set delete"},
	{"with", "as"},
	{"exec", "@"},
	{"execute", "@"},
}

// longStatement bounds how much of a statement is read to recognize it.
const longStatement = 4096

// statement reports whether a text is a statement of SQL or Cypher, or a document of GraphQL.
func statement(s string) bool {
	verb, rest := firstField(s[:min(len(s), longStatement)])
	for _, c := range clauses {
		if !equalFold(verb, c.verb) {
			continue
		}
		for more := rest; more != ""; {
			var next string
			if next, more = firstField(more); follows(c.follow, next) {
				return true
			}
		}
	}
	return document(s)
}

// firstField returns the first word of a text and what follows it.
func firstField(s string) (field, rest string) {
	const space = " \t\r\n"
	s = strings.TrimLeft(s, space)
	end := strings.IndexAny(s, space)
	if end < 0 {
		return s, ""
	}
	return s[:end], s[end:]
}

// follows reports whether a word is one of those of a clause, or the name of a parameter where that
// has to follow.
func follows(words, word string) bool {
	if words == "@" {
		return strings.HasPrefix(word, "@")
	}
	for words != "" {
		var want string
		if want, words = firstField(words); equalFold(word, want) {
			return true
		}
	}
	return false
}

// document reports whether a text is a document of GraphQL with a named or declared operation.
func document(s string) bool {
	text := strings.TrimSpace(s)
	for _, operation := range [...]string{"query", "mutation", "subscription"} {
		if rest, ok := strings.CutPrefix(text, operation); ok && rest != "" {
			return strings.IndexByte(" \t\r\n({", rest[0]) >= 0 && strings.Contains(rest, "{") &&
				strings.HasSuffix(text, "}")
		}
	}
	return false
}
