package cli_test

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"tracelab/cli"
	"tracelab/internal/slow"
)

var update = flag.Bool("update", false, "write the outputs in the documents anew where they are stale")

// consoleBlock is a block of a document that shows a command and what it prints.
var consoleBlock = regexp.MustCompile("(?ms)^```console\n\\$ (tracelab [^\n]*)\n(.*?)^```$")

// Documents show exactly what the commands print. The commands run in a bubble, where time begins
// at a fixed instant and passes only while everything waits, and their IDs are replaced by seeded
// ones. So a changed word of an output is one changed line of a document.
func TestDocumentsShowWhatTheCommandsPrint(t *testing.T) {
	files, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, file := range append(files, "../README.md") {
		before := read(t, file)
		after := consoleBlock.ReplaceAllStringFunc(before, func(block string) string {
			parts := consoleBlock.FindStringSubmatch(block)
			shown++
			if isLoadRun(parts[1]) && !slow.Enabled() && !*update {
				return block
			}
			printed := steadyOutput(t, words(parts[1])[1:])
			diff := cmp.Diff(withoutFigures(parts[1], parts[2]), withoutFigures(parts[1], printed))
			if diff == "" {
				return block
			}
			if !*update {
				t.Errorf("%s: %s (-shown +printed):\n%s\nRun go test ./cli -update after looking at it.", file, parts[1], diff)
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

// steadyOutput runs a command and returns an output that is the same every time.
func steadyOutput(t *testing.T, args []string) string {
	t.Helper()
	var stdout, stderr strings.Builder
	synctest.Test(t, func(t *testing.T) {
		if code := cli.Run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code > 1 { // 1 is the answer no
			t.Errorf("%s: exit code %d: %s", args, code, stderr.String())
		}
	})
	sorted := members.ReplaceAllStringFunc(stdout.String(), func(line string) string {
		name, list, _ := strings.Cut(line, ": ")
		return name + ": " + strings.Join(slices.Sorted(strings.SplitSeq(list, ",")), ",")
	})
	return withSeededIDs(withoutTrailingSpace(sorted))
}

// The members of baggage are sent in any order.
var members = regexp.MustCompile(`(?m)^ +baggage: .+$`)

// A figure of a load run: which requests fail depends on the order in which parallel ones arrive.
var figure = regexp.MustCompile(` *\d[\d,.]*( ?(%|MB))?`)

// withoutFigures returns the output of a load run without its figures after the first line, and
// other outputs as they are.
func withoutFigures(command, text string) string {
	if !isLoadRun(command) {
		return text
	}
	first, rest, _ := strings.Cut(text, "\n")
	rest = strings.ReplaceAll(figure.ReplaceAllString(rest, "…"), "… of…", "…")
	return first + "\n" + regexp.MustCompile(`  +`).ReplaceAllString(rest, "  ")
}

func isLoadRun(command string) bool {
	return strings.HasPrefix(command, "tracelab sampling") || strings.HasPrefix(command, "tracelab exercise answer ex3")
}

// An ID is a UUID, a trace ID or a span ID. It may consist of decimal digits only: one random span
// ID of 1,800 does.
var id = regexp.MustCompile(`\b([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{16})\b`)

// withSeededIDs replaces each ID by one that depends only on how many others come before it.
func withSeededIDs(text string) string {
	seeded := map[string]string{}
	return id.ReplaceAllStringFunc(text, func(found string) string {
		if isFixed(found) {
			return found // an ID that the command line or a tree contains
		}
		if seeded[found] == "" {
			seeded[found] = likeID(found, sha256.Sum256(fmt.Appendf(nil, "id %d", len(seeded))))
		}
		return seeded[found]
	})
}

// likeID returns an ID with the digits of a hash, and the dashes and the version of the one found.
func likeID(found string, hash [32]byte) string {
	digits := []byte(hex.EncodeToString(hash[:])[:len(found)])
	for i := range digits {
		switch {
		case found[i] == '-' || len(found) == 36 && i == 14:
			digits[i] = found[i]
		case len(found) == 36 && i == 19: // the variant, of which some bits are random
			digits[i] = '8'
		}
	}
	return string(digits)
}

// isFixed reports whether an ID is one of the W3C's examples, which the documents use.
func isFixed(id string) bool {
	return id == "4bf92f3577b34da6a3ce929d0e0e4736" || id == "00f067aa0ba902b7"
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
