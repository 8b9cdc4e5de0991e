package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"tracelab/cli/command"
	"tracelab/internal/words"
)

// withHelpFlag returns the arguments with help COMMAND replaced by COMMAND --help. COMMAND may be
// several words, as in exercise start.
func withHelpFlag(program *command.Command, args []string) ([]string, error) {
	if len(args) == 0 || args[0] != "help" {
		return args, nil
	}
	args = args[1:]
	named := slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return strings.HasPrefix(arg, "-") })
	path := "tracelab help"
	for _, name := range named {
		names := program.ChildNames()
		switch {
		case len(names) == 0:
			return nil, fmt.Errorf("unknown argument %q: want help COMMAND", name)
		case !slices.Contains(names, name):
			return nil, fmt.Errorf("unknown command %q: want a command listed by %s%s", name, path,
				words.Closest(name, names))
		}
		program, path = program.Child(name), path+" "+name
	}
	return append(slices.Clone(args), "--help"), nil
}

// helpWidth is the width of help in a pipe.
const helpWidth = 80

// helpColumns returns the width of help texts: the one that was asked for, that of the variable
// COLUMNS, or that of the terminal.
func helpColumns(stdout io.Writer, asked int) int {
	if asked > 0 {
		return asked
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if isTerminal(stdout) {
		return columns(stdout, 0)
	}
	return helpWidth
}
