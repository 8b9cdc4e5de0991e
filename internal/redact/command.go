package redact

import "strings"

// option finds the secret that follows an option of a command line, at the first hyphen of the
// option: --password x, -u user:password, and sshpass -p x for the commands in secretOptions.
func option(s string, from, i int) Finding {
	if i > from && !is(s[i-1], blank) && s[i-1] != '\'' && s[i-1] != '"' {
		return Finding{}
	}
	nameEnd := run(s[:min(len(s), i+maxKey)], i+1, word, "-.")
	name := s[i+1 : nameEnd]
	value := nameEnd
	for value < len(s) && value-nameEnd < 2 && s[value] == ' ' {
		value++
	}
	if nameEnd == i+1 {
		return Finding{}
	}
	if len(name) > 1 && name[0] == 'p' {
		if f := joinedOption(s, from, i); f.End > 0 {
			return f
		}
	}
	if value == nameEnd {
		return Finding{} // nothing between: an assignment
	}
	if value == len(s) {
		return Finding{}
	}
	secret := optionRule(name)
	switch {
	case name == "-" || s[value] == '-' && !secret.userinfo:
		return Finding{}
	case len(name) == 1 && name != "u" && !ofCommand(s, from, i, name):
		return Finding{}
	case len(name) > 1 && !secret.Secret && !secret.userinfo:
		return Finding{}
	}
	start, end, quoted := quotedValue(s, value)
	if !quoted {
		start, end = value, bareWord(s, value)
	}
	if secret.userinfo {
		return userAndPassword(s, start, end)
	}
	if placeholder(s[start:end]) || secret.weak && !weakSecret(name, s[start:end]) || !quoted &&
		inSentence(s[start:end], s[end:]) {
		return Finding{}
	}
	return Finding{kindAssignment, start, end}
}

// bareWord returns the end of the word at start, as a shell takes it.
func bareWord(s string, start int) int {
	end := start
	for end < len(s) && !is(s[end], blank) && strings.IndexByte("\"'`|;<>)]}", s[end]) < 0 {
		end++
	}
	return end
}

// An optionMeaning is what the argument of an option is.
type optionMeaning struct {
	Rule
	userinfo bool // user:password
}

func optionRule(name string) optionMeaning {
	name = strings.TrimPrefix(name, "-")
	if name == "u" || name == "user" || name == "proxy-user" {
		return optionMeaning{userinfo: true}
	}
	level := sensitivityOf(name)
	return optionMeaning{Rule: Rule{Secret: level != harmless, weak: level == weak}}
}

// userAndPassword finds the argument of curl's -u. Numbers are ids of a user and a group.
func userAndPassword(s string, start, end int) Finding {
	user, password, found := strings.Cut(s[start:end], ":")
	if !found || user == "" || len(password) < 3 || placeholder(password) || allDigits(password) ||
		strings.HasPrefix(password, "/") ||
		equalFold(user, password) {
		return Finding{}
	}
	return Finding{kindURLCredentials, start, end}
}

// secretOptions are options of one letter that take a password, by their commands.
var secretOptions = [...]struct{ command, option string }{
	{"sshpass", "p"},
	{"redis-cli", "a"},
	{"docker login", "p"},
	{"mongo", "p"},
	{"mongosh", "p"},
	{"ldapsearch", "w"},
	{"mysql", "p"},
	{"mysqldump", "p"},
	{"mariadb", "p"},
	{"mysqladmin", "p"},
}

// ofCommand reports whether the option at i is that of a command before it which takes a secret
// with it.
func ofCommand(s string, from, i int, name string) bool {
	const reach = 128
	before := s[max(from, i-reach):i]
	for _, o := range secretOptions {
		if o.option == name && strings.Contains(before, o.command+" ") {
			return o.command != "mysql" || !strings.Contains(before, "mysqld ")
		}
	}
	return false
}

// joinedOption finds the password in mysql -phunter2. Long options of these commands have two
// hyphens.
func joinedOption(s string, from, i int) Finding {
	if !ofCommand(s, from, i, "p") {
		return Finding{}
	}
	start := i + len("-p")
	end := bareWord(s, start)
	if end-start < 3 || allDigits(s[start:end]) || placeholder(s[start:end]) {
		return Finding{}
	}
	return Finding{kindAssignment, start, end}
}

// Next returns the rule of the element of a list that follows another one: the list may be a
// command line, in which a secret follows its option.
func (r Rule) Next(element string) Rule {
	if len(element) < 2 || element[0] != '-' || len(element) > maxKey {
		return r
	}
	switch name := element[1:]; {
	case len(name) == 1 && name != "u":
	default:
		next := optionRule(name)
		r.Secret, r.weak, r.userinfo = r.Secret || next.Secret, next.weak && !r.Secret, next.userinfo
	}
	return r
}
