package play

import (
	"strconv"
	"strings"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"tracelab/tracetree"
)

// constraints are the conditions in the braces of a line. Each gets a value that meets it.
type constraints struct{ line *tracetree.PatternLine }

// of returns the conditions on one attribute, or on one field of the span.
func (cs *constraints) of(key string, field bool) []*tracetree.Condition {
	var list []*tracetree.Condition
	for i := range cs.line.Conditions {
		if c := &cs.line.Conditions[i]; c.Key == key && c.Field == field {
			list = append(list, c)
		}
	}
	return list
}

// field returns the text of a field that every span has.
func (cs *constraints) field(key, usual string) (string, error) {
	list := cs.of(key, true)
	return cs.meet(list, append([]string{usual}, suggestions(list)...))
}

// kind returns the kind of a span of this form. Every form but plain has a fixed set of kinds.
func (cs *constraints) kind(usual tracetree.Kind, f form) (tracetree.Kind, error) {
	kinds := kindsOf(f, cs.line)
	if kinds == nil {
		kinds = []tracetree.Kind{
			usual, tracetree.KindInternal, tracetree.KindServer, tracetree.KindClient, tracetree.KindProducer,
			tracetree.KindConsumer,
		}
	}
	return choose(cs, fieldKind, kinds)
}

func (cs *constraints) status() (tracetree.Status, error) {
	if cs.line.Failed {
		return choose(cs, fieldStatus, []tracetree.Status{tracetree.StatusError})
	}
	return choose(cs, fieldStatus, []tracetree.Status{tracetree.StatusUnset, tracetree.StatusOK})
}

// choose returns the first of some values whose text meets the conditions on a field.
func choose[T interface{ String() string }](cs *constraints, key string, values []T) (T, error) {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = v.String()
	}
	text, err := cs.meet(cs.of(key, true), texts)
	for _, v := range values {
		if v.String() == text {
			return v, err
		}
	}
	return values[0], err
}

// events returns the names of the span's events, one for each condition.
func (cs *constraints) events() ([]string, error) {
	var names []string
	list := cs.of(fieldEvent, true)
	for i, c := range list {
		if c.Compare == tracetree.Absent {
			continue
		}
		name, err := cs.meet(list[i:i+1], suggestions(list[i:i+1]))
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// twins are the current and the older name of an attribute. A line that states one of them means
// both.
var twins = [...][2]string{
	{"http.request.method", "http.method"},
	{"http.response.status_code", "http.status_code"},
	{"db.operation.name", "db.operation"},
	{"messaging.destination.name", "messaging.destination"},
	{"db.query.text", "db.statement"},
}

// attributes sets the attributes that the line states, and removes those that it forbids. A value
// gets the type of the usual value.
func (cs *constraints) attributes(s *span, usual attributes) error {
	for i := range cs.line.Conditions {
		key := cs.line.Conditions[i].Key
		list := cs.of(key, false)
		if cs.line.Conditions[i].Field || list[0] != &cs.line.Conditions[i] { // a field, or already set
			continue
		}
		if unwanted(list) {
			s.remove(key)
			continue
		}
		texts := suggestions(list)
		before, ok := usual.get(key)
		if ok {
			texts = append([]string{before.Text()}, texts...)
		}
		text, err := cs.meet(list, texts)
		if err != nil {
			return err
		}
		s.state(key, typed(key, text, before), len(cs.of(twin(key), false)) > 0)
	}
	return nil
}

func unwanted(list []*tracetree.Condition) bool {
	for _, c := range list {
		if c.Compare != tracetree.Absent {
			return false
		}
	}
	return true
}

func twin(key string) string {
	for _, pair := range twins {
		switch key {
		case pair[0]:
			return pair[1]
		case pair[1]:
			return pair[0]
		}
	}
	return ""
}

// state sets an attribute, and its twin if the span has one that the line doesn't state.
func (s *span) state(key string, value tracetree.Value, twinStated bool) {
	s.attributes.set(key, value)
	if _, ok := s.attributes.get(twin(key)); ok && !twinStated {
		s.attributes.set(twin(key), value)
	}
}

func (s *span) remove(key string) {
	for i := range s.attributes {
		if s.attributes[i].Key == key {
			s.attributes = append(s.attributes[:i:i], s.attributes[i+1:]...)
			break
		}
	}
	if key == string(semconv.MessagingMessageIDKey) {
		s.messageID = false
	}
}

// meet returns the first text that meets all conditions.
func (cs *constraints) meet(list []*tracetree.Condition, texts []string) (string, error) {
	for _, text := range texts {
		ok := true
		for _, c := range list {
			ok = ok && c.Holds(text)
		}
		if ok {
			return text, nil
		}
	}
	l := cs.line
	key := list[0].Key
	if list[0].Field {
		key = "@" + key
	}
	return "",
		errorAt(l, list[0].Column, "found no value of %s that meets all conditions, want %s=value", strconv.Quote(key), key)
}

// suggestions returns candidates, one of which is likely to meet the conditions.
func suggestions(list []*tracetree.Condition) []string {
	var texts []string
	var bounds []float64
	for _, c := range list {
		switch c.Compare {
		case tracetree.Equal:
			text := c.Value.Text
			if c.Value.Wild {
				text = strings.ReplaceAll(text, "*", "")
			}
			texts = append(texts, text)
		case tracetree.Below, tracetree.Above:
			if n, err := strconv.ParseFloat(c.Value.Text, 64); err == nil {
				bounds = append(bounds, n)
			}
		case tracetree.Matching:
			texts = append(texts, example(c.Value.Text))
		}
	}
	for i, n := range bounds {
		texts = append(texts, numberText(n-1), numberText(n+1), numberText(n/2), numberText(n*2), numberText(-n))
		for _, m := range bounds[:i] {
			texts = append(texts, numberText((n+m)/2))
		}
	}
	return append(texts, "any", "other", "another")
}

func numberText(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) }
