package cli_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/rogpeppe/go-internal/testscript"

	"tracelab/cli"
	"tracelab/internal/slow"
)

// program is the name under which the test binary is the program, so that scripts can start
// processes of it.
const program = "tracelab"

func TestMain(m *testing.M) {
	if strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") == program {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt) // as main does
		context.AfterFunc(ctx, stop)
		os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(homeless{m}.Run())
}

// programDir returns a folder that contains the test binary under the name of the program.
func programDir(t *testing.T) string {
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	name := program
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if err := os.Symlink(binary, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	return dir
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
	dir, err := filepath.Abs("testdata/script")
	if err != nil {
		t.Fatal(err)
	}
	p := inProcess{variables: variablesIn(t, dir)}
	t.Chdir(".") // commands change it
	update, full := os.Getenv("UPDATE_SCRIPTS") != "", slow.Enabled()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); name != "PATH" {
			t.Setenv(name, "") // scripts depend on nothing that is set outside
		}
	}
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("PATH", programDir(t)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	testscript.RunT(scripts{t}, testscript.Params{
		Dir:           dir,
		UpdateScripts: update,
		Setup: func(env *testscript.Env) error {
			env.Values[scripts{}] = env.T()
			env.Setenv("XDG_DATA_HOME", filepath.Join(env.WorkDir, ".data"))
			env.Setenv("REPOSITORY", filepath.Dir(filepath.Dir(filepath.Dir(dir))))
			env.Setenv("GOGC", "off") // the commands are short, and their start is most of their time
			return nil
		},
		RequireUniqueNames: true,
		Condition: func(name string) (bool, error) {
			if name != "slow" { // for lines that only a full run has
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return full, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			program:    p.command,
			"exitcode": p.exitCode,
		},
	})
}

// variablesIn returns the names of the variables that any script of a folder, or its setup, sets.
func variablesIn(t *testing.T, dir string) []string {
	scripts, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts in %s, error %v", dir, err)
	}
	names := []string{"HOME", "XDG_DATA_HOME"}
	for _, script := range scripts {
		for _, line := range regexp.MustCompile(`(?m)^env '?(\w+)=`).FindAllStringSubmatch(read(t, script), -1) {
			names = append(names, line[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// scripts is the test of all scripts, or of one, for testscript. It is also the key under which a
// script finds its own test.
type scripts struct{ *testing.T }

func (s scripts) Run(name string, f func(testscript.T)) {
	s.T.Run(name, func(t *testing.T) { f(scripts{t}) })
}

func (scripts) Verbose() bool { return testing.Verbose() }

// inProcess runs the command lines of scripts in the process of the test, because the start of a
// process takes longer than what most of them do. The working folder and the variables belong to
// the whole process, so one command runs at a time. Its time is virtual: a latency or a timeout of
// the system that it runs costs nothing. It has no standard input: a command that reads it, or
// whose libraries write to the standard error of the process, is run by "exec tracelab".
type inProcess struct {
	variables []string // that differ between scripts
	mu        sync.Mutex
}

func (p *inProcess) run(ts *testscript.TestScript, args []string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	ts.Check(os.Chdir(ts.MkAbs(".")))
	for _, name := range p.variables {
		ts.Check(os.Setenv(name, ts.Getenv(name)))
	}
	code := 0
	synctest.Test(ts.Value(scripts{}).(scripts).T, func(t *testing.T) {
		code = cli.Run(t.Context(), args, strings.NewReader(""), ts.Stdout(), ts.Stderr())
	})
	return code
}

// command is the command "tracelab" of the scripts.
func (p *inProcess) command(ts *testscript.TestScript, neg bool, args []string) {
	if code := p.run(ts, args); (code != 0) != neg {
		ts.Fatalf("exit code %d", code)
	}
}

// exitCode is a command of the scripts. It runs tracelab, or with exec any program, and fails
// unless that exits with the code in the first argument.
func (p *inProcess) exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode CODE tracelab|exec PROGRAM [ARGUMENT...]")
	}
	var code int
	switch args[1] {
	case program:
		code = p.run(ts, args[2:])
	case "exec":
		var exit *exec.ExitError
		if err := ts.Exec(args[2], args[3:]...); errors.As(err, &exit) {
			code = exit.ExitCode()
		} else {
			ts.Check(err)
		}
	default:
		ts.Fatalf("unknown command %q: want tracelab or exec", args[1])
	}
	if want := args[0]; strconv.Itoa(code) != want {
		ts.Fatalf("exit code %d, want %s", code, want)
	}
}
