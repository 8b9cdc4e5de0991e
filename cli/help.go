package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// withHelpFlag returns the arguments with help COMMAND replaced by COMMAND --help.
func withHelpFlag(args []string) ([]string, error) {
	if len(args) == 0 || args[0] != "help" {
		return args, nil
	}
	args = args[1:]
	words := slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return strings.HasPrefix(arg, "-") })
	switch {
	case len(words) > 1:
		return nil, fmt.Errorf("unknown argument %q: want help COMMAND", words[1])
	case len(words) == 1 && !slices.Contains(commandNames(), words[0]):
		return nil, fmt.Errorf("unknown command %q: want a command listed by tracelab help%s",
			words[0], closest(words[0], commandNames()))
	}
	return append(slices.Clone(args), "--help"), nil
}

// withDefault returns the help of a flag with its default value, which otherwise only a flag
// without a placeholder shows.
func withDefault(value *kong.Value) string {
	help := kong.DefaultHelpValueFormatter(value)
	if value.Flag == nil || value.Flag.PlaceHolder == "" || !value.HasDefault || isZero(value.Default) {
		return help
	}
	return help + " Default: " + value.Default + "."
}

// isZero reports whether the text of a default stands for "not set".
func isZero(text string) bool { return text == "" || text == "0" || text == "0s" }
