package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"tracelab/internal/words"
)

// A Line is a command line that was parsed.
type Line struct {
	// Command is the selected command.
	Command *Command
	// Help is set if help for the command was requested. The line is then not checked for what is
	// missing, and only given values are set.
	Help bool

	given  []*Value
	fields map[*Value]reflect.Value // of given values
	root   reflect.Value
}

// Given returns the flags and arguments that are on the command line, each once.
func (l *Line) Given() []*Value { return l.given }

// Target returns a pointer to the struct of the selected command.
func (l *Line) Target() any { return l.root.FieldByIndex(l.Command.index).Addr().Interface() }

// Value returns the value of a flag or an argument of the selected command, or of its parents.
func (l *Line) Value(v *Value) any { return l.root.FieldByIndex(v.index).Interface() }

// Parse parses the arguments of the program. Flags may be before, between and after the arguments
// of their command; everything after -- is an argument. A flag has its value after = or as the next
// word, which can't begin with a dash then.
//
// The values of the selected command and of its parents are set: those that were not given from the
// environment, or to their defaults. The values of other commands are zero.
func (g *Grammar[T]) Parse(args []string) (*T, *Line, error) {
	values := new(T)
	l := &Line{fields: map[*Value]reflect.Value{}, root: reflect.ValueOf(values).Elem()}
	if err := l.parse(g.Root, args); err != nil {
		return nil, nil, err
	}
	for value, field := range l.fields {
		if value.index != nil { // else it is --help
			l.root.FieldByIndex(value.index).Set(field)
		}
	}
	if l.Help {
		return values, l, nil
	}
	for _, check := range []func() error{l.setOthers, l.checkMissing, l.checkXor} {
		if err := check(); err != nil {
			return nil, nil, err
		}
	}
	return values, l, nil
}

// parse follows the words down to a command, and decodes the values.
func (l *Line) parse(root *Command, args []string) error {
	l.Command = root
	flags := flagSet(root)
	arguments, ended := 0, false // arguments of the command so far, and whether -- was found
	for {
		if !ended {
			if err := l.parseFlags(flags, args); err != nil {
				return err
			}
			args, ended = flags.Args(), flags.ArgsLenAtDash() >= 0
		}
		if len(args) == 0 {
			break
		}
		c := l.Command
		switch {
		case arguments < len(c.Arguments):
			argument := c.Arguments[arguments]
			if err := l.give(argument, args[0]); err != nil {
				return err
			}
			args = args[1:]
			if !argument.IsList() {
				arguments++
			}
		case c.Child(args[0]) != nil:
			child := c.Child(args[0])
			if err := l.checkDefault(child); err != nil {
				return err
			}
			args = args[1:]
			l.Command, flags, arguments = child, flagSet(child), 0
			ended = ended || child.Passthrough
		case c.Default != nil:
			l.Command, flags, arguments = c.Default, flagSet(c.Default), 0
		case len(c.Children) > 0:
			names := c.ChildNames()
			return fmt.Errorf("unknown command %q: want %s%s", args[0], words.OneOf(names), words.Closest(args[0], names))
		default:
			return fmt.Errorf("unexpected argument %q: want %s", args[0], c.usage())
		}
	}
	if !l.Help && l.Command.Default != nil {
		l.Command = l.Command.Default
	}
	return nil
}

// ChildNames returns the names of the commands of a command that aren't hidden.
func (c *Command) ChildNames() []string {
	var names []string
	for _, child := range c.Children {
		if !child.Hidden {
			names = append(names, child.Name)
		}
	}
	return names
}

// checkDefault returns an error if a flag of the default command was given before the name of
// another one, which would ignore it.
func (l *Line) checkDefault(child *Command) error {
	other := l.Command.Default
	if other == nil || other == child {
		return nil
	}
	for _, value := range l.given {
		if value.flag != nil && slices.Contains(other.Flags, value.flag) {
			return fmt.Errorf("flag %s applies to the default command %q, not %q", value, other.Name, child.Name)
		}
	}
	return nil
}

// A flagValue is a flag for pflag, which only has to split words into flags and values.
type flagValue struct {
	flag    *Flag
	negated bool
}

func (flagValue) String() string   { return "" }
func (flagValue) Set(string) error { return nil }
func (flagValue) Type() string     { return "" }

