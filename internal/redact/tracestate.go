package redact

import "strings"

// TraceState returns the value of a tracestate header without the members that [TraceStateMember]
// finds, and whether there were any. The mask can't replace them, as its brackets aren't allowed
// in a key.
func (m *Masker) TraceState(state string) (string, bool) {
	found := false
	for text := range strings.SplitSeq(state, ",") {
		found = found || sensitiveMember(text)
	}
	if !found {
		return state, false
	}
	var innocent []string
	for text := range strings.SplitSeq(state, ",") {
		if !sensitiveMember(text) {
			innocent = append(innocent, strings.TrimSpace(text))
		}
	}
	return strings.Join(innocent, ","), true
}

func sensitiveMember(text string) bool {
	key, value, _ := strings.Cut(text, "=")
	return TraceStateMember(strings.TrimSpace(key), strings.TrimSpace(value))
}

// TraceStateMember reports whether a member of a tracestate is sensitive.
func TraceStateMember(key, value string) bool {
	return Key(key) && !placeholder(value) || Find(key) != nil || Find(value) != nil
}
