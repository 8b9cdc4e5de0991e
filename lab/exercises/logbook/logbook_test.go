package logbook

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestProgressIsKept(t *testing.T) {
	f := At(filepath.Join(t.TempDir(), "deep", "progress.json"))
	want := map[string]Exercise{
		"ex1":  {Passed: time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC), Tries: 3, Hints: 1},
		"mine": {Tries: 1},
	}
	for name, e := range want {
		if err := f.Update(func(p *Progress) { p.Exercises[name] = e }); err != nil {
			t.Fatal(err)
		}
	}
	p, err := f.Read()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, p.Exercises); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	entries, err := os.ReadDir(filepath.Dir(f.Path()))
	if err != nil || len(entries) != 2 { // the lock stays
		t.Errorf("files %v, error %v", entries, err)
	}
}

func TestNoProgressWithoutAFile(t *testing.T) {
	p, err := At(filepath.Join(t.TempDir(), "none.json")).Read()
	if err != nil || len(p.Exercises) != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

// A broken file is an error with its position, and isn't changed.
func TestBrokenFileIsKept(t *testing.T) {
	tests := []struct{ reason, text, want string }{
		{"cut off", "{\"schema_version\": 1,\n  \"exerc", ":2:"},
		{"empty", "", ":1:1: unexpected end of the file"},
		{"no JSON", "progress\n", ":1:1: invalid character 'p'"},
		{"wrong type", "{\"schema_version\": 1,\n \"exercises\": {\"ex1\": {\"tries\": \"x\"}}}", ":2:"},
		{"a key of a later version", "{\"schema_version\": 1, \"mysteries\": 3}", `unknown field "mysteries"`},
		{"a later version", "{\"schema_version\": 2}", ": schema_version is 2: want 1"},
		{"two objects", "{\"schema_version\": 1}{}", "unexpected text after the object"},
	}
	for _, tt := range tests {
		path := filepath.Join(t.TempDir(), "progress.json")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := At(path).Read()
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), tt.want) ||
			!strings.Contains(err.Error(), "move it away") {
			t.Errorf("%s: read: %v, want %s", tt.reason, err, tt.want)
		}
		if err := At(path).Update(func(p *Progress) { p.Exercises["x"] = Exercise{} }); err == nil {
			t.Errorf("%s: the update succeeds", tt.reason)
		}
		if text, err := os.ReadFile(path); string(text) != tt.text || err != nil {
			t.Errorf("%s: now the file is %q, %v", tt.reason, text, err)
		}
	}
}

func TestParallelUpdatesAreAllKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "progress.json")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if err := At(path).Update(func(p *Progress) {
				p.Exercises[fmt.Sprint(i)] = Exercise{Tries: 1}
				e := p.Exercises["all"]
				e.Tries++
				p.Exercises["all"] = e
			}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if p, err := At(path).Read(); err != nil || len(p.Exercises) != 9 || p.Exercises["all"].Tries != 8 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestDataDirectory(t *testing.T) {
	tests := []struct {
		reason, system string
		env            map[string]string
		want           string // empty: an error
	}{
		{"the variable wins", "linux", map[string]string{"XDG_DATA_HOME": "/data", "HOME": "/home/a"}, "/data"},
		{"a relative path is ignored", "linux", map[string]string{"XDG_DATA_HOME": "d", "HOME": "/h"}, "/h/.local/share"},
		{"the default", "linux", map[string]string{"HOME": "/home/a"}, "/home/a/.local/share"},
		{"macOS", "darwin", map[string]string{"HOME": "/Users/a"}, "/Users/a/Library/Application Support"},
		{"Windows", "windows", map[string]string{"LocalAppData": "/c/local"}, "/c/local"},
		{"no home", "linux", nil, ""},
	}
	for _, tt := range tests {
		got, err := dataDir(func(name string) string { return tt.env[name] }, tt.system)
		if filepath.ToSlash(got) != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%s: %q, %v, want %q", tt.reason, got, err, tt.want)
		}
	}
}
