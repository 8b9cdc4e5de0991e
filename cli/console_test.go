package cli_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/cli"
)

var update = flag.Bool("update", false, "write the outputs in the documents anew where they are stale")

// consoleBlock is a block of a document that shows a command and what it prints.
var consoleBlock = regexp.MustCompile("(?ms)^```console\n\\$ (tracelab [^\n]*)\n(.*?)^```$")

// What documents show is what the commands print, but for what differs from run to run: ids, times and bars.
func TestDocumentsShowWhatTheCommandsPrint(t *testing.T) {
	files, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, file := range files {
		before := read(t, file)
		after := consoleBlock.ReplaceAllStringFunc(before, func(block string) string {
			parts := consoleBlock.FindStringSubmatch(block)
			shown++
			var stdout, stderr strings.Builder
			code := cli.Run(t.Context(), words(parts[1])[1:], strings.NewReader(""), &stdout, &stderr)
			if code > 1 { // an answer that is no is one, too
				t.Errorf("%s: %s: exit code %d: %s", file, parts[1], code, stderr.String())
			}
			printed := withoutTrailingSpace(stdout.String())
			diff := cmp.Diff(steady(parts[1], printed), steady(parts[1], parts[2]))
			if diff == "" {
				return block
			}
			if !*update {
				t.Errorf("%s: %s prints something else, run go test ./cli -update (-now +shown):\n%s", file, parts[1], diff)
			}
			return "```console\n$ " + parts[1] + "\n" + printed + "```"
		})
		if *update && after != before {
			if err := os.WriteFile(file, []byte(after), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if shown < 10 {
		t.Errorf("the documents show %d commands", shown)
	}
}

// words splits a command line at its spaces, outside of single quotes.
func words(line string) []string {
	var list []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			list = append(list, part)
		} else {
			list = append(list, strings.Fields(part)...)
		}
	}
	return list
}

func withoutTrailingSpace(text string) string {
	return regexp.MustCompile(`(?m)[ ]+$`).ReplaceAllString(strings.TrimRight(text, "\n")+"\n", "")
}

// changing is what differs from one run to the next.
var changing = []*regexp.Regexp{
	regexp.MustCompile(`(?m) *│.*$`),                                                   // what a waterfall shows of time
	regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), // ids of tasks and messages
	regexp.MustCompile(`\b[0-9a-f]{32}\b|\b[0-9a-f]{16}\b`),                            // ids of traces and spans
	regexp.MustCompile(`(?m)^ +baggage: .*$`),                                          // its members stand in any order
	regexp.MustCompile(`\b\d\d:\d\d:\d\d\.\d{3}\b`),                                    // times of log records
	regexp.MustCompile(` *\b\d+(\.\d+)?(ns|µs|ms|s|m\d+s)\b( +\d+%)?`),                 // durations, and their shares
}

// measured is what a command measures: its figures, and how wide their columns are.
var measured = regexp.MustCompile(` *\d[\d,.]*( ?(%|MB))?`)

func steady(command, text string) string {
	if strings.HasPrefix(command, "tracelab sampling") || strings.HasPrefix(command, "tracelab exercise ex3") {
		first, rest, _ := strings.Cut(text, "\n")                                                    // says how many requests there were
		text = first + "\n" + strings.ReplaceAll(measured.ReplaceAllString(rest, "…"), "… of…", "…") // where a busy machine was slow
		text = regexp.MustCompile(`  +`).ReplaceAllString(text, "  ")
	}
	for _, pattern := range changing {
		text = pattern.ReplaceAllString(text, "…")
	}
	return text
}
