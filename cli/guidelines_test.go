package cli_test

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tracelab/cli"
)

// The tests that the table of guidelines names exist.
func TestGuidelinesNameTheirTests(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, file := range files {
		code.WriteString(read(t, file))
	}
	_, table, _ := strings.Cut(read(t, "../docs/cli.md"), "## Guidelines")
	named := regexp.MustCompile("`(Test[A-Za-z]+|[a-z_]+\\.txtar)`").FindAllStringSubmatch(table, -1)
	if len(named) < 15 {
		t.Errorf("the table names %d tests", len(named))
	}
	for _, name := range named {
		if strings.HasSuffix(name[1], ".txtar") {
			if _, err := os.Stat(filepath.Join("testdata/script", name[1])); err != nil {
				t.Error(err)
			}
			continue
		}
		if !strings.Contains(code.String(), "func "+name[1]+"(") {
			t.Errorf("no test is named %s", name[1])
		}
	}
}

// A command that waits for a growing pipe, or for a forgotten file name, prints what it waits for.
func TestReadingStandardInputHints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stdin, typed := io.Pipe()
		time.AfterFunc(3*time.Second, func() { typed.Close() })
		var stdout, stderr strings.Builder
		cli.Run(t.Context(), []string{"view", "-"}, stdin, &stdout, &stderr)
		if want := "tracelab: standard input has not ended: traces are shown at its end\n"; !strings.HasPrefix(
			stderr.String(), want,
		) {
			t.Errorf("stderr is %q, want it to begin with %q", stderr.String(), want)
		}
	})
}
