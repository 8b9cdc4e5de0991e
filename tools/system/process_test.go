package system

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func shell(script, ready string) Program {
	return Program{Name: "shell", Path: "/bin/sh", Args: []string{"-c", script}, Ready: ready}
}

func TestStart(t *testing.T) {
	for _, tt := range []struct{ reason, script, ready, line, err string }{
		{"a line between others", `echo first; echo "it is at 1.2.3.4"; exec sleep 60`, "is at ", "it is at 1.2.3.4", ""},
		{"the first of two", `printf 'at a\nat b\n'; exec sleep 60`, "at ", "at a", ""},
		{"a line in two pieces", `printf 'it is a'; printf 't x\n'; exec sleep 60`, "is at ", "it is at x", ""},
		{"standard error", `echo ready >&2; exec sleep 60`, "ready", "ready", ""},
		{"it ends before", `echo no; exit 3`, "ready", "", "exit status 3"},
		{"it ends with success before", `echo no`, "ready", "", "it ended"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			host := NewHost(t.TempDir())
			defer host.Close()
			process, err := host.Start(t.Context(), shell(tt.script, tt.ready))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), "no") {
					t.Fatalf("error %v, want %q and the output", err, tt.err)
				}
				return
			}
			if err != nil || process.Line != tt.line || !process.Running() {
				t.Fatalf("%v, line %q, want %q", err, process.Line, tt.line)
			}
		})
	}
}

func TestStop(t *testing.T) {
	host := NewHost(t.TempDir())
	defer host.Close()
	for _, tt := range []struct{ reason, script, err string }{
		{"it ends with success", `trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done`, ""},
		{"it reports a failure", `trap 'echo lost a span; exit 1' TERM; echo ready; while :; do sleep 0.01; done`, "lost a span"},
		{"it goes on", `trap '' TERM; echo ready; while :; do sleep 0.01; done`, "did not end within"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			process, err := host.Start(t.Context(), shell(tt.script, "ready"))
			if err != nil {
				t.Fatal(err)
			}
			within := 10 * time.Second
			if strings.HasPrefix(tt.err, "did not") {
				within = 50 * time.Millisecond
			}
			if err := process.Stop(within); tt.err == "" && err != nil ||
				tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
			if process.Running() {
				t.Error("it runs")
			}
		})
	}
}

func TestCloseEndsEverything(t *testing.T) {
	host := NewHost(t.TempDir())
	var processes []*Process
	for range 3 {
		process, err := host.Start(t.Context(), shell(`echo ready; exec sleep 60`, "ready"))
		if err != nil {
			t.Fatal(err)
		}
		processes = append(processes, process)
	}
	host.Close()
	for _, process := range processes {
		if process.Running() {
			t.Error("a process runs after Close")
		}
	}
}

func TestEnvironmentIsClean(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	t.Setenv("AWS_PROFILE", "mine")
	t.Setenv("https_proxy", "http://proxy.example")
	t.Setenv("KEPT", "yes")
	kept := strings.Join(cleanEnviron(), "\n")
	for _, name := range []string{"OTEL_TRACES_SAMPLER", "AWS_PROFILE", "https_proxy"} {
		if strings.Contains(kept, name+"=") {
			t.Errorf("%s is passed on", name)
		}
	}
	if !strings.Contains(kept, "KEPT=yes") || !strings.Contains(kept, "PATH="+os.Getenv("PATH")) {
		t.Error("other variables are not passed on")
	}
}

func TestFreeAddressesDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 2000 {
		address, err := FreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		if seen[address] {
			t.Fatalf("%s was returned twice: the second program finds it taken", address)
		}
		seen[address] = true
	}
}

func TestAwait(t *testing.T) {
	calls := 0
	err := Await(t.Context(), "wait", func(context.Context) error {
		if calls++; calls < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil || calls != 3 {
		t.Errorf("%v after %d calls", err, calls)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = Await(ctx, "wait for it", func(context.Context) error { return errors.New("not yet") })
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "wait for it: ") ||
		!strings.Contains(err.Error(), "not yet") {
		t.Errorf("error %v, want the end of the context and the last error", err)
	}
}
