// Package cli is the command line: the commands, a file each. Flags become
// plain values here and nowhere deeper.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"

	"tracelab/cli/show"

	"github.com/alecthomas/kong"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1   // it ran, and the answer is no, or something went wrong
	exitUsage       = 2   // it could not run as asked
	exitInterrupted = 130 // what a shell says of a program that Ctrl-C ended
)

// grammar is the command line as a whole.
type grammar struct {
	Color string `help:"Colour the output: ${enum}. auto asks the terminal, and respects NO_COLOR." enum:"auto,always,never" default:"auto"`
	Width int    `help:"Draw this many columns wide. 0 asks the terminal." default:"0" placeholder:"COLUMNS"`

	Run        runCommand        `cmd:"" default:"withargs" help:"Send a POST /tasks through the system and show its trace. This is the default."`
	Scenarios  scenariosCommand  `cmd:"" help:"List the scenarios that run can run."`
	Sampling   samplingCommand   `cmd:"" help:"Run sampling policies under load, and compare what they keep and what that costs."`
	Exercise   exerciseCommand   `cmd:"" help:"Ask for an answer, and grade it with reasons."`
	Quiz       quizCommand       `cmd:"" help:"Ask about trees on screen, and explain the answers."`
	View       viewCommand       `cmd:"" help:"Show the traces of files."`
	Expect     expectCommand     `cmd:"" help:"Compare the traces of files with an expected tree."`
	Check      checkCommand      `cmd:"" help:"Say what is wrong with the traces of files, and why."`
	Checks     checksCommand     `cmd:"" help:"List the checks, or explain one."`
	Diff       diffCommand       `cmd:"" help:"Compare the traces of two files by their shape."`
	Convert    convertCommand    `cmd:"" help:"Write the spans of files in another format."`
	Simulate   simulateCommand   `cmd:"" help:"Play a tree of the notation as real spans."`
	Fmt        fmtCommand        `cmd:"" help:"Put notation into its usual form."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
	Completion completionCommand `cmd:"" help:"Print a completion script for your shell."`
	Complete   completeCommand   `cmd:"" name:"__complete" hidden:"" passthrough:""`
}

// environment is what a command talks to the world with.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	// width is how many columns stdout has.
	width int
}

// stdinName is the file name that stands for standard input.
const stdinName = "-"

// An exitError ends a command with a code. A nil err says nothing more.
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

// Run runs the command line and returns its exit code: 0 for success, 1 when
// what was asked for failed or the answer is no, 2 for bad usage, 130 when ctx
// ended first.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var g grammar
	exited := -1
	parser, err := newParser(&g, stdout, stderr, func(code int) { exited = code })
	if err != nil {
		fmt.Fprintln(stderr, "tracelab:", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 { // help was printed
		return exited
	}
	if err == nil && g.Width < 0 {
		err = fmt.Errorf("--width is %d: it takes a number of columns, or 0", g.Width)
	}
	if err != nil {
		fmt.Fprintln(stderr, "tracelab:", show.Message(err.Error()))
		fmt.Fprintln(stderr, "Run tracelab --help for what there is.")
		return exitUsage
	}
	env := &environment{
		stdin:  stdin,
		stdout: colorWriter(stdout, g.Color),
		stderr: colorWriter(stderr, g.Color),
		width:  columns(stdout, g.Width),
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	parsed.Bind(env, parser.Model)
	err = parsed.Run()
	if ctx.Err() == nil || err == nil {
		return report(stderr, err)
	}
	// What the interruption led to is no news, anything else is.
	fmt.Fprintln(stderr, "tracelab: interrupted")
	for _, err := range split(err) {
		if !errors.Is(err, context.Canceled) {
			report(stderr, err)
		}
	}
	return exitInterrupted
}

func newParser(g *grammar, stdout, stderr io.Writer, exit func(int)) (*kong.Kong, error) {
	return kong.New(g,
		kong.Name("tracelab"),
		kong.Vars{"title": defaultTitle},
		kong.Description("Distributed tracing across three services, in one program: run it, break it, look at the tree."),
		kong.Writers(stdout, stderr),
		kong.Exit(exit),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}))
}

// report says what went wrong, each thing on a line of its own, and returns the
// exit code: the first that is asked for, else that of a failure.
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

// isJoined tells what errors.Join made from what fmt.Errorf did, whose text is
// more than that of its parts.
func isJoined(err error) bool {
	return reflect.TypeOf(err) == reflect.TypeOf(errors.Join(io.EOF))
}

// split takes joined errors apart.
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

// colorWriter returns w without the styles that it can't, or should not, show.
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

// defaultWidth is for pipes, and for terminals that don't tell.
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
