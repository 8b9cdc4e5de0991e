// Package cli implements the command line: the commands, a file each. Flags are turned into plain
// values here and nowhere deeper.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"strconv"
	"sync"
	"time"

	"tracelab/cli/command"
	"tracelab/cli/show"
	"tracelab/fakes"
	"tracelab/internal/words"
	"tracelab/lab"
	"tracelab/lab/sampling"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1   // the command ran, and the answer is no or something failed
	exitUsage       = 2   // the command could not run as requested
	exitInterrupted = 130 // the code that shells use for programs that Ctrl-C ended
)

// grammar is the command line as a whole.
type grammar struct {
	Color string `help:"When to use colors: ${enum}. auto uses them on a terminal unless NO_COLOR is set." enum:"auto,always,never" default:"auto"`
	ASCII bool   `name:"ascii" help:"Draw with ASCII characters. This is the default if LC_ALL, LC_CTYPE or LANG names a character set other than UTF-8."`
	Width int    `help:"Width of the output in columns. 0 is the width of the terminal." default:"0" placeholder:"COLUMNS"`

	Run        runCommand        `cmd:"" group:"learn" default:"withargs" help:"Send a request through the system, or run a scenario, and show the trace. This is the default command."`
	Scenarios  scenariosCommand  `cmd:"" group:"learn" help:"List the scenarios for run."`
	Sampling   samplingCommand   `cmd:"" group:"learn" help:"Compare what sampling policies keep and cost under load."`
	Exercise   exerciseCommand   `cmd:"" group:"learn" help:"Do exercises and have them graded."`
	Quiz       quizCommand       `cmd:"" group:"learn" help:"Answer questions about trees."`
	Challenge  challengeCommand  `cmd:"" group:"learn" help:"Grade the traces of a system in any language against the course's challenge."`
	Serve      serveCommand      `cmd:"" group:"live" help:"Run the services, a page, and a receiver for spans of any program."`
	Tail       tailCommand       `cmd:"" group:"live" help:"Receive spans, and print each trace when it is complete."`
	View       viewCommand       `cmd:"" group:"files" help:"Show the traces in files."`
	Check      checkCommand      `cmd:"" group:"files" help:"Find what is wrong with the traces in files."`
	Checks     checksCommand     `cmd:"" group:"files" help:"List the checks, or explain one."`
	Expect     expectCommand     `cmd:"" group:"files" help:"Compare the traces in files with an expected tree."`
	Diff       diffCommand       `cmd:"" group:"files" help:"Compare the traces in two files."`
	Convert    convertCommand    `cmd:"" group:"files" help:"Convert trace files to another format."`
	AWS        awsCommand        `cmd:"" name:"aws" group:"live" help:"Serve the fakes of DynamoDB and SQS over HTTP, for programs in any language."`
	Service    serviceCommand    `cmd:"" group:"live" help:"Run one of the three services in a process of its own, on real AWS APIs."`
	Setup      setupCommand      `cmd:"" group:"live" help:"Make what the services need on AWS: a table and queues."`
	Simulate   simulateCommand   `cmd:"" group:"trees" help:"Create real spans from a tree."`
	Fmt        fmtCommand        `cmd:"" group:"trees" help:"Format files of trees in the notation."`
	Version    versionCommand    `cmd:"" group:"other" help:"Print the version."`
	Completion completionCommand `cmd:"" group:"other" help:"Print a completion script for a shell."`
	Complete   completeCommand   `cmd:"" name:"__complete" hidden:"" passthrough:""`
}

// groups are the headings in help texts. Their keys are in the tags of commands and flags.
func groups() []command.Group {
	return []command.Group{
		{Key: "learn", Title: "Learn tracing"},
		{Key: "live", Title: "Look at running programs"},
		{Key: "files", Title: "Inspect trace files"},
		{Key: "trees", Title: "Write trees"},
		{Key: "other", Title: "Other commands"},
		{Key: "shown", Title: "Flags for what is shown"},
		{Key: "request", Title: "Flags for a request (run without a name)"},
		{Key: "scenario", Title: "Flags for a scenario (run NAME, run FILE)"},
		{Key: "mystery", Title: "Flags for a mystery (run mystery)"},
		{Key: "from", Title: "Flags for traces of a backend"},
		{Key: "select", Title: "Flags that select traces"},
		{Key: "listen", Title: "Flags for where to listen"},
		{Key: "class", Title: "Flags for a class"},
		{Key: "handon", Title: "Flags for where spans go"},
		{Key: "names", Title: "Flags for the names of the system"},
		{Key: "figures", Title: "Flags for figures instead of trees"},
	}
}

// environment contains the streams of a command.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	// width is the number of columns of stdout.
	width int
	// lost is set if spans in a trace file could not be read, which a warning has reported.
	lost bool
	// program is the command line as a whole.
	program *command.Command
	// source has the files of this module; nil if the program doesn't contain them.
	source fs.FS
}

// stdinName is the file name that means standard input.
const stdinName = "-"

// An exitError ends a command with a code. If err is nil, no message is printed.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit with %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usageError(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// A Program is the command line with what the binary contains.
type Program struct {
	// Source has the files of this module that code exercises need. If it is nil, exercises need a
	// checkout.
	Source fs.FS
}

// Run runs the command line of a program without its source.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return Program{}.Run(ctx, args, stdin, stdout, stderr)
}

