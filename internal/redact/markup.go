package redact

import "strings"

// maxTag bounds how far before its end the start of a tag is looked for.
const maxTag = 160

// element finds the text of an XML element whose name is that of a secret, at the end of its start
// tag: <password>hunter2</password>.
func element(s string, from, i int) Finding {
	if i > from && strings.IndexByte("/=-", s[i-1]) >= 0 {
		return Finding{} // an empty element, or an arrow
	}
	before := s[max(from, i-maxTag):i]
	open := strings.LastIndexByte(before, '<')
	if open < 0 {
		return Finding{}
	}
	name := before[open+1:]
	name = name[:run(name, 0, word, "-.:")]
	if at := strings.LastIndexByte(name, ':'); at >= 0 {
		name = name[at+1:] // without its namespace
	}
	level := sensitivityOf(name)
	if level == harmless {
		return Finding{}
	}
	start := i + 1
	length := strings.IndexByte(s[start:], '<')
	if length < 0 {
		length = len(s) - start
	}
	value := s[start : start+length]
	if strings.TrimSpace(value) == "" || placeholder(value) || level == weak && !weakSecret(name, value) {
		return Finding{}
	}
	if masksCData(value) {
		return Finding{}
	}
	return Finding{kindAssignment, start, start + length}
}

func masksCData(value string) bool { return strings.HasPrefix(value, "![CDATA["+Mask) }

// setting finds the value of an attribute named value next to another one that names a secret, as
// .NET and Maven have them: <add key="Password" value="hunter2"/>.
func setting(s string, from, i int) Finding {
	before := s[max(from, i-maxTag):i]
	open := strings.LastIndexByte(before, '<')
	if open < 0 {
		return Finding{}
	}
	for at := open; at < len(before); at++ {
		attribute := before[at:]
		if !hasPrefixFold(attribute, `key="`) && !hasPrefixFold(attribute, `name="`) {
			continue
		}
		_, name, _ := strings.Cut(attribute, `"`)
		name, _, closed := strings.Cut(name, `"`)
		if !closed || !Key(name) {
			continue
		}
		if start, end, ok := quotedValue(s, i+1); ok {
			return assigned(s, start, end)
		}
	}
	return Finding{}
}
