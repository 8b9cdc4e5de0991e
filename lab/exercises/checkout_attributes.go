package exercises

import (
	"fmt"
	"slices"
	"strings"

	"tracelab/internal/redact"
	"tracelab/tracetree"
)

// The attribute that marks, in an answer, the traces that are always sampled.
const (
	sampledKey    = "sampled"
	sampledAlways = "always"
)

// attributes returns the attributes that a line gives its span, without the sampling mark.
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

// spread grades whether attributes are on the spans that they describe.
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
				stray = append(stray, fmt.Sprintf("%s on %s, which describes %s", a.Key, c.name(i), place))
			}
		}
	}
	switch {
	case len(stray) > 0:
		c.grade.fail(asked, strings.Join(stray[:min(3, len(stray))], "; "),
			"The attributes of a slow or failed span should explain it. Put each on the span that it describes.")
	case all == 0:
		c.grade.fail(asked, "no attributes",
			"Without them a span shows that something took long, but not for which tenant or order.")
	case root > all/2:
		c.grade.fail(asked, fmt.Sprintf("%d of %d on the root", root, all),
			"The root has the attributes of the request as a whole. An attribute of one step belongs on that step's span, so "+
				"that it is found there.")
	default:
		c.grade.pass(asked, fmt.Sprintf("%d, %d of them on the root", all, root), "")
	}
}

// belongs returns what an attribute describes, or "" if that is this line's span.
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

// isSensitive reports whether an attribute is a secret or personal data.
func isSensitive(a *tracetree.Condition) bool {
	return redact.Key(a.Key) || redact.Attribute(a.Key, a.Value.Text) != a.Value.Text || redact.Personal(a.Key) ||
		isAboutPerson(a.Key)
}

// personalWords are parts of the keys of attributes that identify a customer.
var personalWords = []string{
	"ssn", "passport", "birthdate", "birthday", "birth", "dob", "address", "street", "postcode", "zip", "zipcode",
	"license", "licence",
	"nationality", "taxid", "surname", "gender",
}

// isAboutPerson reports whether a key names something that identifies a person. Addresses of
// machines don't.
func isAboutPerson(key string) bool {
	space, _, _ := strings.Cut(strings.ToLower(key), ".")
	if slices.Contains([]string{"server", "network", "net", "source", "destination", "host"}, space) {
		return false
	}
	words := strings.FieldsFunc(strings.ToLower(key), func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(personalWords, word) })
}

// sensitive grades whether the answer contains secrets or personal data. Values aren't quoted.
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
			"Traces are read by many people, and kept for long. Leave it out, or record its kind instead: "+
				"payment.method=card, customer.tier=gold.")
		return
	}
	c.grade.pass(asked, "no attribute with the name or the form of a secret or of personal data", "")
}

// sampled grades whether the traces that are always sampled are marked, on a span at which a
// sampler can decide it.
func (c *checkout) sampled(outside []int) {
	const asked = "the traces to sample always are marked"
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
		c.grade.fail(asked, "no mark",
			whole+
				"Checkouts are few and valuable, so keep them all: the decision is made at the root. Write {sampled=always} on it.")
	case len(other) > 0:
		c.grade.fail(asked, "another value on "+c.names(other), "Write it as {sampled=always}.")
	case slices.ContainsFunc(marked, func(i int) bool { return c.lines[i].above == none }):
		c.grade.pass(asked, "on the root",
			whole+
				"With a head sampler, the service that starts the trace decides for all, and the sampled flag passes the "+
				"decision on.")
	case slices.ContainsFunc(marked, onPath):
		c.grade.pass(asked, "on "+c.names(marked), whole+
			"When this span starts, the head sampler has decided already: to keep all traces with this span takes a tail "+
			"sampler, which waits for the end.")
	default:
		c.grade.fail(asked, "on "+c.names(marked), whole+
			"A span in the middle can't be kept by itself. Mark the root, where a head sampler decides, or the payment or a "+
			"failed span, for which a tail sampler keeps the whole trace.")
	}
}
