// Package system runs the three services as users run them in production: each in a process of its
// own, over TCP, with a stand-in for AWS, an OpenTelemetry Collector and Jaeger. The programs that
// prove something about the whole are made of it.
package system

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A Host starts processes and ends them all. It is safe for concurrent use.
type Host struct {
	dir string // of logs

	mu        sync.Mutex
	processes []*Process
	starts    int
}

// NewHost returns a host whose processes write their output to files in a directory.
func NewHost(dir string) *Host { return &Host{dir: dir} }

// A Program is what a host can start.
type Program struct {
	Name string // in messages
	Path string
	Args []string
	Env  []string // added to the environment, see [Host.Start]
	// Ready is a text in the line of output that the program writes when it is ready. Without it,
	// the program is ready when it has started.
	Ready string
}

// readyWithin bounds the start of a program.
const readyWithin = 2 * time.Minute

// A Process is a program that was started.
type Process struct {
	Name string
	// Line is the line of output with Program.Ready.
	Line string

	cmd  *exec.Cmd
	out  *output
	done chan struct{} // closed when the process has ended
	err  error         // of the process, when it has ended
}

// Start starts a program, and returns when it is ready. Its environment is this program's without
// the variables that configure telemetry, AWS and tracelab, so that only the given ones do.
func (h *Host) Start(ctx context.Context, p Program) (*Process, error) {
	h.mu.Lock()
	h.starts++
	name := fmt.Sprintf("%02d-%s.log", h.starts, p.Name)
	h.mu.Unlock()
	file, err := os.Create(filepath.Join(h.dir, name))
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.Name, err)
	}
	cmd := exec.Command(p.Path, p.Args...)
	cmd.Env = append(cleanEnviron(), p.Env...)
	// Ctrl-C in a terminal goes to its whole group, and these are ended in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out := &output{file: file, want: p.Ready, found: make(chan string, 1)}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", p.Name, err), file.Close())
	}
	process := &Process{Name: p.Name, cmd: cmd, out: out, done: make(chan struct{})}
	go func() {
		process.err = errors.Join(cmd.Wait(), file.Close())
		close(process.done)
	}()
	h.mu.Lock()
	h.processes = append(h.processes, process)
	h.mu.Unlock()
	if p.Ready == "" {
		return process, nil
	}
	limit := time.NewTimer(readyWithin)
	defer limit.Stop()
	select {
	case process.Line = <-out.found:
		return process, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-process.done:
		err = errors.Join(errors.New("it ended"), process.err)
	case <-limit.C:
		err = fmt.Errorf("it is not ready after %s", readyWithin)
	}
	process.Kill()
	return nil, fmt.Errorf("start %s: %w\n%s", p.Name, err, process.Log())
}

// Stop sends SIGTERM and waits for the end, within a time. It returns an error if the process
// didn't end with success.
func (p *Process) Stop(within time.Duration) error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	limit := time.NewTimer(within)
	defer limit.Stop()
	select {
	case <-p.done:
	case <-limit.C:
		p.Kill()
		return fmt.Errorf("%s did not end within %s of SIGTERM", p.Name, within)
	}
	if p.err != nil {
		return fmt.Errorf("%s: %w\n%s", p.Name, p.err, p.Log())
	}
	return nil
}

// Kill ends the process with SIGKILL, and waits for the end.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
}

// Running reports whether the process has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// logTail is how much of a process's output a message has.
const logTail = 2000

// Log returns the end of what the process wrote.
func (p *Process) Log() string {
	text, _ := os.ReadFile(p.out.file.Name())
	if len(text) > logTail {
		text = append([]byte("…"), text[len(text)-logTail:]...)
	}
	return string(text)
}

// Output returns everything that the process has written.
func (p *Process) Output() ([]byte, error) { return os.ReadFile(p.out.file.Name()) }

// Close ends all processes, the last one first.
func (h *Host) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.processes) - 1; i >= 0; i-- {
		h.processes[i].Kill()
	}
	h.processes = nil
}

// output writes to a file, and looks for a line.
type output struct {
	file  *os.File
	want  string
	found chan string
	line  []byte
}

func (o *output) Write(p []byte) (int, error) {
	for rest := p; o.want != ""; {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		o.line = append(o.line, line...)
		if !whole {
			break
		}
		if strings.Contains(string(o.line), o.want) {
			o.found <- string(o.line)
			o.want = ""
		}
		o.line, rest = o.line[:0], after
	}
	return o.file.Write(p)
}

// cleanEnviron returns the environment without the variables that configure the programs.
func cleanEnviron() []string {
	var kept []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		name = strings.ToUpper(name)
		if strings.HasPrefix(name, "OTEL_") || strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "TRACELAB_") ||
			strings.HasSuffix(name, "_PROXY") {
			continue
		}
		kept = append(kept, variable)
	}
	return kept
}

// The ports of [FreeAddress] are below those that the system gives to connections and to listeners
// that want any, so that none of these takes one before the program listens.
const firstPort, ports = 20000, 12000

// Programs that look for ports at the same time start at different ones.
var (
	startPort = rand.Int64N(ports)
	portsUsed atomic.Int64
)

// FreeAddress returns an address of this machine with a port that is free at the moment, and that it
// has not returned before.
func FreeAddress() (string, error) {
	const tries = 100
	var err error
	for range tries {
		port := firstPort + (startPort+portsUsed.Add(1))%ports
		address := net.JoinHostPort("127.0.0.1", strconv.FormatInt(port, 10))
		var listener net.Listener
		if listener, err = net.Listen("tcp", address); err == nil {
			return address, listener.Close()
		}
	}
	return "", fmt.Errorf("find a free port from %d to %d: %w", firstPort, firstPort+ports-1, err)
}

// Await calls a function until it succeeds, and returns its last error when ctx ends.
func Await(ctx context.Context, what string, try func(context.Context) error) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w: %w", what, ctx.Err(), err)
		case <-tick.C:
		}
	}
}