// Run runs the command line and returns its exit code: 0 for success, 1 if the command failed or
// the answer is no, 2 for bad usage, 130 if ctx ended first.
func (p Program) Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	described, err := describe()
	if err != nil {
		fmt.Fprintln(stderr, "tracelab:", err)
		return exitFailed
	}
	g, line, err := parse(described, args)
	if err != nil {
		fmt.Fprintln(stderr, "tracelab:", show.Message(err.Error()))
		fmt.Fprintln(stderr, "Run tracelab --help for usage.")
		return exitUsage
	}
	if line.Help {
		return report(stderr, line.Command.WriteHelp(stdout, helpColumns(stdout, g.Width)))
	}
	env := &environment{
		stdin:   stdin,
		stderr:  colorWriter(stderr, g.Color),
		width:   columns(stdout, g.Width),
		program: described.Root,
		source:  p.Source,
	}
	env.stdout = newLayout(colorWriter(stdout, g.Color), stdout, g, line, env.width)
	err = runUntil(ctx, graceOf(line.Target()), func() error {
		return run(ctx, line.Target(), env, givenIn(line))
	})
	if flushed := flush(env.stdout); err == nil {
		err = flushed
	}
	if ctx.Err() == nil || err == nil {
		return max(report(stderr, err), exitCodeOf(env.lost))
	}
	// Errors caused by the interrupt itself are not reported.
	fmt.Fprintln(stderr, "tracelab: interrupted")
	for _, err := range split(err) {
		if !errors.Is(err, context.Canceled) {
			report(stderr, err)
		}
	}
	return exitInterrupted
}

// interruptGrace is the time that a command has to end in order after an interrupt.
const interruptGrace = closeTimeout + time.Second

// graceOf returns the time that a command has to end in order after an interrupt.
func graceOf(selected any) time.Duration {
	if own, ok := selected.(interface{ grace() time.Duration }); ok {
		return own.grace()
	}
	return interruptGrace
}

// run runs a command with what it needs.
func run(ctx context.Context, selected any, env *environment, g given) error {
	switch c := selected.(type) {
	case interface{ Run(*environment) error }:
		return c.Run(env)
	case interface {
		Run(*environment, given) error
	}:
		return c.Run(env, g)
	case interface {
		Run(context.Context, *environment) error
	}:
		return c.Run(ctx, env)
	case interface {
		Run(context.Context, *environment, given) error
	}:
		return c.Run(ctx, env, g)
	default:
		return fmt.Errorf("%T can't be run: it has no method Run of a known form", selected)
	}
}

// runUntil returns the error of run. After ctx has ended, it waits for run no longer than the
// grace: a write to a full pipe, or a long computation, can't be interrupted.
func runUntil(ctx context.Context, grace time.Duration, run func() error) error {
	done := make(chan error, 1)
	go func() { done <- run() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(grace):
		return ctx.Err()
	}
}

// exitCodeOf returns the exit code of a command that succeeded, if it may have lost spans.
func exitCodeOf(lost bool) int {
	if lost {
		return exitFailed
	}
	return exitOK
}

// describe returns the description of the command line, which is the same for every run.
var describe = sync.OnceValues(func() (*command.Grammar[grammar], error) {
	return command.New[grammar](command.Config{
		Name: "tracelab",
		Help: "Run a traced system of three services in one process, break it, and look at the trace. Inspect, " +
			"check and compare trace files.",
		Vars: map[string]string{
			"region": fakes.Region, "table": lab.Table, "queue": lab.Queue, "deadletters": lab.DeadLetterQueue,
			"title": defaultTitle, "many": strconv.Itoa(manyTraces), "screen": strconv.Itoa(screen),
			"policies": words.OneOf(sampling.Names()), "exercises": words.OneOf(exerciseNames()),
			"languages": words.OneOf(languageIDs()),
		},
		Groups: groups(),
	})
})

// parse parses the arguments of the program.
func parse(described *command.Grammar[grammar], args []string) (*grammar, *command.Line, error) {
	args, err := withHelpFlag(described.Root, args)
	if err != nil {
		return nil, nil, err
	}
	g, line, err := described.Parse(args)
	switch {
	case err != nil:
		return nil, nil, err
	case g.Width < 0:
		return nil, nil, fmt.Errorf("--width is %d: want 0 or more", g.Width)
	}
	if c, ok := line.Target().(interface{ complete(*command.Line) error }); ok && !line.Help {
		err = c.complete(line)
	}
	return g, line, err
}

// report prints joined errors on a line each and returns the exit code: that of the first
// exitError, or exitFailed.
func report(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	code := 0
	for _, err := range split(err) {
		var exit *exitError
		if errors.As(err, &exit) && code == 0 {
			code = exit.code
		}
		if exit == nil || exit.err != nil {
			fmt.Fprintln(stderr, "tracelab:", show.Message(err.Error()))
		}
	}
	if code == 0 {
		return exitFailed
	}
	return code
}

// isJoined reports whether errors.Join made the error, and not fmt.Errorf, whose text is more than
// that of its parts.
func isJoined(err error) bool {
	return reflect.TypeOf(err) == reflect.TypeOf(errors.Join(io.EOF))
}

// split returns the errors that were joined into err.
func split(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || !isJoined(err) {
		return []error{err}
	}
	var errs []error
	for _, err := range joined.Unwrap() {
		errs = append(errs, split(err)...)
	}
	return errs
}

// colorWriter returns a writer that removes the styles that w can't or should not show.
func colorWriter(w io.Writer, color string) io.Writer {
	styled := colorprofile.NewWriter(w, os.Environ())
	switch color {
	case "always":
		styled.Profile = max(styled.Profile, colorprofile.ANSI)
	case "never":
		styled.Profile = colorprofile.NoTTY
	}
	return styled
}

// defaultWidth is the width of pipes, and of terminals whose size is unknown.
const defaultWidth = 120

func columns(w io.Writer, asked int) int {
	if asked > 0 {
		return asked
	}
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(f.Fd()); err == nil && width > 0 {
			return width
		}
	}
	return defaultWidth
}
