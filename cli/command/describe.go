package command

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The tags of fields. A field of a command's struct is one of
//
//   - a command, with the tag cmd, and a struct as its type. default:"withargs" makes it the
//     Default of its parent, passthrough sets Passthrough.
//   - an argument, with the tag arg. optional is for one that may be left out.
//   - an embedded struct, whose fields are those of the command. Its tag group is that of fields
//     without one.
//   - otherwise a flag. short, negatable, placeholder and xor set the fields of Flag. A list is
//     split at commas, or with sep:"none" not at all. type:"counter" counts how often it is given.
//     required is for one that must be given.
//
// name is the name, which is otherwise that of the field, as some-field for SomeField. help, group,
// hidden, enum, default, env and values set the fields of Command and Value.
var tagNames = []string{
	"arg", "cmd", "default", "enum", "env", "group", "help", "hidden", "name", "negatable", "optional", "passthrough",
	"placeholder", "required", "sep", "short", "type", "values", "xor",
}

// New returns the grammar that a struct describes. An error is a mistake in the tags, and names the
// field.
func New[T any](config Config) (*Grammar[T], error) {
	d := describer{config: config}
	root := &Command{Name: config.Name, Help: config.Help}
	help := &Flag{Short: 'h', isHelpFlag: true}
	help.Value = &Value{
		Name: "help", Help: "Show help.", flag: help, kind: reflect.TypeFor[bool](),
	}
	root.Flags = []*Flag{help}
	if err := d.command(root, reflect.TypeFor[T]()); err != nil {
		return nil, err
	}
	return &Grammar[T]{Root: root}, nil
}

// describer turns the fields of structs into commands, flags and arguments.
type describer struct {
	config Config
}

// command fills a command with what its struct has.
func (d *describer) command(c *Command, kind reflect.Type) error {
	if helper, ok := reflect.Zero(kind).Interface().(interface{ Help() string }); ok {
		c.Detail = helper.Help()
	}
	if err := d.fields(c, kind, c.index, ""); err != nil {
		return err
	}
	if len(c.Arguments) > 0 && len(c.Children) > 0 {
		return fmt.Errorf("%s has commands and arguments: want one of them", kind)
	}
	if c.Passthrough && (len(c.Flags) > 0 || len(c.Arguments) != 1 || !c.Arguments[0].IsList()) {
		return fmt.Errorf("%s passes everything through: want one list as argument, and no flags", kind)
	}
	for i, argument := range c.Arguments[:max(0, len(c.Arguments)-1)] {
		if argument.IsList() || !argument.Required && c.Arguments[i+1].Required {
			return fmt.Errorf("%s has %s after %s: want lists last, and required arguments first", kind,
				c.Arguments[i+1].usage(), argument.usage())
		}
	}
	return nil
}

// fields adds the fields of a struct to a command.
func (d *describer) fields(c *Command, kind reflect.Type, index []int, group string) error {
	if kind.Kind() != reflect.Struct {
		return fmt.Errorf("%s describes a command: want a struct", kind)
	}
	for i := range kind.NumField() {
		field := kind.Field(i)
		tags, err := parseTags(field.Tag)
		if err == nil && tags["group"] == "" {
			tags["group"] = group
		}
		switch at := append(slices.Clone(index), i); {
		case err != nil:
		case field.Anonymous && field.Type.Kind() == reflect.Struct:
			if err := d.fields(c, field.Type, at, tags["group"]); err != nil {
				return err
			}
		case field.IsExported():
			err = d.field(c, field, tags, at)
		}
		if err != nil {
			return fmt.Errorf("%s.%s: %w", kind, field.Name, err)
		}
	}
	return nil
}

// field adds a field to a command.
func (d *describer) field(c *Command, field reflect.StructField, tags map[string]string, index []int) error {
	group, err := d.group(tags["group"])
	if err != nil {
		return err
	}
	name := tags["name"]
	if name == "" {
		name = dashed(field.Name)
	}
	if _, isCommand := tags["cmd"]; isCommand {
		return d.child(c, field, tags, &Command{Name: name, Group: group, Parent: c, index: index})
	}
	value := &Value{Name: name, Values: tags["values"], index: index, kind: field.Type}
	flag := &Flag{Value: value, Group: group, Xor: tags["xor"], counts: tags["type"] == "counter"}
	_, isArgument := tags["arg"]
	if !isArgument {
		value.flag = flag
	}
	if err := d.value(value, tags); err != nil {
		return err
	}
	if isArgument {
		_, optional := tags["optional"]
		value.Required = !optional && !value.HasDefault
		c.Arguments = append(c.Arguments, value)
		return nil
	}
	_, value.Required = tags["required"]
	_, flag.Negatable = tags["negatable"]
	_, flag.Hidden = tags["hidden"]
	if flag.Placeholder, err = d.expand(tags["placeholder"], nil); err != nil {
		return err
	}
	if short := tags["short"]; short != "" {
		if len(short) != 1 || short[0] >= utf8.RuneSelf {
			return fmt.Errorf("short is %q: want one ASCII character", short)
		}
		flag.Short = rune(short[0])
	}
	switch {
	case flag.Negatable && !flag.IsBool():
		return errors.New("only truth values are negatable")
	case tags["type"] != "" && (!flag.counts || field.Type.Kind() != reflect.Int):
		return fmt.Errorf("type is %q of %s: want counter of int", tags["type"], field.Type)
	}
	c.Flags = append(c.Flags, flag)
	return checkNames(c)
}

