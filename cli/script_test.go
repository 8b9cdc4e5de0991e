package cli_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tracelab/cli"
	"tracelab/internal/slow"
)

func TestMain(m *testing.M) {
	testscript.Main(homeless{m}, map[string]func(){
		"tracelab": func() {
			os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// homeless runs tests that keep no progress in the data of the user who runs them.
type homeless struct{ m *testing.M }

func (h homeless) Run() int {
	dir, err := os.MkdirTemp("", "tracelab-test-*")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Setenv("XDG_DATA_HOME", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return h.m.Run()
}

// Each script is a file that a person can read and change. UPDATE_SCRIPTS=1
// writes what the commands print now into the scripts that compare it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_DATA_HOME", filepath.Join(env.WorkDir, ".data"))
			env.Setenv("GOGC", "off") // the commands are short, and their start is most of their time
			env.Setenv(slow.Variable, os.Getenv(slow.Variable))
			return nil
		},
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Condition:           condition,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exitcode": exitCode},
	})
}

// condition defines [slow], for lines that only a full run has.
func condition(name string) (bool, error) {
	if name != "slow" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	return slow.Enabled(), nil
}

// exitCode is a command of the scripts. It runs a command and fails unless it exits with the code
// in the first argument.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode CODE COMMAND [ARGUMENT...]")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if want := args[0]; strconv.Itoa(code) != want {
		ts.Fatalf("exit code %d, want %s", code, want)
	}
}
