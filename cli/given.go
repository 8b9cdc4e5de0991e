package cli

import (
	"slices"
	"strings"

	"tracelab/cli/command"
)

// given contains the flags and arguments that are on the command line, whatever their values. A
// command compares them with what it does, because a flag that has no effect is an error even when
// its value is the default.
type given map[string]bool

// givenIn returns the flags as --name, and the arguments as <name>.
func givenIn(line *command.Line) given {
	g := given{}
	for _, value := range line.Given() {
		g[value.String()] = true
	}
	return g
}

// refuse returns an error if one of the flags was given. It reads "--a and --b are … reason".
func (g given) refuse(flags []string, singular, plural, reason string) error {
	var refused []string
	for _, flag := range flags {
		if g[flag] {
			refused = append(refused, flag)
		}
	}
	slices.Sort(refused)
	switch last := len(refused) - 1; {
	case last < 0:
		return nil
	case last == 0:
		return usageError("%s %s %s", refused[0], singular, reason)
	default:
		return usageError("%s and %s %s %s", strings.Join(refused[:last], ", "), refused[last], plural, reason)
	}
}

// onlyFor refuses flags that belong to another use of the command.
func (g given) onlyFor(use string, flags ...string) error {
	return g.refuse(flags, "is for", "are for", use)
}

// noEffect refuses flags that change nothing next to another one.
func (g given) noEffect(other string, flags ...string) error {
	return g.refuse(flags, "has no effect next to", "have no effect next to", other)
}
