package redact

import "strings"

// Mask replaces a secret.
const Mask = "[redacted]"

// Named is the kind of a value that is a secret because its key is the name of one.
const Named = "named"

// Finding is one secret in a text.
type Finding struct {
	// Kind is what was found, for people and for grouping: assignment, aws-access-key, basic,
	// bearer, card, cookie, email, iban, jwt, private-key, provider-token, ssn, url-credentials,
	// url-parameter, webhook; nested, for a text so entangled that it is masked as a whole; or
	// [Named].
	Kind string
	// Start and End are byte offsets: the secret is s[Start:End].
	Start, End int
}

// maxPasses bounds the passes of Find over one text. Two are the rule: one
// that finds and one that finds nothing more.
const maxPasses = 8

// Text returns s with every secret replaced by Mask, and s itself when it
// has no secret. The result contains nothing that Find would find, so masking
// twice is the same as masking once.
func Text(s string) string {
	found := Find(s)
	if len(found) == 0 {
		return s
	}
	return masked(s, found)
}

// Attribute returns the value of the attribute, header or field key as it may be shown: the text
// form of [Rule.String].
func Attribute(key, value string) string {
	shown, _ := RuleOf(key).String(value)
	return shown
}

// isID reports whether a key names an identifier, as messaging.message.id does.
func isID(key string) bool {
	return len(key) > 3 && strings.EqualFold(key[len(key)-2:], "id") && strings.IndexByte("._-", key[len(key)-3]) >= 0
}

// isPhone reports whether values of a key are numbers of telephones, some of which have the length
// and the check digit of a card's.
func isPhone(key string) bool {
	for _, ending := range [...]string{"phone", "phonenumber", "msisdn"} {
		if _, ok := cutEnding(key, ending); ok {
			return true
		}
	}
	return endsInWord(key, "tel") || endsInWord(key, "mobile") || endsInWord(key, "fax")
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Placeholder reports whether the value of a sensitive key isn't a secret: it is empty,
// masked already, by this package or with asterisks, a word for its presence
// (null, true), or is a parameter that is filled in elsewhere ($1, :name).
func Placeholder(value string) bool { return placeholder(value) }

// Find returns what Text masks: findings in order of Start that do not
// overlap, nil when nothing is found.
func Find(s string) []Finding {
	found := scan(s)
	if len(found) == 0 {
		return nil
	}
	// Masking changes the surroundings of what is left, and something that
	// was part of a longer word may now be alone. So the masked text is
	// scanned too, until nothing more is found.
	for range maxPasses - 1 {
		more := scan(masked(s, found))
		if len(more) == 0 {
			return found
		}
		found = union(found, unmasked(more, found))
	}
	return []Finding{{Kind: kindNested, Start: 0, End: len(s)}}
}

func masked(s string, found []Finding) string {
	var b strings.Builder
	b.Grow(len(s) + len(found)*len(Mask))
	from := 0
	for _, f := range found {
		b.WriteString(s[from:f.Start])
		b.WriteString(Mask)
		from = f.End
	}
	b.WriteString(s[from:])
	return b.String()
}

// unmasked translates findings in masked(s, found) into findings in s. One
// that cuts through a mask takes in all that the mask stands for.
func unmasked(more, found []Finding) []Finding {
	inText := make([]Finding, 0, len(more))
	next, shift := 0, 0 // found[:next] lie before; shift is their change in length
	// skip passes the masks that end at or before the offset at.
	skip := func(at int) {
		for next < len(found) && found[next].Start+shift+len(Mask) <= at {
			shift += len(Mask) - (found[next].End - found[next].Start)
			next++
		}
	}
	for _, f := range more {
		t := Finding{Kind: f.Kind}
		skip(f.Start)
		t.Start = f.Start - shift
		if next < len(found) && found[next].Start < t.Start {
			t.Start = found[next].Start
		}
		skip(f.End)
		t.End = f.End - shift
		if next < len(found) && found[next].Start < t.End {
			t.End = found[next].End
		}
		inText = append(inText, t)
	}
	return inText
}

// union merges two ordered lists into one without overlaps. The kind of the
// part that starts first is kept.
func union(a, b []Finding) []Finding {
	merged := make([]Finding, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		var f Finding
		if len(b) == 0 || (len(a) > 0 && a[0].Start <= b[0].Start) {
			f, a = a[0], a[1:]
		} else {
			f, b = b[0], b[1:]
		}
		if last := len(merged) - 1; last >= 0 && f.Start < merged[last].End {
			merged[last].End = max(merged[last].End, f.End)
			continue
		}
		merged = append(merged, f)
	}
	return merged
}