// child adds a command to its parent.
func (d *describer) child(parent *Command, field reflect.StructField, tags map[string]string, c *Command) (err error) {
	if parent.Child(c.Name) != nil {
		return fmt.Errorf("a second command %s", c.Name)
	}
	if c.Help, err = d.expand(tags["help"], nil); err != nil {
		return err
	}
	_, c.Hidden = tags["hidden"]
	_, c.Passthrough = tags["passthrough"]
	parent.Children = append(parent.Children, c)
	c.index = append(slices.Clone(parent.index), c.index[len(parent.index):]...)
	if err := d.command(c, field.Type); err != nil {
		return err
	}
	if text, isDefault := tags["default"]; isDefault {
		if text != "withargs" || parent.Default != nil {
			return fmt.Errorf("default is %q: want one command with withargs", text)
		}
		parent.Default = c
		return checkNames(c)
	}
	return nil
}

// checkNames returns an error if two flags that a command accepts have the same name.
func checkNames(c *Command) error {
	seen := map[string]bool{}
	for _, flag := range c.Accepted() {
		names := []string{"--" + flag.Name}
		if flag.Short != 0 {
			names = append(names, "-"+string(flag.Short))
		}
		if flag.Negatable {
			names = append(names, "--no-"+flag.Name)
		}
		for _, name := range names {
			if seen[name] {
				return fmt.Errorf("a second flag %s", name)
			}
			seen[name] = true
		}
	}
	return nil
}

// value sets what flags and arguments have in common.
func (d *describer) value(v *Value, tags map[string]string) (err error) {
	if !isSupported(v.kind) {
		return fmt.Errorf("unsupported type %s", v.kind)
	}
	if v.IsList() {
		switch tags["sep"] {
		case "":
			v.separator = ","
		case "none":
		default:
			return fmt.Errorf("sep is %q: want none, or no tag for a comma", tags["sep"])
		}
	}
	v.Envs = strings.FieldsFunc(tags["env"], func(r rune) bool { return r == ',' || r == ' ' })
	if v.Default, err = d.expand(tags["default"], nil); err != nil {
		return err
	}
	_, v.HasDefault = tags["default"]
	enum, err := d.expand(tags["enum"], nil)
	if err != nil {
		return err
	}
	if enum != "" {
		v.Enum = strings.Split(enum, ",")
	}
	if v.Help, err = d.expand(tags["help"], map[string]string{"enum": enum, "default": v.Default}); err != nil {
		return err
	}
	if v.HasDefault { // so that Parse needs no error for it
		return v.set(reflect.New(v.kind).Elem(), v.Default)
	}
	return nil
}

// group returns the group with a key, nil for the empty one.
func (d *describer) group(key string) (*Group, error) {
	if key == "" {
		return nil, nil
	}
	i := slices.IndexFunc(d.config.Groups, func(g Group) bool { return g.Key == key })
	if i < 0 {
		return nil, fmt.Errorf("unknown group %q", key)
	}
	return &d.config.Groups[i], nil
}

var variable = regexp.MustCompile(`\$\{(\w+)\}`)

// expand replaces ${name} by the variables, of which the first are those of the field.
func (d *describer) expand(text string, ofField map[string]string) (string, error) {
	var err error
	text = variable.ReplaceAllStringFunc(text, func(found string) string {
		name := variable.FindStringSubmatch(found)[1]
		value, ok := ofField[name]
		if !ok {
			value, ok = d.config.Vars[name]
		}
		if !ok {
			err = fmt.Errorf("unknown variable %s", found)
		}
		return value
	})
	return text, err
}

// parseTags returns the tags of a field by their names. Misspelled tags are errors, as they would
// otherwise have no effect.
func parseTags(tag reflect.StructTag) (map[string]string, error) {
	tags := map[string]string{}
	for text := strings.TrimSpace(string(tag)); text != ""; text = strings.TrimSpace(text) {
		name, rest, _ := strings.Cut(text, ":")
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return nil, fmt.Errorf("bad tag %s: want name:\"value\"", text)
		}
		if !slices.Contains(tagNames, name) {
			return nil, fmt.Errorf("unknown tag %s: want one of %s", name, strings.Join(tagNames, ", "))
		}
		if tags[name], err = strconv.Unquote(quoted); err != nil {
			return nil, fmt.Errorf("bad tag %s: %w", text, err)
		}
		text = rest[len(quoted):]
	}
	return tags, nil
}

// dashed returns a Go name as it is on the command line: some-field for SomeField.
func dashed(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		endsWord := i > 0 && unicode.IsUpper(r) &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if endsWord {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
