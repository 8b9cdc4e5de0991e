package scenarios_test

import (
	"errors"
	"strings"
	"testing"

	"tracelab/internal/source"
	"tracelab/lab/scenarios"
)

// usual is a scenario with nothing wrong in it.
const usual = `title: T
lesson: L

A story with ` + "`3 services`" + `.

-- requests --
POST /tasks {"title": "x"} → 201
-- tree --
api-gateway: POST /tasks (root)
  ...
`

func TestMistakesInFilesAreSaidWithTheirPlace(t *testing.T) {
	with := func(old, new string) string {
		if !strings.Contains(usual, old) {
			t.Fatalf("the usual file has no %q", old)
		}
		return strings.Replace(usual, old, new, 1)
	}
	tests := []struct {
		name         string
		text         string
		line, column int
		says         string
	}{
		{"empty", "", 1, 1, "begins with lines of \"key: value\""},
		{"no header", "-- tree --\na: b (root)\n", 1, 1, "begins with lines of \"key: value\""},
		{"no title", with("title: T\n", ""), 1, 1, "no title or no lesson"},
		{"unknown key", with("lesson: L", "lesson: L\ncolour: red"), 3, 1, "no key \"colour\": want one of title"},
		{"key twice", with("lesson: L", "lesson: L\nlesson: M"), 3, 1, "lesson is there twice"},
		{"both names of a key", with("lesson: L", "lesson: L\nfix: a\nrepair: b"), 4, 1, "fix is there twice"},
		{"key without a value", with("title: T", "title:"), 1, 1, "key: value"},
		{
			"unknown thing to show", with("lesson: L", "lesson: L\nshow: ids, colours"), 3, 12,
			"nothing is called \"colours\": want some of ids",
		},
		{"mystery without a cause", with("lesson: L", "lesson: L\nmystery: M"), 1, 1, "want one of the two"},
		{
			"mystery with both", with("lesson: L", "lesson: L\nmystery: M\ncause: a: b\nunseen: u"), 1, 1,
			"want one of the two",
		},
		{"cause without a mystery", with("lesson: L", "lesson: L\ncause: a: b"), 1, 1, "want a line mystery"},
		{"unknown section", with("-- tree --", "-- three --"), 8, 4, "no section \"three\": want one of requests, settings"},
		{"section twice", usual + "-- tree --\na: b (root)\n", 11, 4, "tree is there twice"},
		{"nothing to do", with("-- requests --\nPOST /tasks {\"title\": \"x\"} → 201\n", ""), 9, 1, "nothing to do"},
		{"two things to do", usual + "-- play --\na: b (root)\n", 11, 4, "want one of the two sections"},
		{"no requests", with("POST /tasks {\"title\": \"x\"} → 201\n", "# none\n"), 6, 4, "section requests is empty"},
		{"unknown method", with("POST", "STEAL"), 7, 1, "the method is \"STEAL\": want GET, POST"},
		{"no path", with("POST /tasks {\"title\": \"x\"}", "POST"), 7, 1, "then a path"},
		{"path without a slash", with("/tasks", "tasks"), 7, 6, "want one that begins with /"},
		{"body that is no JSON", with(`{"title": "x"}`, `{"title": x}`), 7, 13, "the body is not JSON"},
		{"status that is none", with("→ 201", "→ soon"), 7, 28, "the status after → is \"soon\""},
		{"count of none", with("POST", "0x POST"), 7, 1, "want 2x to 1000x"},
		{
			"header without a request", with("POST /tasks", "  a: b\nPOST /tasks"), 7, 3,
			"without a request above it: want a request first",
		},
		{"header that is none", with("→ 201", "→ 201\n  no header"), 8, 3, "want name: value"},
		{"notation", with("  ...", "   ..."), 10, 4, "indentation of 3 spaces"},
		{
			"notation to play", with("-- requests --\nPOST /tasks {\"title\": \"x\"} → 201\n", "-- play --\na: b (root) {x\n"),
			7, 13, "}",
		},
		{"severity", usual + "-- findings --\nfatal orphan\n", 12, 1, "the severity is \"fatal\": want error"},
		{"check", usual + "-- findings --\nerror oprhan\n", 12, 7, "there is no check \"oprhan\""},
		{"unknown setting", usual + "-- settings --\nconsummer: link\n", 12, 1, "consummer"},
		{
			"setting of another type", usual + "-- settings --\nattempts: often\n", 12, 11,
			"attempts is \"often\": want a whole number from 1 to 5",
		},
		{"a setting of 0", usual + "-- settings --\nattempts: 0\n", 12, 11, "attempts is 0: want a whole number from 1 to 5"},
		{
			"duplicates without end", usual + "-- faults --\n- sqs: SendMessage\n  duplicate: 100000000\n", 13, 14,
			"want a whole number from 0 to 100",
		},
		{
			"settings of what is played",
			with("-- requests --\nPOST /tasks {\"title\": \"x\"} → 201\n",
				"-- play --\na: b (root)\n-- settings --\nconsumer: link\n"), 8, 4, "a played tree takes redact and routes",
		},
		{"setting that is no duration", usual + "-- settings --\nvisibility_timeout: soon\n", 12, 21, "soon"},
		{"consumer", usual + "-- settings --\nattempts: 2\nconsumer: twin\n", 13, 11, "consumer is \"twin\": want child"},
		{"attempts", usual + "-- settings --\nattempts: 9\n", 12, 11, "attempts is 9: want a whole number from 1 to 5"},
		{"attributes", usual + "-- settings --\nevent_attributes: 11\n", 12, 19, "want a whole number from 1 to 10"},
		{"long visibility", usual + "-- settings --\nvisibility_timeout: 1h\n", 12, 21, "want 1ms to 1m0s"},
		{"route", usual + "-- settings --\nroutes:\n  - span: \"a: b\"\n", 13, 5, "item 1 of routes has no field \"io\""},
		{"fault of no fake", usual + "-- faults --\n- error: internal\n", 12, 3, "no fake, or two"},
		{"fault of two fakes", usual + "-- faults --\n- dynamodb: PutItem\n  sqs: SendMessage\n", 12, 3, "no fake, or two"},
		{
			"operation", usual + "-- faults --\n- dynamodb: PutItem\n  error: internal\n- dynamodb: PutIt\n  error: internal\n",
			14, 13, "unknown operation \"PutIt\"",
		},
		{
			"error", usual + "-- faults --\n- dynamodb: PutItem\n  error: sad\n", 13, 10,
			"error is \"sad\": want connection lost, empty 503, internal",
		},
		{"fault without effect", usual + "-- faults --\n- dynamodb: PutItem\n", 12, 13, "no effect: want error"},
		{
			"long delay", usual + "-- faults --\n- dynamodb: PutItem\n  delay: 1h\n", 13, 10,
			"delay is 1h0m0s: want 0s to 1m0s",
		},
		{"faults that are no list", usual + "-- faults --\ndynamodb: PutItem\n", 12, 1, "faults is an object: want a list"},
		{
			"bound in braces", usual + "-- settings --\n{attempts: 99}\n", 12, 12,
			"attempts is 99: want a whole number from 1 to 5",
		},
		{
			"bound in JSON", usual + "-- settings --\n{\n  \"max_receives\": -5\n}\n", 13, 19,
			"max_receives is -5: want a whole number from 1 to 100",
		},
		{"a fault in braces", usual + "-- faults --\n[{sqs: SendMessage, duplicate: 101}]\n", 12, 32, "duplicate is 101"},
		{
			"operation with a field's name in it", usual + "-- faults --\n- dynamodb: DropTable\n  delay: 1s\n", 12, 13,
			"unknown operation \"DropTable\"",
		},
		{
			"operation with a quote and a field's name in it", usual + "-- faults --\n- sqs: 'a\"Drop'\n  delay: 1s\n", 12, 8,
			"unknown operation \"a\\\"Drop\"",
		},
		{
			"fields that don't go together", usual + "-- faults --\n- dynamodb: PutItem\n  drop: true\n", 12, 13,
			"drop: does not apply to PutItem, want SendMessage",
		},
		{
			"faults of what is played",
			with("-- requests --\nPOST /tasks {\"title\": \"x\"} → 201\n", "-- play --\na: b (root)\n-- faults --\n"), 8, 4,
			"a played tree has none",
		},
		{"backtick", with("`3 services`", "`3 services"), 4, 14, "no partner in its paragraph"},
		{"zeros", "title: \x00\n", 1, 1, "not text"},
		{
			"a negative delay", usual + "-- faults --\n- dynamodb: PutItem\n  delay: -1s\n", 13, 10,
			"delay is -1s: want 0s to 1m0s",
		},
		{"no text", "title: \xff\n", 1, 1, "not text"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := scenarios.Parse("mine.txtar", []byte(test.text))
			var at *source.Error
			if !errors.As(err, &at) {
				t.Fatalf("the error is %v", err)
			}
			if at.File != "mine.txtar" || at.Line != test.line || test.column != 0 && at.Column != test.column ||
				!strings.Contains(at.Message, test.says) {
				t.Errorf("the error is\n%v\nwant line %d, column %d, and %q", at, test.line, test.column, test.says)
			}
		})
	}
}

