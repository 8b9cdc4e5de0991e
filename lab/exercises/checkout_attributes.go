package exercises

import (
	"fmt"
	"slices"
	"strings"

	"tracelab/internal/redact"
	"tracelab/tracetree"
)

// How an answer marks what is always sampled.
const (
	sampledKey    = "sampled"
	sampledAlways = "always"
)

// attributes returns what a line says of its span's attributes, without the mark of what is sampled.
func (l *drawn) attributes() []tracetree.Condition {
	return slices.DeleteFunc(slices.Clone(l.Conditions), func(c tracetree.Condition) bool {
		return c.Field || c.Key == sampledKey || c.Compare == tracetree.Absent
	})
}

// placed grades whether at least one of some spans has attributes.
func (c *checkout) placed(asked string, lines []int, why string) {
	if len(lines) == 0 {
		c.grade.fail(asked, "no such call", why)
		return
	}
	for _, i := range lines {
		list := slices.DeleteFunc(c.lines[i].attributes(), func(a tracetree.Condition) bool { return isSensitive(&a) })
		if len(list) > 0 {
			c.grade.pass(asked, keys(list)+" on "+c.name(i), "")
			return
		}
	}
	c.grade.fail(asked, "none on "+c.names(lines), why)
}

func keys(list []tracetree.Condition) string {
	var names []string
	for i := range list {
		names = append(names, list[i].Key)
	}
	return strings.Join(names, ", ")
}

// spread grades whether attributes are on the spans that they say something about.
func (c *checkout) spread() {
	const asked = "attributes where they belong"
	root, all := 0, 0
	var stray []string
	for i := range c.lines {
		l := &c.lines[i]
		list := l.attributes()
		all += len(list)
		if l.above == none {
			root += len(list)
		}
		for _, a := range list {
			if place := belongs(a.Key, l); place != "" {
				stray = append(stray, fmt.Sprintf("%s on %s, which says something about %s", a.Key, c.name(i), place))
			}
		}
	}
	switch {
	case len(stray) > 0:
		c.grade.fail(asked, strings.Join(stray[:min(3, len(stray))], "; "), "Who looks at a slow or failed span looks at its attributes. Put each on the span that it describes.")
	case all == 0:
		c.grade.fail(asked, "no attributes", "Without them a span says that something took long, and not for whom or for what.")
	case root > all/2:
		c.grade.fail(asked, fmt.Sprintf("%d of %d on the root", root, all),
			"The root has what is known of the request as a whole. What is known of one step belongs on that step's span, so that it is found there.")
	default:
		c.grade.pass(asked, fmt.Sprintf("%d, %d of them on the root", all, root), "")
	}
}

// belongs says what an attribute says something about, if that isn't this line's span.
func belongs(key string, l *drawn) string {
	space, _, _ := strings.Cut(key, ".")
	switch {
	case space == "db" && !isDatabase(l):
		return "a database call"
	case space == "messaging" && l.Target.Text == "" && !strings.HasPrefix(l.Operation.Text, "process "):
		return "a message"
	case space == "http" && isDatabase(l):
		return "an HTTP request"
	default:
		return ""
	}
}

// isSensitive reports whether an attribute gives something away.
func isSensitive(a *tracetree.Condition) bool {
	return redact.Key(a.Key) || redact.Attribute(a.Key, a.Value.Text) != a.Value.Text || redact.Personal(a.Key) || isAboutPerson(a.Key)
}

// personalWords are parts of the keys of attributes that identify a customer. Machines have addresses, too.
var personalWords = []string{
	"ssn", "passport", "birthdate", "birthday", "birth", "dob", "address", "street", "postcode", "zip", "zipcode", "license", "licence",
	"nationality", "taxid", "surname", "gender",
}

// isAboutPerson reports whether a key names what identifies a person.
func isAboutPerson(key string) bool {
	space, _, _ := strings.Cut(strings.ToLower(key), ".")
	if slices.Contains([]string{"server", "network", "net", "source", "destination", "host"}, space) {
		return false
	}
	words := strings.FieldsFunc(strings.ToLower(key), func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(personalWords, word) })
}

// sensitive grades whether an attribute gives something away. What it is isn't quoted.
func (c *checkout) sensitive() {
	const asked = "nothing sensitive"
	var secrets []string
	for i := range c.lines {
		for _, a := range c.lines[i].attributes() {
			if isSensitive(&a) {
				secrets = append(secrets, a.Key+" on "+c.name(i))
			}
		}
		if label := c.lines[i].Label(); redact.Text(label) != label {
			secrets = append(secrets, "the name "+c.name(i))
		}
	}
	if len(secrets) > 0 {
		c.grade.fail(asked, strings.Join(secrets[:min(3, len(secrets))], "; "),
			"Traces are read by many, and kept for long. Leave it out, or say what kind it is instead: payment.method=card, customer.tier=gold.")
		return
	}
	c.grade.pass(asked, "no attribute that is named or looks like a secret, or like what says who somebody is", "")
}

// sampled grades whether it is marked what is always sampled, at a place where somebody can decide it.
func (c *checkout) sampled(outside []int) {
	const asked = "what is always sampled is marked"
	const whole = "A trace is kept whole or not at all. "
	marked := c.where(func(_ int, l *drawn) bool {
		return slices.ContainsFunc(l.Conditions, func(a tracetree.Condition) bool { return !a.Field && a.Key == sampledKey })
	})
	other := slices.DeleteFunc(slices.Clone(marked), func(i int) bool {
		return !slices.ContainsFunc(c.lines[i].Conditions, func(a tracetree.Condition) bool {
			return a.Key == sampledKey && (a.Compare != tracetree.Equal || a.Value.Text != sampledAlways)
		})
	})
	onPath := func(i int) bool {
		return c.lines[i].Failed || slices.ContainsFunc(outside, func(o int) bool { return o == i || c.isBelow(o, i) })
	}
	switch {
	case len(marked) == 0:
		c.grade.fail(asked, "no mark", whole+"Checkouts are few and worth much, so their root decides: keep them all. Write {sampled=always} on it.")
	case len(other) > 0:
		c.grade.fail(asked, "another value on "+c.names(other), "Write it as {sampled=always}.")
	case slices.ContainsFunc(marked, func(i int) bool { return c.lines[i].above == none }):
		c.grade.pass(asked, "on the root", whole+"With a head sampler, who starts it decides for everybody, and the sampled flag carries the decision on.")
	case slices.ContainsFunc(marked, onPath):
		c.grade.pass(asked, "on "+c.names(marked), whole+
			"When this span starts, the head of the trace has long been decided: keeping all with this span in them takes a tail sampler, which waits for the end.")
	default:
		c.grade.fail(asked, "on "+c.names(marked), whole+
			"A span in the middle can't be kept by itself. Mark the root, which decides for all, or the payment or a failed span, for which a tail sampler keeps the whole.")
	}
}
