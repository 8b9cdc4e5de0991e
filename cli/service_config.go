package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"tracelab/cli/command"
	"tracelab/internal/words"
	"tracelab/internal/yamlconf"

	"github.com/goccy/go-yaml"
)

// A setting of a service is a flag, a variable, and a field of the configuration file. A flag wins
// over the variable, and that over the file.
type setting struct {
	name     string   // of the flag without its dashes, and of the field
	services []string // that have it
	into     any      // a *string, *bool, *int or *time.Duration
	// The bounds of a number, or of a duration in nanoseconds.
	low, high int
	words     []string // that the text may be; nil allows any text
}

// The services, as the command line names them.
const (
	theGateway     = "gateway"
	theTaskService = "taskservice"
	theWorker      = "worker"
)

// settings returns all settings in the order of the flags.
func (c *serviceCommand) settings() []setting {
	all := []string{theGateway, theTaskService, theWorker}
	servers, onAWS := all[:2], all[1:]
	const second, hour = int(time.Second), int(time.Hour)
	return []setting{
		{name: "listen", services: servers, into: &c.Listen},
		{name: "health", services: all, into: &c.Health},
		{name: "tasks", services: all[:1], into: &c.Tasks},
		{name: "attempts", services: all[:1], into: &c.Attempts, low: 1, high: 5},
		{name: "table", services: onAWS, into: &c.Table},
		{name: "queue", services: onAWS, into: &c.Queue},
		{name: "consumer", services: all[2:], into: &c.Consumer, words: []string{"child", "link", "batch"}},
		// The longest time for which SQS keeps a message, and for which it hides one.
		{name: "resend-after", services: all[1:2], into: &c.ResendAfter, low: second, high: 14 * 24 * hour},
		{name: "visibility", services: all[2:], into: &c.Visibility, low: second, high: 12 * hour},
		{name: "xray", services: onAWS, into: &c.XRay},
		{name: "drain", services: all, into: &c.Drain, low: second, high: hour},
		{name: "insecure", services: servers, into: &c.Insecure},
		{name: "grpc-cert", services: servers, into: &c.Cert},
		{name: "grpc-key", services: servers, into: &c.Key},
		{name: "grpc-ca", services: servers, into: &c.CA},
	}
}

// read returns a reader of the setting's field.
func (s setting) read() yamlconf.Reader {
	switch into := s.into.(type) {
	case *bool:
		return yamlconf.Bool(into)
	case *int:
		return yamlconf.Int(into, s.low, s.high)
	case *time.Duration:
		return yamlconf.Duration(into, time.Duration(s.low), time.Duration(s.high))
	case *string:
		if s.words != nil {
			return yamlconf.OneOf(into, s.words...)
		}
		return yamlconf.Text(into)
	}
	panic(fmt.Sprintf("setting %s has the type %T", s.name, s.into))
}

// check returns an error if the value is out of bounds, as that of a flag or a variable may be.
func (s setting) check() error {
	switch into := s.into.(type) {
	case *int:
		if *into < s.low || *into > s.high {
			return usageError("--%s is %d: want %d to %d", s.name, *into, s.low, s.high)
		}
	case *time.Duration:
		if low, high := time.Duration(s.low), time.Duration(s.high); *into < low || *into > high {
			return usageError("--%s is %s: want %s to %s", s.name, *into, low, high)
		}
	}
	return nil
}

// owners names the services that have a setting.
func (s setting) owners() string {
	var names []string
	for _, name := range s.services {
		names = append(names, map[string]string{
			theGateway: "the gateway", theTaskService: "the task service", theWorker: "the worker",
		}[name])
	}
	return strings.Join(names, " and ")
}

// value returns the value as YAML, "" if it is not set.
func (s setting) value() (string, error) {
	switch into := s.into.(type) {
	case *time.Duration:
		return into.String(), nil
	case *string:
		if *into == "" {
			return "", nil
		}
	}
	text, err := yaml.Marshal(s.into)
	return strings.TrimSpace(string(text)), err
}

// complete completes the flags and variables: with the configuration file, and with the addresses
// that are the defaults of a service.
func (c *serviceCommand) complete(line *command.Line) error {
	c.sources = map[string]string{}
	given := givenIn(line)
	for _, flag := range line.Command.Accepted() {
		switch variable := flag.SetEnv(); {
		case given["--"+flag.Name]:
			c.sources[flag.Name] = "--" + flag.Name
		case variable != "":
			c.sources[flag.Name] = variable
		}
	}
	if err := c.readConfig(); err != nil {
		return err
	}
	c.setDefault("listen", &c.Listen, map[string]string{theGateway: gatewayAddress, theTaskService: taskServiceAddress})
	c.setDefault("tasks", &c.Tasks, map[string]string{theGateway: taskServiceAddress})
	return nil
}

func (c *serviceCommand) setDefault(name string, into *string, byService map[string]string) {
	if *into == "" && c.sources[name] == "" {
		*into = byService[c.Name]
	}
}

// readConfig reads the configuration file. A field that a flag or a variable sets is checked and
// not used.
func (c *serviceCommand) readConfig() error {
	if c.Config == "" {
		return nil
	}
	f, err := os.Open(c.Config)
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxText))
	if err = errors.Join(err, f.Close(), checkLength(c.Config, len(text))); err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	var unused serviceCommand
	used, ignored := c.settings(), unused.settings()
	var names []string
	for _, s := range used {
		if slices.Contains(s.services, c.Name) {
			names = append(names, s.name)
		}
	}
	return yamlconf.Decode(c.Config, string(text), "the configuration", yamlconf.Map(func(key, value yamlconf.Node) error {
		name := value.Name()
		i := slices.IndexFunc(used, func(s setting) bool { return s.name == name })
		switch {
		case i < 0:
			return key.Errorf("unknown field %q in the configuration: want %s%s", name, strings.Join(names, ", "),
				words.Closest(name, names))
		case !slices.Contains(used[i].services, c.Name):
			return key.Errorf("%s is for %s: want %s", name, used[i].owners(), strings.Join(names, ", "))
		case c.sources[name] != "":
			return ignored[i].read()(value)
		}
		c.sources[name] = c.Config
		return used[i].read()(value)
	}))
}

// checkSettings refuses flags of other services, and values out of bounds.
func (c *serviceCommand) checkSettings(g given) error {
	for _, s := range c.settings() {
		if !slices.Contains(s.services, c.Name) {
			if err := g.onlyFor(s.owners(), "--"+s.name); err != nil {
				return err
			}
		} else if err := s.check(); err != nil {
			return err
		}
	}
	return nil
}

// printConfig writes the settings of the service as a configuration file, each with its source.
func (c *serviceCommand) printConfig(w io.Writer) error {
	fmt.Fprintf(w, "# tracelab service %s\n", c.Name)
	for _, s := range c.settings() {
		if !slices.Contains(s.services, c.Name) {
			continue
		}
		value, err := s.value()
		if err != nil {
			return fmt.Errorf("print %s: %w", s.name, err)
		}
		line := "# " + s.name + ":"
		if value != "" {
			line = s.name + ": " + value
		}
		source := c.sources[s.name]
		if source == "" {
			source = "default"
		}
		fmt.Fprintf(w, "%-40s # %s\n", line, source)
	}
	return nil
}
