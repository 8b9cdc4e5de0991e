package cli

import (
	"fmt"
	"slices"
	"strings"

	"tracelab/cli/command"
	"tracelab/lab/sampling"
	"tracelab/lab/scenarios"
)

// completionCommand prints a few lines for a shell, which call the program itself for the possible
// next words: new commands and flags are completed without a new script.
type completionCommand struct {
	Shell string `arg:"" help:"The shell: ${enum}." enum:"bash,zsh,fish"`
}

var completionScripts = map[string]string{
	"bash": `# Put this into ~/.bashrc: source <(tracelab completion bash)
_tracelab() {
  # bash takes --flag=value apart at the =, and wants the value alone back.
  local word words=() joining=
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ ${#words[@]} -gt 0 && ( $word == "=" || -n $joining ) ]]; then
      words[${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    joining=
    if [[ $word == "=" ]]; then joining=1; fi
  done
  local IFS=$'\n' last=
  if [[ ${#words[@]} -gt 0 ]]; then last=${words[${#words[@]}-1]}; fi
  COMPREPLY=($(tracelab __complete "${words[@]}" 2>/dev/null))
  if [[ $last == -*=* ]]; then COMPREPLY=("${COMPREPLY[@]#*=}"); fi
}
complete -o default -F _tracelab tracelab
`,
	"zsh": `# Put this into ~/.zshrc: source <(tracelab completion zsh)
_tracelab() {
  local -a found
  found=(${(f)"$(tracelab __complete "${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( $#found )); then
    compadd -- $found
  else
    _files
  fi
}
compdef _tracelab tracelab
`,
	"fish": `# Put this into ~/.config/fish/completions/tracelab.fish
function __tracelab_complete
  set -l found (tracelab __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c tracelab -f -a '(__tracelab_complete)'
`,
}

func (c completionCommand) Run(env *environment) error {
	_, err := fmt.Fprint(env.stdout, completionScripts[c.Shell])
	return err
}

// completeCommand prints what the last of the words can be completed to.
type completeCommand struct {
	Words []string `arg:"" optional:"" passthrough:""`
}

func (c completeCommand) Run(env *environment) error {
	for _, word := range complete(env.program, c.Words) {
		if _, err := fmt.Fprintln(env.stdout, word); err != nil {
			return err
		}
	}
	return nil
}

// complete returns what the last of the words, which may be empty, can be completed to. It follows
// the words before it down to a command. The values of a flag are completed if it accepts one of a
// list.
func complete(node *command.Command, words []string) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	last := words[len(words)-1]
	var pending *command.Flag // a flag that waits for its value
	for _, word := range words[:len(words)-1] {
		switch flag := flagOf(node, word); {
		case pending != nil:
			pending = nil
		case flag != nil:
			if !flag.IsBool() && !strings.Contains(word, "=") {
				pending = flag
			}
		default:
			if child := node.Child(word); child != nil {
				node = child
			}
		}
	}
	var found []string
	switch name, _, given := strings.Cut(last, "="); {
	case pending != nil:
		found = enumOf(pending.Value)
	case given && flagOf(node, last) != nil:
		for _, value := range enumOf(flagOf(node, last).Value) {
			found = append(found, name+"="+value)
		}
	case strings.HasPrefix(last, "-"):
		for _, flag := range flagsOf(node) {
			found = append(found, "--"+flag.Name)
		}
	default:
		found = node.ChildNames()
		positionals := slices.Clone(node.Arguments)
		if node.Default != nil && last != "" { // before that, only commands are completed
			positionals = append(positionals, node.Default.Arguments...)
		}
		for _, positional := range positionals {
			found = append(found, enumOf(positional)...)
		}
	}
	found = slices.DeleteFunc(found, func(word string) bool { return !strings.HasPrefix(word, last) })
	slices.Sort(found)
	return found
}

// flagsOf returns the flags that may follow a command and are not hidden.
func flagsOf(node *command.Command) []*command.Flag {
	return slices.DeleteFunc(node.Accepted(), func(f *command.Flag) bool { return f.Hidden })
}

// flagOf returns the flag that a word is, in its long or its short form.
func flagOf(node *command.Command, word string) *command.Flag {
	name, _, _ := strings.Cut(word, "=")
	for _, flag := range flagsOf(node) {
		if name == "--"+flag.Name || flag.Short != 0 && name == "-"+string(flag.Short) {
			return flag
		}
	}
	return nil
}

// enumOf returns the possible values of a flag or an argument: those of its enum, or of the list
// that its tag "values" names.
func enumOf(value *command.Value) []string {
	if len(value.Enum) > 0 {
		// Optional values have an empty word, which isn't completed.
		return slices.DeleteFunc(slices.Clone(value.Enum), func(word string) bool { return word == "" })
	}
	return namesOf(value.Values)
}

// namesOf returns the names in one of the program's lists.
func namesOf(list string) []string {
	switch list {
	case "scenarios":
		return append(scenarios.Names(), mysteryName)
	case "exercises":
		return exerciseNames()
	case "policies":
		return sampling.Names()
	default:
		return nil
	}
}
