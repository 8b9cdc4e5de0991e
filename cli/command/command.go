// Package command describes a command line by annotated structs, parses it, and prints its help.
// The description is plain data, which completion and checks of flags read as well. The flags
// themselves are parsed by pflag.
//
// Methods are never looked up by name: that keeps the linker from removing unused methods of the
// whole program.
package command

import (
	"reflect"
	"strconv"
	"strings"
)

// A Grammar describes the command line whose values are in a T. It is immutable, and safe for
// concurrent use.
type Grammar[T any] struct {
	// Root has the flags that every command accepts, and the commands.
	Root *Command
}

// Config is what tags of a struct can't contain.
type Config struct {
	// Name is the name of the program, and Help a sentence about it.
	Name, Help string
	// Vars are the values of ${name} in tags. ${enum} and ${default} are those of the field.
	Vars map[string]string
	// Groups are the headings in help texts. The tag group has a Key.
	Groups []Group
}

// A Group is a heading in help texts.
type Group struct {
	Key, Title string
}

// A Command is the program, or one of its commands.
type Command struct {
	Name   string
	Help   string // one sentence
	Detail string // more sentences, from the method Help of the struct
	Group  *Group // nil for the heading "Commands"
	Hidden bool
	// Passthrough makes everything after the command an argument, also what looks like a flag.
	Passthrough bool

	Parent   *Command // nil for the program
	Children []*Command
	// Default is the child that runs if none is named. Its flags and arguments may follow the
	// command directly.
	Default   *Command
	Flags     []*Flag // without those of its parents
	Arguments []*Value

	index []int // of the struct, from the root's
}

// A Value is an argument, or the value of a flag.
type Value struct {
	Name       string
	Help       string
	Default    string // as it would be written on the command line
	HasDefault bool
	Required   bool
	Enum       []string // the only values, if there are any
	Envs       []string // variables that set the value if the command line doesn't, the first set one
	// Values is the tag values: a name for a list of values that completion offers.
	Values string

	flag      *Flag // nil for an argument
	separator string
	index     []int // of the field, from the root's struct
	kind      reflect.Type
}

// A Flag is a value with a name on the command line.
type Flag struct {
	*Value
	Short       rune // 0 without a short form
	Group       *Group
	Placeholder string
	// Xor names a set of flags, of which one may be given.
	Xor        string
	Negatable  bool // accepts --no-name
	Hidden     bool
	counts     bool // counts how often it is given
	isHelpFlag bool
}

// FullName returns the words that select the command, beginning with the program.
func (c *Command) FullName() string {
	if c.Parent == nil {
		return c.Name
	}
	return c.Parent.FullName() + " " + c.Name
}

// path returns the words that select the command without the program.
func (c *Command) path() string {
	_, path, _ := strings.Cut(c.FullName(), " ")
	return path
}

// Child returns the command with a name below c, or nil.
func (c *Command) Child(name string) *Command {
	for _, child := range c.Children {
		if child.Name == name {
			return child
		}
	}
	return nil
}

// ancestors returns the program, and the commands down to c.
func (c *Command) ancestors() []*Command {
	if c == nil {
		return nil
	}
	return append(c.Parent.ancestors(), c)
}

// Accepted returns the flags that may follow the command, those of its parents first, and those of
// its default command last.
func (c *Command) Accepted() []*Flag {
	if c.Default != nil {
		c = c.Default
	}
	var flags []*Flag
	for _, command := range c.ancestors() {
		flags = append(flags, command.Flags...)
	}
	return flags
}

// String returns --name for a flag, and <name> for an argument.
func (v *Value) String() string {
	if v.flag != nil {
		return "--" + v.Name
	}
	return "<" + v.Name + ">"
}

// IsBool reports whether the value is a truth value, which a flag has without a word after it.
func (v *Value) IsBool() bool {
	return v.kind.Kind() == reflect.Bool || v.kind.Kind() == reflect.Pointer && v.kind.Elem().Kind() == reflect.Bool
}

// IsList reports whether a flag can be repeated, or an argument can be several words.
func (v *Value) IsList() bool { return v.kind.Kind() == reflect.Slice }

// needsValue reports whether a word with a value has to follow the flag.
func (f *Flag) needsValue() bool { return !f.IsBool() && !f.counts }

// usage returns the value as help texts and errors show it: --name=PLACEHOLDER, or [<name> ...].
func (v *Value) usage() string {
	switch {
	case v.flag == nil:
		text := v.String()
		if v.IsList() {
			text += " ..."
		}
		if !v.Required {
			text = "[" + text + "]"
		}
		return text
	case !v.flag.needsValue():
		return v.String()
	}
	return v.String() + "=" + v.flag.placeholder()
}

// placeholder returns the word that stands for the value of a flag.
func (f *Flag) placeholder() string {
	tail := ""
	if f.IsList() && f.separator != "" {
		tail = f.separator + "..."
	}
	switch {
	case f.Placeholder != "":
		return f.Placeholder + tail
	case f.HasDefault && f.kind.Kind() == reflect.String:
		return strconv.Quote(f.Default) + tail
	case f.HasDefault:
		return f.Default + tail
	case f.kind.Name() != "":
		return strings.ToUpper(dashed(f.kind.Name())) + tail
	}
	return strings.ToUpper(f.Name) + tail
}
