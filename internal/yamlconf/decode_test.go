package yamlconf_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/internal/source"
	"tracelab/internal/yamlconf"
)

type settings struct {
	Name  string
	Kind  string
	Count int
	Wait  time.Duration
	Quick bool
	Rate  float64
	Parts []string
	Rates map[string]string
	Inner []inner
}

type inner struct{ A, B string }

func (s *settings) read() yamlconf.Reader {
	s.Rates = map[string]string{}
	return yamlconf.Object(yamlconf.Fields{
		"name":  yamlconf.Text(&s.Name),
		"kind":  yamlconf.OneOf(&s.Kind, "child", "link"),
		"count": yamlconf.Int(&s.Count, 1, 5),
		"wait":  yamlconf.Duration(&s.Wait, time.Millisecond, time.Minute),
		"quick": yamlconf.Bool(&s.Quick),
		"rate": yamlconf.Value(&s.Rate, "a number", func(text string) (rate float64, err error) {
			if _, err = fmt.Sscan(text, &rate); err != nil || math.IsNaN(rate) {
				err = fmt.Errorf("%q is not a rate", text)
			}
			return rate, err
		}),
		"parts": yamlconf.List(yamlconf.Append(&s.Parts, yamlconf.Text)),
		"rates": yamlconf.Map(func(_, value yamlconf.Node) error {
			text := ""
			err := yamlconf.Text(&text)(value)
			s.Rates[value.Name()] = text
			return err
		}),
		"inner": yamlconf.List(yamlconf.Append(&s.Inner, func(i *inner) yamlconf.Reader {
			return yamlconf.Object(yamlconf.Fields{"a": yamlconf.Text(&i.A), "b": yamlconf.Text(&i.B)}, "a")
		})),
	})
}

func decode(text string) (settings, error) {
	var s settings
	err := yamlconf.Decode("a.yaml", text, "the file", s.read())
	return s, err
}

