package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"tracelab/cli/show"
	"tracelab/lab/exercises"
	"tracelab/lab/quiz"
)

func TestLinesAreReadOneByOne(t *testing.T) {
	lines := newLineReader(strings.NewReader("one\r\n\nthree"))
	for _, want := range []string{"one", "", "three"} {
		if line, err := lines.read(t.Context()); line != want || err != nil {
			t.Errorf("line %q, error %v, want %q", line, err, want)
		}
	}
	if line, err := lines.read(t.Context()); line != "" || !errors.Is(err, io.EOF) {
		t.Errorf("line %q, error %v, want the end", line, err)
	}
}

func TestLinesHaveABound(t *testing.T) {
	_, err := newLineReader(strings.NewReader(strings.Repeat("x", maxLine+1))).read(t.Context())
	if err == nil || !strings.Contains(err.Error(), "a line of more than 65536 bytes") {
		t.Errorf("error %v", err)
	}
}

// Nothing is typed, and Ctrl-C is pressed.
func TestReadingEndsWithTheContext(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if line, err := newLineReader(r).read(ctx); line != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("line %q, error %v", line, err)
	}
	var stdout, stderr bytes.Buffer
	if code := Run(ctx, []string{"quiz"}, r, &stdout, &stderr); code != exitInterrupted {
		t.Errorf("quiz exits with %d, want %d: %s", code, exitInterrupted, &stderr)
	}
	if code := Run(ctx, []string{"exercise", "answer", "ex1"}, r, &stdout, &stderr); code != exitInterrupted {
		t.Errorf("exercise exits with %d, want %d: %s", code, exitInterrupted, &stderr)
	}
}

func TestTypedAnswersEndWithADot(t *testing.T) {
	all, err := exercises.All(0)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ reason, typed, want string }{
		{"lines up to a dot", "a: b\n  c: d\n.\nnot this", "a: b\n  c: d\n"},
		{"a pasted answer has empty lines", "a: b\n\nc: d\n.\n", "a: b\n\nc: d\n"},
		{"an example from a document is indented", "    a: b\n      c: d\n.\n", "a: b\n  c: d\n"},
		{"or fenced", "```tree\na: b\n```\n.\n", "\na: b\n\n"},
		{"the end of the input", "a: b", "a: b\n"},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		var stdout bytes.Buffer
		c := exerciseAnswerCommand{Format: "text", exerciseFrom: exerciseFrom{Seed: 3}}
		_, answer, err := c.ask(t.Context(), &environment{stdin: strings.NewReader(tt.typed), stdout: &stdout, width: 80},
			all[0])
		if err != nil || answer != tt.want {
			t.Errorf("%s: answer %q, error %v, want %q", tt.reason, answer, err, tt.want)
		}
		for _, text := range []string{
			show.Prose(all[0].Task, 80), "tracelab exercise hint ex1 --seed 3",
			"then a line with a dot",
		} {
			if !strings.Contains(stdout.String(), text) {
				t.Errorf("%s: what is printed lacks %q:\n%s", tt.reason, text, &stdout)
			}
		}
	}
}

// A file that is pasted has empty lines, and ends with a dot.
func TestAnswerThatIsAFileEndsWithADot(t *testing.T) {
	all, err := exercises.All(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if !e.IsFile {
			continue
		}
		var stdout bytes.Buffer
		env := &environment{
			stdin: strings.NewReader("name: mine\n\nhead:\n  default: 1%\n.\nls\n"), stdout: &stdout,
			stderr: io.Discard, width: 80,
		}
		_, answer, err := exerciseAnswerCommand{Name: e.Name}.ask(t.Context(), env, e)
		if want := "name: mine\n\nhead:\n  default: 1%\n"; err != nil || answer != want {
			t.Errorf("read %q and %v, want %q", answer, err, want)
		}
		if !strings.Contains(stdout.String(), "a line with a dot") {
			t.Errorf("no explanation of how to end the answer:\n%s", &stdout)
		}
	}
}

// The prompt of a mystery repeats until an answer is accepted, or the input ends.
func TestMysteryIsPromptedUntilItIsFound(t *testing.T) {
	var c runCommand
	m, o, err := c.performMystery(t.Context(), &environment{stdout: io.Discard, stderr: io.Discard, width: 80}, 11)
	if err != nil {
		t.Fatal(err)
	}
	// A new scenario changes which mystery the seed gives, and its options.
	var right, wrong, sentence string
	for i, option := range m.options {
		letter := string(rune('a' + i))
		j, err := o.Judge(option, false)
		switch {
		case err != nil:
			t.Fatal(err)
		case option.Name == m.fault.Name:
			right = letter
		case !j.Accepted && wrong == "":
			wrong, sentence = letter, option.Mystery
		}
	}
	if right == "" || wrong == "" {
		t.Fatalf("%d options: the right one is %q, one that is refused is %q", len(m.options), right, wrong)
	}
	tests := []struct{ reason, typed, want, lacks string }{
		{
			"a wrong answer, an unknown one, and the right one", wrong + "\nx\n" + right + "\nnot this\n", "Its story:",
			"Find out:",
		},
		{"the input ends", wrong + "\n", "Find out: tracelab run mystery --seed 11 --reveal", "Its story:"},
	}
	for _, tt := range tests {
		var stdout bytes.Buffer
		env := &environment{stdin: strings.NewReader(tt.typed), stdout: &stdout, stderr: io.Discard, width: 80}
		if err := c.promptMystery(t.Context(), env, m, o); err != nil {
			t.Errorf("%s: %v", tt.reason, err)
		}
		out := strings.Join(strings.Fields(stdout.String()), " ")
		if !strings.Contains(out, "Not this: "+sentence) || !strings.Contains(out, tt.want) ||
			strings.Contains(out, tt.lacks) {
			t.Errorf("%s: want %q and no %q:\n%s", tt.reason, tt.want, tt.lacks, out)
		}
	}
}

// The command line completes the names of exercises.
func TestExercisesAreCompleted(t *testing.T) {
	all, err := exercises.WithCode(0)
	if err != nil {
		t.Fatal(err)
	}
	var want, stdout bytes.Buffer
	Run(t.Context(), []string{"__complete", "exercise", "show", ""}, nil, &stdout, io.Discard)
	for _, e := range all {
		want.WriteString(e.Name + "\n")
		if !strings.Contains(stdout.String(), e.Name+"\n") {
			t.Errorf("%s is not among\n%s", e.Name, &stdout)
		}
	}
	if got := strings.Count(stdout.String(), "\n"); got != len(all) {
		t.Errorf("%d words are completed, want those of\n%s:\n%s", got, &want, &stdout)
	}
}

// Every option can be chosen, in upper case and with the punctuation that follows letters.
func TestLettersChooseOptions(t *testing.T) {
	q := quiz.Question{Options: make([]quiz.Option, 4)}
	tests := map[string]int{"a": 0, " D ": 3, "b)": 1, "c.": 2, "e": -1, "": -1, "aa": -1, "1": -1, "a b": -1, "á": -1}
	for line, want := range tests {
		if got := optionOf(q, line); got != want {
			t.Errorf("%q chooses %d, want %d", line, got, want)
		}
	}
}

func FuzzOptionOf(f *testing.F) {
	f.Add("a)")
	q := quiz.Question{Options: make([]quiz.Option, 4)}
	f.Fuzz(func(t *testing.T, line string) {
		if i := optionOf(q, line); i >= len(q.Options) || i >= 0 && !strings.Contains(strings.ToLower(line), show.Letter(i)) {
			t.Errorf("%q chooses %d", line, i)
		}
	})
}
