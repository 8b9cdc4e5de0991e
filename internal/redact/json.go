package redact

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxNesting bounds how deep maskJSON looks into lists and objects.
const maxNesting = 100

var errNesting = errors.New("nested too deep")

// jsonMasker reads JSON and writes it again with its secrets masked.
type jsonMasker struct {
	*Masker
	text    string
	in      *json.Decoder
	out     bytes.Buffer
	kinds   []string // of what was masked
	element string   // the latest text
	single  bool     // the value as a whole is a string
	plain   string   // that string, masked
}

// readJSON masks a value in JSON. It reports whether the text is one.
func (m *Masker) readJSON(rule Rule, text string) (*jsonMasker, bool) {
	w := &jsonMasker{Masker: m, text: text, in: json.NewDecoder(strings.NewReader(text))}
	w.in.UseNumber()
	if w.value(rule, 0) != nil {
		return nil, false
	}
	_, err := w.in.Token()
	return w, err == io.EOF
}

func (w *jsonMasker) found(findings []Finding) {
	for _, f := range findings {
		w.kinds = append(w.kinds, f.Kind)
	}
}

func (w *jsonMasker) value(rule Rule, depth int) error {
	from := w.in.InputOffset()
	token, err := w.in.Token()
	if err != nil {
		return err
	}
	switch t := token.(type) {
	case json.Delim:
		if depth == maxNesting {
			return errNesting
		}
		read := w.list
		if t == '{' {
			read = w.object
		}
		err := read(rule, depth+1)
		w.element = "" // a text in it is not an element of the list around it
		return err
	case string:
		w.element = t
		found := rule.Find(t)
		w.found(found)
		w.single, w.plain = depth == 0, masked(t, found)
		if found == nil {
			w.copy(from)
		} else {
			w.string(w.plain)
		}
	case json.Number:
		if !maskNumber(rule, t.String()) {
			w.copy(from)
			break
		}
		w.kinds = append(w.kinds, rule.Number())
		w.single, w.plain = depth == 0, Mask
		w.string(Mask)
	default: // true, false, null
		w.copy(from)
	}
	return nil
}

func maskNumber(rule Rule, number string) bool {
	if n, err := strconv.ParseInt(number, 10, 64); err == nil {
		return rule.Int(n)
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		f = math.Inf(1)
	}
	return rule.Float(f)
}

func (w *jsonMasker) list(rule Rule, depth int) error {
	w.out.WriteByte('[')
	next := rule
	for first := true; w.in.More(); first = false {
		if !first {
			w.out.WriteByte(',')
		}
		w.element = ""
		if err := w.value(next, depth); err != nil {
			return err
		}
		next = rule.Next(w.element)
	}
	w.out.WriteByte(']')
	_, err := w.in.Token()
	return err
}

// member is a part of an object: its key, and where it is in the output.
type member struct {
	key        string
	start, end int
}

func (w *jsonMasker) object(rule Rule, depth int) error {
	w.out.WriteByte('{')
	var members []member
	renamed := false
	for w.in.More() {
		from := w.in.InputOffset()
		token, err := w.in.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string) // the decoder lets nothing else pass
		own := w.Rule(key)
		own.Secret = own.Secret || rule.Secret
		if len(members) > 0 {
			w.out.WriteByte(',')
		}
		start := w.out.Len()
		if own.Key == key {
			w.copy(from)
		} else {
			renamed = true
			w.found(Find(key))
			w.string(own.Key)
		}
		w.out.WriteByte(':')
		if err := w.value(own, depth); err != nil {
			return err
		}
		members = append(members, member{own.Key, start, w.out.Len()})
	}
	if renamed {
		w.reorder(members)
	}
	w.out.WriteByte('}')
	_, err := w.in.Token()
	return err
}

// reorder brings members whose keys were masked into the order of their keys.
func (w *jsonMasker) reorder(members []member) {
	from := members[0].start
	written := slices.Clone(w.out.Bytes()[from:])
	w.out.Truncate(from)
	slices.SortStableFunc(members, func(a, b member) int { return cmp.Compare(a.key, b.key) })
	for i, m := range members {
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.out.Write(written[m.start-from : m.end-from])
	}
}

// copy writes the token that ends here and begins after from as it was written.
func (w *jsonMasker) copy(from int64) {
	w.out.WriteString(strings.TrimLeft(w.text[from:w.in.InputOffset()], " \t\r\n,:"))
}

func (w *jsonMasker) string(text string) {
	out := json.NewEncoder(&w.out)
	out.SetEscapeHTML(false)
	_ = out.Encode(text)            // a string can be encoded, and the buffer takes it
	w.out.Truncate(w.out.Len() - 1) // the line end
}
