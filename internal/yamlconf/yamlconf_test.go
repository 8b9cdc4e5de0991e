package yamlconf_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/internal/source"
	"tracelab/internal/yamlconf"
)

type config struct {
	Name  string             `yaml:"name"`
	Count yamlconf.Int       `yaml:"count"`
	Wait  yamlconf.Duration  `yaml:"wait"`
	Parts []string           `yaml:"parts"`
	Rates map[string]float64 `yaml:"rates"`
}

func TestUnmarshal(t *testing.T) {
	var got config
	if err := yamlconf.Unmarshal("a.yaml", "name: a\ncount: 3\nwait: 1.5s\nparts: [x, y]\nrates:\n  GET /tasks: 0.5\n", &got); err != nil {
		t.Fatal(err)
	}
	want := config{"a", 3, yamlconf.Duration(1500 * time.Millisecond), []string{"x", "y"}, map[string]float64{"GET /tasks": 0.5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, text := range []string{"", "\n\n", "# nothing\n"} {
		if err := yamlconf.Unmarshal("a.yaml", text, &got); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestMistakesHaveTheirPlace(t *testing.T) {
	tests := []struct {
		name, text   string
		line, column int
		says         string
	}{
		{"unknown field", "name: a\ncolour: red", 2, 1, "colour"},
		{"field twice", "name: a\nname: b", 2, 1, "name"},
		{"wrong type", "name: a\ncount: many", 2, 8, "whole number"},
		{"a fraction", "count: 3.7", 1, 8, "\"3.7\" is no whole number"},
		{"a number in quotes", "count: \"3\"", 1, 8, "no whole number"},
		{"a tab", "rates:\n\tGET: 1", 2, 1, "a tab in the indentation: want spaces"},
		{"list for a text", "name: [a]", 1, 7, "string"},
		{"duration", "wait: soon", 1, 7, `"soon" is no duration: want one such as 200ms`},
		{"duration without a unit", "wait: 12", 1, 7, `"12" is no duration`},
		{"tag", "name: !secret x", 1, 7, "want a plain value"},
		{"tag without a value", "parts: !x\nname: b", 1, 8, "want a plain value"},
		{"anchor", "name: &a x", 1, 7, "want a plain value"},
		{"alias", "name: *a", 1, 7, "want a plain value"},
		{"unclosed", "parts: [a", 1, 8, ""},
		{"tab", "rates:\n\ta: 1", 2, 1, ""},
		{"two documents", "name: a\n---\nname: b", 3, 1, "a second YAML document"},
		{"too long", strings.Repeat("# x\n", 1<<15), 1, 1, "want at most 65536"},
		{"no mapping", "- a", 1, 1, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var into config
			err := yamlconf.Unmarshal("a.yaml", test.text, &into)
			var at *source.Error
			if !errors.As(err, &at) {
				t.Fatalf("the error is %v", err)
			}
			if at.Line != test.line || at.Column != test.column || !strings.Contains(at.Message, test.says) {
				t.Errorf("the error is %v, want line %d, column %d, %q", at, test.line, test.column, test.says)
			}
		})
	}
}

func FuzzUnmarshal(f *testing.F) {
	for _, text := range []string{
		"name: a\ncount: 3\nwait: 1.5s\nparts: [x, y]\nrates:\n  GET /tasks: 0.5\n", "parts: !x", "name: &a [*a]", "- a", "? a\n: b", "name: |\n  x",
		"{name: a, <<: {count: 1}}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var into config
		err := yamlconf.Unmarshal("a.yaml", text, &into)
		var at *source.Error
		if err != nil && (!errors.As(err, &at) || at.Line < 1 || at.Column < 1) {
			t.Errorf("no place is said: %v", err)
		}
	})
}