// Files of version 1 keep their meaning.
func TestTheOlderNameOfFixIsRead(t *testing.T) {
	for _, key := range []string{"fix", "repair"} {
		s, err := scenarios.Parse("t.txtar", []byte(strings.Replace(usual, "lesson: L", "lesson: L\n"+key+": other", 1)))
		if err != nil || s.Fix != "other" {
			t.Errorf("%s: got %q, %v", key, s.Fix, err)
		}
	}
}

func TestUsualFormsAreRead(t *testing.T) {
	for name, text := range map[string]string{
		"as it is":         usual,
		"Windows's lines":  strings.ReplaceAll(usual, "\n", "\r\n"),
		"byte order mark":  "\ufeff" + usual,
		"no line at end":   strings.TrimSuffix(usual, "\n"),
		"comments":         strings.Replace(usual, "POST", "# a comment\n\nPOST", 1),
		"claim in 2 lines": strings.Replace(usual, "3 services", "3\nservices", 1),
		"empty settings":   usual + "-- settings --\n",
		"empty faults":     usual + "-- faults --\n",
	} {
		s, err := scenarios.Parse("folder/mine.txtar", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Name != "mine" || len(s.Requests) != 1 || len(s.Claims) != 1 || s.Claims[0].Text != "3 services" {
			t.Errorf("%s: read %q, %v, %v", name, s.Name, s.Requests, s.Claims)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(usual)
	for _, name := range scenarios.Names() {
		text, err := scenarios.Source(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := scenarios.Parse("fuzz.txtar", []byte(text))
		if err == nil {
			return
		}
		var at *source.Error
		if !errors.As(err, &at) {
			t.Fatalf("no place is said: %v", err)
		}
		if lines := strings.Count(text, "\n") + 1; at.Line < 1 || at.Line > lines || at.Column < 1 {
			t.Errorf("line %d, column %d of %d lines: %v", at.Line, at.Column, lines, err)
		}
	})
}