func TestDecode(t *testing.T) {
	all := settings{
		Name: "a", Kind: "link", Count: 3, Wait: 1500 * time.Millisecond, Quick: true, Rate: 0.5,
		Parts: []string{"x", "12", "true"}, Rates: map[string]string{"GET /tasks": "5%"},
		Inner: []inner{{"x", "y"}, {"z", ""}},
	}
	tests := []struct {
		reason, text string
		want         settings
	}{
		{"block style", "name: a\nkind: link\ncount: 3\nwait: 1.5s\nquick: true\nrate: 0.5\nparts: [x, 12, true]\n" +
			"rates:\n  GET /tasks: 5%\ninner:\n  - a: x\n    b: y\n  - a: z\n", all},
		{"flow style", `{name: a, kind: link, count: 3, wait: 1.5s, quick: true, rate: 0.5, parts: [x, "12", 'true'], ` +
			`rates: {GET /tasks: 5%}, inner: [{a: x, b: y}, {a: z}]}`, all},
		{"JSON is YAML", `{"name": "a", "count": 1}`, settings{Name: "a", Count: 1, Rates: map[string]string{}}},
		{"block text", "name: |\n  two\n  lines\n", settings{Name: "two\nlines", Rates: map[string]string{}}},
		{"Windows lines", "name: a\r\ncount: 2\r\n", settings{Name: "a", Count: 2, Rates: map[string]string{}}},
		{"empty", "", settings{Rates: map[string]string{}}},
		{"comments only", "# nothing\n", settings{Rates: map[string]string{}}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			got, err := decode(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The place of a mistake doesn't depend on how the YAML is written: in lines, in braces, or as
// JSON.
func TestDecodePlacesMistakes(t *testing.T) {
	tests := []struct{ reason, text, want string }{
		{
			"bound, in a line", "name: a\ncount: 9",
			"a.yaml:2:8: count is 9: want a whole number from 1 to 5\n  count: 9\n         ^",
		},
		{
			"bytes of Latin-1", "kind: child\nname: né\xe9\n",
			"a.yaml:2:9: found the byte 0xe9, which isn't UTF-8: want the file saved as UTF-8\n  name: né�\n          ^",
		},
		{"a byte that isn't UTF-8, in a comment", "# \xff", "a.yaml:1:3: found the byte 0xff, which isn't UTF-8: " +
			"want the file saved as UTF-8\n  # �\n    ^"},
		{
			"bound, in braces", "{count: 99}",
			"a.yaml:1:9: count is 99: want a whole number from 1 to 5\n  {count: 99}\n          ^",
		},
		{
			"bound, in JSON", "{\n  \"count\": -5\n}",
			"a.yaml:2:12: count is -5: want a whole number from 1 to 5\n    \"count\": -5\n             ^",
		},
		{
			"key in a text before it", "name: \"count: 1\"\ncount: 9",
			"a.yaml:2:8: count is 9: want a whole number from 1 to 5\n  count: 9\n         ^",
		},
		{"fraction", "count: 3.7", "a.yaml:1:8: count is 3.7: want a whole number from 1 to 5\n  count: 3.7\n         ^"},
		{
			"quoted number", `count: "3"`,
			"a.yaml:1:8: count is \"3\": want a whole number from 1 to 5\n  count: \"3\"\n         ^",
		},
		{
			"number too large for any machine", "count: 99999999999999999999",
			"a.yaml:1:8: count is 99999999999999999999: want a whole number from 1 to 5\n" +
				"  count: 99999999999999999999\n         ^",
		},
		{
			"unknown field", "colour: red",
			"a.yaml:1:1: unknown field \"colour\" in the file: want count, inner, kind, name, parts, quick, rate, rates, " +
				"wait\n  colour: red\n  ^",
		},
		{
			"unknown field, nested", "inner: [{a: x, c: y}]",
			"a.yaml:1:16: unknown field \"c\" in item 1 of inner: want a, b\n  inner: [{a: x, c: y}]\n                 ^",
		},
		{
			"missing field", "inner:\n  - a: x\n  - b: y",
			"a.yaml:3:5: item 2 of inner has no field \"a\": want one\n    - b: y\n      ^",
		},
		{"word", "kind: twin", "a.yaml:1:7: kind is \"twin\": want child, link\n  kind: twin\n        ^"},
		{
			"duration", "wait: soon",
			"a.yaml:1:7: wait is \"soon\": want a duration such as 200ms or 1.5s\n  wait: soon\n        ^",
		},
		{
			"duration without a unit", "wait: 12",
			"a.yaml:1:7: wait is \"12\": want a duration such as 200ms or 1.5s\n  wait: 12\n        ^",
		},
		{"long duration", "wait: 1h", "a.yaml:1:7: wait is 1h0m0s: want 1ms to 1m0s\n  wait: 1h\n        ^"},
		{"not a truth", "quick: yes", "a.yaml:1:8: quick is \"yes\": want true or false\n  quick: yes\n         ^"},
		{"a value's own mistake", "rate: fast", "a.yaml:1:7: rate: \"fast\" is not a rate\n  rate: fast\n        ^"},
		{"list for a text", "name: [a]", "a.yaml:1:7: name is a list: want text\n  name: [a]\n        ^"},
		{"object for a text", "name: {a: b}", "a.yaml:1:8: name is an object: want text\n  name: {a: b}\n         ^"},
		{
			"text for a list", "parts: a",
			"a.yaml:1:8: parts is a single value: want a list, each item after \"- \"\n  parts: a\n         ^",
		},
		{
			"text for an object", "rates: a",
			"a.yaml:1:8: rates is a single value: want lines of \"key: value\"\n  rates: a\n         ^",
		},
		{"list for the whole", "- a", "a.yaml:1:1: the file is a list: want lines of \"key: value\"\n  - a\n  ^"},
		{"no value", "name:\ncount: 1", "a.yaml:1:6: name is empty: want text\n  name:\n       ^"},
		{"empty text", `name: ""`, "a.yaml:1:7: name is empty: want text\n  name: \"\"\n        ^"},
		{"key that is a list", "? [a]\n: b", "a.yaml:2:1: this is not YAML: found an invalid key for this map\n  : b\n  ^"},
		{
			"tag", "name: !secret x",
			"a.yaml:1:7: !secret begins a tag: want a plain value, in quotes if it begins with !, & or *\n" +
				"  name: !secret x\n        ^",
		},
		{
			"tag without a value", "parts: !x\nname: b",
			"a.yaml:1:8: !x begins a tag: want a plain value, in quotes if it begins with !, & or *\n  parts: !x\n         ^",
		},
		{
			"anchor", "name: &a x",
			"a.yaml:1:7: & begins an anchor: want a plain value, in quotes if it begins with !, & or *\n" +
				"  name: &a x\n        ^",
		},
		{
			"alias", "name: *a",
			"a.yaml:1:7: * begins an alias: want a plain value, in quotes if it begins with !, & or *\n  name: *a\n        ^",
		},
		{
			"field twice", "name: a\nname: b",
			"a.yaml:2:1: this is not YAML: mapping key \"name\" already defined at [1:1]\n  name: b\n  ^",
		},
		{"tab", "rates:\n\tGET: 1", "a.yaml:2:1: this is not YAML: a tab in the indentation: want spaces\n  →GET: 1\n  ^"},
		{
			"two documents", "name: a\n---\nname: b",
			"a.yaml:3:1: a second YAML document: want one, without a line ---\n  name: b\n  ^",
		},
		{"too long", strings.Repeat("# x\n", 1<<15), "a.yaml:1:1: the text has 131072 bytes: want at most 65536\n  \n  ^"},
		{"not YAML", "parts: [a", "a.yaml:1:8: this is not YAML: sequence end token ']' not found\n  parts: [a\n         ^"},
		{
			"all mistakes", "count: 9\nquick: no\n",
			"a.yaml:1:8: count is 9: want a whole number from 1 to 5\n  count: 9\n         ^\n" +
				"a.yaml:2:8: quick is \"no\": want true or false\n  quick: no\n         ^",
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			got, err := decode(test.text)
			if err == nil {
				t.Fatalf("no error, but %+v", got)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeKeepsWhatIsRight(t *testing.T) {
	got, err := decode("name: a\ncount: many\nquick: true\n")
	if err == nil || got.Name != "a" || !got.Quick || got.Count != 0 {
		t.Errorf("read %+v, error %v", got, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		"name: a\ncount: 3\nwait: 1.5s\nparts: [x, y]\nrates:\n  GET /tasks: 0.5\n", "parts: !x", "name: &a [*a]", "- a",
		"? a\n: b", "name: |\n  x",
		"{name: a, <<: {count: 1}}", "inner: [{a: x}, {b: y}]", "a: &x {b: *x}", "? [a]\n: b", "<<: {}", "- - -", "\t",
		"%YAML 1.2\n---\n", "!!map {}",
		"name: \xff", "count: 0x3", "rates: {a: , b}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := decode(text)
		if err == nil {
			return
		}
		var at *source.Error
		if !errors.As(err, &at) {
			t.Fatalf("an error without a place: %v", err)
		}
		if at.File != "a.yaml" || at.Line < 1 || at.Column < 1 || at.Line > strings.Count(text, "\n")+1 {
			t.Errorf("the place is %s:%d:%d of %d lines", at.File, at.Line, at.Column, strings.Count(text, "\n")+1)
		}
	})
}