// flagSet returns the flags that may follow a command, or come between its arguments.
func flagSet(c *Command) *pflag.FlagSet {
	flags := pflag.NewFlagSet(c.Name, pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.SetInterspersed(false)
	for _, flag := range c.Accepted() {
		known := &pflag.Flag{Name: flag.Name, Value: flagValue{flag: flag}}
		if flag.Short != 0 {
			known.Shorthand = string(flag.Short)
		}
		switch {
		case flag.IsBool():
			known.NoOptDefVal = "true"
		case flag.counts:
			known.NoOptDefVal = plusOne
		}
		flags.AddFlag(known)
		if flag.Negatable {
			flags.AddFlag(&pflag.Flag{
				Name: "no-" + flag.Name, Value: flagValue{flag: flag, negated: true}, NoOptDefVal: "true",
			})
		}
	}
	return flags
}

// parseFlags decodes the flags before the next argument, which is left in flags.Args.
func (l *Line) parseFlags(flags *pflag.FlagSet, args []string) error {
	err := flags.ParseAll(args, func(known *pflag.Flag, text string) error {
		found, ok := known.Value.(flagValue)
		if !ok {
			return fmt.Errorf("unknown flag --%s", known.Name)
		}
		if strings.HasPrefix(text, "-") && text != "-" && found.flag.needsValue() && isNextWord(args, known, text) {
			return fmt.Errorf("%s is followed by %s: want a value, or %s=%s", found.flag, text, found.flag, text)
		}
		if found.negated {
			value, err := parseBool(text)
			if err != nil {
				return fmt.Errorf("--%s is %q: want true or false", known.Name, text)
			}
			text = fmt.Sprint(!value)
		}
		return l.give(found.flag.Value, text)
	})
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidSyntaxError
	)
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(unknown, flags)
	case errors.As(err, &missing):
		return fmt.Errorf("--%s has no value: want %s", missing.GetFlag().Name,
			missing.GetFlag().Value.(flagValue).flag.usage())
	case errors.As(err, &invalid):
		return fmt.Errorf("bad flag %s: want --name or --name=value", invalid.GetSpecifiedFlag())
	case err != nil:
		return err
	}
	// pflag skips -test.v and its like, which are for the tests of a package.
	rest := len(args) - len(flags.Args())
	for _, arg := range args[:rest] {
		if arg == "--" {
			break
		}
		if strings.HasPrefix(arg, "-test.") {
			return fmt.Errorf("unknown flag %s", arg)
		}
	}
	return nil
}

// isNextWord reports whether the value of a flag is the word after it, and not joined with it.
// pflag takes a flag for a value there, which is most often a value that was forgotten.
func isNextWord(args []string, flag *pflag.Flag, text string) bool {
	for i, arg := range args[:len(args)-1] {
		isShort := flag.Shorthand != "" && !strings.HasPrefix(arg, "--") && strings.HasPrefix(arg, "-") &&
			strings.HasSuffix(arg, flag.Shorthand)
		if args[i+1] == text && (arg == "--"+flag.Name || isShort) {
			return true
		}
	}
	return false
}

// unknownFlag returns an error that suggests the flags that are like an unknown one.
func unknownFlag(unknown *pflag.NotExistError, flags *pflag.FlagSet) error {
	name := "--" + unknown.GetSpecifiedName()
	if shorts := unknown.GetSpecifiedShortnames(); shorts != "" {
		first, _ := utf8.DecodeRuneInString(shorts)
		return fmt.Errorf("unknown flag -%c", first)
	}
	var names []string
	flags.VisitAll(func(known *pflag.Flag) {
		if found, ok := known.Value.(flagValue); ok && !found.flag.Hidden {
			names = append(names, "--"+known.Name)
		}
	})
	return fmt.Errorf("unknown flag %s%s", name, words.Closest(name, names))
}

// give notes and decodes a value of the command line.
func (l *Line) give(v *Value, text string) error {
	field, found := l.fields[v]
	if !found {
		field = reflect.New(v.kind).Elem()
		l.fields[v] = field
		l.given = append(l.given, v)
	}
	if err := v.set(field, text); err != nil {
		return err
	}
	if v.flag != nil && v.flag.isHelpFlag {
		l.Help = field.Bool()
	}
	return nil
}

// setOthers sets the values that were not given, from the environment or to their defaults.
func (l *Line) setOthers() error {
	for _, command := range l.Command.ancestors() {
		for _, value := range command.values() {
			if _, given := l.fields[value]; given || value.index == nil {
				continue
			}
			field := l.root.FieldByIndex(value.index)
			if name := value.SetEnv(); name != "" {
				if err := value.set(field, os.Getenv(name)); err != nil {
					return fmt.Errorf("%w (from the variable %s)", err, name)
				}
			} else if value.HasDefault {
				if err := value.set(field, value.Default); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// SetEnv returns the environment variable that sets the value unless the command line does, "" if
// none of its variables is set.
func (v *Value) SetEnv() string {
	for _, name := range v.Envs {
		if _, found := os.LookupEnv(name); found {
			return name
		}
	}
	return ""
}

// values returns the flags and the arguments of a command.
func (c *Command) values() []*Value {
	var values []*Value
	for _, flag := range c.Flags {
		values = append(values, flag.Value)
	}
	return append(values, c.Arguments...)
}

// checkMissing returns an error if a flag, an argument or a command is required and missing.
func (l *Line) checkMissing() error {
	var missing []string
	for _, flag := range l.Command.Accepted() {
		if _, given := l.fields[flag.Value]; flag.Required && !given {
			missing = append(missing, flag.usage())
		}
	}
	for _, argument := range l.Command.Arguments {
		if _, given := l.fields[argument]; argument.Required && !given {
			missing = append(missing, argument.usage())
		}
	}
	switch names := l.Command.ChildNames(); {
	case len(missing) > 0:
		return &MissingError{"want " + strings.Join(missing, " ")}
	case len(names) > 0:
		return &MissingError{"want a command: " + words.OneOf(names)}
	}
	return nil
}

// A MissingError is the error of a command line that is right as far as it goes.
type MissingError struct {
	want string
}

func (e *MissingError) Error() string { return "the command is incomplete: " + e.want }

// checkXor returns an error if two flags were given of which only one may be.
func (l *Line) checkXor() error {
	first := map[string]*Flag{}
	for _, flag := range l.Command.Accepted() {
		if _, given := l.fields[flag.Value]; !given || flag.Xor == "" {
			continue
		}
		if other := first[flag.Xor]; other != nil {
			return fmt.Errorf("%s and %s can't be used together", other, flag)
		}
		first[flag.Xor] = flag
	}
	return nil
}
