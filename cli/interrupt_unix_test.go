//go:build unix

package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A reader presses Ctrl-C once, while a command waits for a pipe that has no other end, or for a
// terminal that gives no input.
func TestOneInterruptEndsEveryCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("x.tree", []byte("a: b (root)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := Run(t.Context(), []string{"simulate", "x.tree", "--export", "x.json"}, nil, io.Discard,
		io.Discard); code != 0 {
		t.Fatal("no capture")
	}
	tests := []string{
		"view pipe", "view -", "check pipe", "check x.json --config pipe", "check x.json --expect pipe",
		"expect x.json --tree pipe", "expect x.json --tree -", "expect pipe --tree x.tree",
		"diff pipe x.json", "diff x.json pipe", "convert pipe", "convert x.json -o pipe", "fmt pipe", "fmt -",
		"simulate pipe", "simulate -", "simulate x.tree --export pipe", "run ./pipe", "run -",
		"sampling --policy pipe", "sampling --policy -",
		"exercise answer ex1 pipe", "exercise answer ex1 -", "exercise answer ex2",
		"quiz", "sampling --requests 100000", "exercise answer ex3 pipe", "exercise watch none",
	}
	for i, command := range tests {
		t.Run(command, func(t *testing.T) {
			// An interrupted command may still be about to open its pipe, which must not be the
			// pipe of the next command.
			pipe := fmt.Sprint("pipe", i)
			if strings.Contains(command, "pipe") {
				if err := syscall.Mkfifo(pipe, 0o600); err != nil {
					t.Fatal(err)
				}
				defer release(t, pipe)
			}
			stdin, typed := io.Pipe()
			defer typed.Close()
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(20*time.Millisecond, cancel)
			var stderr strings.Builder
			began := time.Now()
			code := Run(ctx, strings.Fields(strings.ReplaceAll(command, "pipe", pipe)), stdin, io.Discard, &stderr)
			if took := time.Since(began); code != exitInterrupted || took > interruptGrace {
				t.Errorf("exit code %d after %s, want %d at once: %s", code, took, exitInterrupted, &stderr)
			}
			if got := stderr.String(); !strings.HasPrefix(got, "tracelab: interrupted\n") {
				t.Errorf("stderr is %q", got)
			}
		})
	}
}

// release opens and removes a pipe, so that what waits for its other end goes on.
func release(t *testing.T, name string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Clean(name), os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(func() { f.Close() })
	if err := os.Remove(name); err != nil {
		t.Error(err)
	}
}
