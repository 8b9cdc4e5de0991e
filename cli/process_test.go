package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// process is a command that serves, in a process of its own.
type process struct {
	command string
	pid     int
	output  string        // up to the line in which it is ready
	stderr  *bytes.Buffer // complete when the process has ended

	cmd   *exec.Cmd
	ended bool
}

// startProcess starts a command that serves, with variables of its own next to those of the test.
// It ends with the test.
func startProcess(t *testing.T, variables []string, args ...string) *process {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(programDir(t), program), args...)
	cmd.Env = append(os.Environ(), variables...)
	p := &process{command: strings.Join(args, " "), stderr: &bytes.Buffer{}, cmd: cmd}
	cmd.Stderr = p.stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !p.ended {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
			_ = cmd.Wait() // it was killed
		}
		for _, bad := range []string{"panic", "DATA RACE"} {
			if strings.Contains(p.stderr.String(), bad) {
				t.Errorf("%s:\n%s", p.command, p.stderr)
			}
		}
	})
	p.pid = cmd.Process.Pid
	for lines := bufio.NewScanner(stdout); lines.Scan() && lines.Text() != "Ctrl-C stops."; {
		p.output += lines.Text() + "\n"
	}
	return p
}

// interrupt interrupts the process as Ctrl-C does, and returns how it ended.
func (p *process) interrupt(t *testing.T) error {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	p.ended = true
	return p.cmd.Wait()
}

// startLoneGateway starts a gateway whose task service nothing serves, and returns its URL.
func startLoneGateway(t *testing.T, variables []string, flags ...string) (gateway *process, url string) {
	t.Helper()
	gateway = startProcess(t, variables, append([]string{
		"service", "gateway", "--listen", "127.0.0.1:0", "--insecure", "--tasks", "127.0.0.1:1", "--attempts", "1",
	}, flags...)...)
	return gateway, gateway.find(t, `The gateway is at (\S+)`)
}

// find returns the first group of a pattern in the output.
func (p *process) find(t *testing.T, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(p.output)
	if m == nil {
		t.Fatalf("%s: the output has no %s:\n%s", p.command, pattern, p.output)
	}
	return m[1]
}

// send sends a request and returns the status and the body.
func send(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}
