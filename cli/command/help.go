package command

import (
	"fmt"
	"go/doc/comment"
	"io"
	"strings"
)

// WriteHelp writes the help of a command, wrapped at a number of columns.
func (c *Command) WriteHelp(w io.Writer, columns int) error {
	h := helpWriter{columns: columns}
	h.line("Usage: " + c.usage())
	for _, text := range []string{c.Help, c.Detail} {
		if text != "" {
			h.line("")
			h.prose(text)
		}
	}
	if len(c.Arguments) > 0 {
		h.line("")
		h.line("Arguments:")
		var rows []helpRow
		for _, argument := range c.Arguments {
			rows = append(rows, helpRow{argument.usage(), argument.fullHelp()})
		}
		h.rows(rows)
	}
	h.flags(c)
	h.children(c)
	if c.Parent == nil {
		h.line("")
		h.line(fmt.Sprintf(`Run "%s <command> --help" for more information on a command.`, c.Name))
	}
	_, err := io.WriteString(w, h.text.String())
	return err
}

// usage returns the command with what has to follow it, and may.
func (c *Command) usage() string {
	words := []string{c.FullName()}
	hasOptional := false
	for _, command := range c.ancestors() {
		for _, flag := range command.Flags {
			switch {
			case flag.Required && !flag.Hidden:
				words = append(words, flag.usage())
			case !flag.Required && !flag.isHelpFlag:
				hasOptional = true
			}
		}
	}
	brackets := ""
	for _, argument := range c.Arguments {
		text := argument.usage()
		if !argument.Required { // what follows an optional argument is inside its brackets
			text = strings.TrimSuffix(text, "]")
			brackets += "]"
		}
		words = append(words, text)
	}
	if len(c.Arguments) > 0 {
		words[len(words)-1] += brackets
	}
	if len(c.Children) > 0 {
		words = append(words, "<command>")
	}
	if hasOptional {
		words = append(words, "[flags]")
	}
	return strings.Join(words, " ")
}

// fullHelp returns the help with the variables, and with the default unless the placeholder is it.
func (v *Value) fullHelp() string {
	help := v.Help
	if len(v.Envs) > 0 {
		help = strings.TrimSuffix(help, ".") + " ($" + strings.Join(v.Envs, ", $") + ")."
	}
	if v.flag != nil && v.flag.Placeholder != "" && v.HasDefault && !isZero(v.Default) {
		help += " Default: " + v.Default + "."
	}
	return help
}

// isZero reports whether the text of a default stands for "not set".
func isZero(text string) bool { return text == "" || text == "0" || text == "0s" }

// A helpRow is a flag, an argument or a command, and its help.
type helpRow struct {
	name, help string
}

// helpWriter writes lines of help.
type helpWriter struct {
	text    strings.Builder
	columns int
}

func (h *helpWriter) line(text string) { h.text.WriteString(strings.TrimRight(text, " ") + "\n") }

func (h *helpWriter) prose(text string) { h.line(wrap(text, h.columns)) }

func wrap(text string, columns int) string {
	var parser comment.Parser
	printer := comment.Printer{TextWidth: columns}
	return strings.TrimRight(string(printer.Text(parser.Parse(text))), "\n")
}

// The widths of help: of the indent, of the space between columns, and of the first column.
const (
	helpIndent  = 2
	helpGap     = 4
	helpMinimum = 30
)

// rows writes two columns. A name that is too wide for its column has its help on the next line.
func (h *helpWriter) rows(rows []helpRow) {
	columns := h.columns - helpIndent
	most := max(columns*3/8, helpMinimum)
	width := 0
	for _, row := range rows {
		if len(row.name) < most {
			width = max(width, len(row.name))
		}
	}
	indent := strings.Repeat(" ", helpIndent)
	for _, row := range rows {
		lines := strings.Split(wrap(row.help, columns-width-helpGap), "\n")
		name := row.name
		if len(name) < most {
			name = fmt.Sprintf("%-*s", width+helpGap, name) + lines[0]
			lines = lines[1:]
		}
		h.line(indent + name)
		for _, line := range lines {
			h.line(strings.Repeat(" ", helpIndent+width+helpGap) + line)
		}
	}
}

// flags writes the flags of a command by their groups. Those of its parents are set apart by an
// empty line.
func (h *helpWriter) flags(c *Command) {
	groups := grouped[[]*Flag]{untitled: "Flags:"}
	for _, command := range c.ancestors() {
		level := grouped[*Flag]{}
		for _, flag := range command.Flags {
			if !flag.Hidden {
				level.add(flag.Group, flag)
			}
		}
		for _, group := range level.groups {
			groups.add(group.group, group.members)
		}
	}
	for title, levels := range groups.all {
		h.line("")
		h.prose(title)
		hasShort := false
		for _, level := range levels {
			for _, flag := range level {
				hasShort = hasShort || flag.Short != 0
			}
		}
		var rows []helpRow
		for i, level := range levels {
			if i > 0 {
				rows = append(rows, helpRow{})
			}
			for _, flag := range level {
				rows = append(rows, helpRow{flag.helpName(hasShort), flag.fullHelp()})
			}
		}
		h.rows(rows)
	}
}

// helpName returns the names of a flag. If others have a short form, it leaves room for one.
func (f *Flag) helpName(hasShort bool) string {
	name := f.usage()
	if f.Negatable {
		name = "--[no-]" + f.Name
	}
	switch {
	case f.Short != 0:
		return "-" + string(f.Short) + ", " + name
	case hasShort:
		return "    " + name
	}
	return name
}

// children writes the commands of a command by their groups.
func (h *helpWriter) children(c *Command) {
	groups := grouped[*Command]{untitled: "Commands:"}
	for _, child := range c.Children {
		group := child.Group
		for parent := c; group == nil && parent != nil; parent = parent.Parent {
			group = parent.Group
		}
		groups.add(group, child)
	}
	for title, children := range groups.all {
		h.line("")
		h.prose(title)
		var rows []helpRow
		for _, child := range children {
			if !child.Hidden {
				rows = append(rows, helpRow{child.path(), child.Help})
			}
		}
		h.rows(rows)
	}
}

// grouped collects members by their groups, in the order of the first of each.
type grouped[M any] struct {
	untitled string // the title of those without a group
	groups   []groupMembers[M]
}

type groupMembers[M any] struct {
	group   *Group
	members []M
}

func (g *grouped[M]) add(group *Group, member M) {
	for i := range g.groups {
		if g.groups[i].group == group {
			g.groups[i].members = append(g.groups[i].members, member)
			return
		}
	}
	g.groups = append(g.groups, groupMembers[M]{group, []M{member}})
}

// all yields the titles and members, beginning with those without a group.
func (g *grouped[M]) all(yield func(title string, members []M) bool) {
	for _, ungrouped := range []bool{true, false} {
		for _, group := range g.groups {
			title := g.untitled
			if group.group != nil {
				title = group.group.Title
			}
			if (group.group == nil) == ungrouped && !yield(title, group.members) {
				return
			}
		}
	}
}
