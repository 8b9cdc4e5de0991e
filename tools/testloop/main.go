// Testloop measures how long commands take after a change in tracetree, on which most packages
// depend: the time on the wall, and the time of processors, divided into compiling, linking, vetting
// and the rest, which is the tests and the go command itself. The change is in an overlay: no file
// of the checkout is touched.
//
//	testloop [-C DIR] [COMMAND ...]
//
// A command is arguments of go, as in "test ./tracetree".
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// What is measured without arguments, from the narrowest to everything.
var commands = []string{
	"build ./...", "test ./tracetree", "test ./tracetree/...", "test -vet=off ./...", "test ./...",
}

// The change is a variable that a method adds a number to: packages that inline the method change
// too, as with most real changes. The number makes the binaries differ, which have no names.
const (
	changed = "tracetree/forest.go"
	before  = "func (n Node) Parent() (Node, bool) {\n"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "testloop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	flags := flag.NewFlagSet("testloop", flag.ContinueOnError)
	root := flags.String("C", ".", "`directory` of the checkout")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	if args := flags.Args(); len(args) > 0 {
		commands = args
	}
	dir, err := os.MkdirTemp("", "testloop")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	l := loop{dir: dir}
	if l.root, err = filepath.Abs(*root); err != nil {
		return err
	}
	fmt.Println(header)
	for _, command := range commands {
		// What doesn't depend on the change is built and tested before.
		l.overlay = ""
		if _, err := l.measure(ctx, command); err != nil {
			return err
		}
		if err := l.change(); err != nil {
			return err
		}
		m, err := l.measure(ctx, command)
		if err != nil {
			return err
		}
		m.row(os.Stdout)
	}
	return nil
}

// loop is a checkout, and the change that commands see.
type loop struct {
	root, dir string
	overlay   string // "" without a change
	changes   int64
}

// change makes another change than the last one.
func (l *loop) change() error {
	file := filepath.Join(l.root, filepath.FromSlash(changed))
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	l.changes++
	number := time.Now().UnixNano() + l.changes // in no cache
	after := strings.Replace(string(text), before,
		fmt.Sprintf("var testloop int64\n\n%s\ttestloop += %d\n", before, number), 1)
	if after == string(text) {
		return fmt.Errorf("%s has no %q: bring the change in tools/testloop up to date", changed, before)
	}
	copied := filepath.Join(l.dir, "forest.go")
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {file: copied}})
	if err != nil {
		return err
	}
	l.overlay = filepath.Join(l.dir, "overlay.json")
	return errors.Join(os.WriteFile(copied, []byte(after), 0o600), os.WriteFile(l.overlay, overlay, 0o600))
}

// measure runs a command, which has to succeed.
func (l *loop) measure(ctx context.Context, command string) (measured, error) {
	graph := filepath.Join(l.dir, "actions.json")
	verb, rest, _ := strings.Cut(command, " ")
	args := []string{verb, "-debug-actiongraph=" + graph}
	if l.overlay != "" {
		args = append(args, "-overlay="+l.overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, strings.Fields(rest)...)...)
	cmd.Dir = l.root
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return measured{}, fmt.Errorf("go %s: %w\n%s", command, err, out)
	}
	m := measured{command: command, wall: time.Since(began)}
	m.processors = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	text, err := os.ReadFile(graph)
	if err != nil {
		return measured{}, err
	}
	return m, m.read(text)
}

// measured is what a command took. Compiling, linking and vetting are parts of processors.
type measured struct {
	command            string
	wall, processors   time.Duration
	compile, link, vet time.Duration
	compiled, linked   int
}

// read adds up the actions of the go command. Their times are in nanoseconds; an action whose result
// was in the cache has none.
func (m *measured) read(graph []byte) error {
	var actions []struct {
		Mode            string
		CmdUser, CmdSys time.Duration
		Cmd             json.RawMessage
	}
	if err := json.Unmarshal(graph, &actions); err != nil {
		return fmt.Errorf("read the actions of go %s: %w", m.command, err)
	}
	for _, a := range actions {
		took := a.CmdUser + a.CmdSys
		if took == 0 {
			continue
		}
		switch a.Mode {
		case "build":
			m.compile += took
			m.compiled++
		case "link":
			m.link += took
			m.linked++
		case "vet":
			m.vet += took
		}
	}
	return nil
}

const header = `| after a change in tracetree | wall | processors | compile (packages) | link (binaries) | vet | tests and go itself |
| --- | --- | --- | --- | --- | --- | --- |`

func (m *measured) row(w io.Writer) {
	fmt.Fprintf(w, "| `go %s` | %.0f s | %.0f s | %.0f s (%d) | %.0f s (%d) | %.0f s | %.0f s |\n",
		m.command, m.wall.Seconds(), m.processors.Seconds(), m.compile.Seconds(), m.compiled, m.link.Seconds(), m.linked,
		m.vet.Seconds(), (m.processors - m.compile - m.link - m.vet).Seconds())
}
