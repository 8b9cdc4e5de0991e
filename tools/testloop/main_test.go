package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRow(t *testing.T) {
	m := measured{command: "test ./x", wall: 9 * time.Second, processors: 15 * time.Second}
	err := m.read([]byte(`[
		{"Mode": "build", "CmdUser": 2000000000, "CmdSys": 1000000000},
		{"Mode": "build", "CmdUser": 1000000000},
		{"Mode": "build"},
		{"Mode": "link", "CmdUser": 5000000000},
		{"Mode": "vet", "CmdUser": 1000000000},
		{"Mode": "test run"}
	]`))
	var b strings.Builder
	m.row(&b)
	const want = "| `go test ./x` | 9 s | 15 s | 4 s (2) | 5 s (1) | 1 s | 5 s |\n"
	if err != nil || b.String() != want {
		t.Errorf("%v, row\n%s\nwant\n%s", err, &b, want)
	}
}

// The change applies to the code as it is, and is another one each time.
func TestChange(t *testing.T) {
	l := loop{root: "../..", dir: t.TempDir()}
	var texts [2]string
	for i := range texts {
		if err := l.change(); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(l.dir, "forest.go"))
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	if texts[0] == texts[1] || !strings.Contains(texts[0], "\ttestloop += ") {
		t.Errorf("the changes are not different ones:\n%s", texts[0])
	}
	l.root = t.TempDir()
	if err := l.change(); err == nil {
		t.Error("a folder without tracetree is taken")
	}
}
