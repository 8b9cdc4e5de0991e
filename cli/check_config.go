package cli

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tracelab/internal/words"
	"tracelab/internal/yamlconf"
	"tracelab/tracetree/check"
)

// configVersion is the version of the config's format, the value of its optional key version.
const configVersion = 1

// readConfig reads the config of the checks; an empty name is the default one. Mistakes have their
// place in the file.
func readConfig(ctx context.Context, env *environment, name string) (check.Config, error) {
	if name == "" {
		return check.Config{}, nil
	}
	name, text, err := readInput(ctx, env, name)
	if err != nil {
		return check.Config{}, err
	}
	config := check.Config{Levels: map[string]check.Level{}}
	version := configVersion
	limit := func(into *int) yamlconf.Reader { return yamlconf.Int(into, 1, math.MaxInt) }
	err = yamlconf.Decode(name, string(text), "the config", yamlconf.Object(yamlconf.Fields{
		"version": yamlconf.Int(&version, configVersion, configVersion),
		"checks":  yamlconf.Map(func(key, value yamlconf.Node) error { return readLevel(config.Levels, key, value) }),
		"limits": yamlconf.Object(yamlconf.Fields{
			"spans_per_trace":      limit(&config.Limits.SpansPerTrace),
			"internal_per_service": limit(&config.Limits.InternalPerService),
			"short_spans":          limit(&config.Limits.ShortSpans),
			"repeated_siblings":    limit(&config.Limits.RepeatedSiblings),
			"names_per_route":      limit(&config.Limits.NamesPerRoute),
		}),
		"routes": yamlconf.List(func(n yamlconf.Node) error { return readRoute(&config.Routes, n) }),
	}))
	if err != nil {
		return config, usageError("%w", err)
	}
	return config, nil
}

// readLevel reads the severity that a project gives to a check.
func readLevel(levels map[string]check.Level, key, value yamlconf.Node) error {
	id, level := value.Name(), check.Level{}
	if known := ids(check.All()); !slices.Contains(known, id) {
		return key.Errorf("unknown check %q: tracelab checks lists them%s", id, words.Closest(id, known))
	}
	err := yamlconf.Object(yamlconf.Fields{
		"level":  yamlconf.Value(&level.Severity, "off, info, warning or error", parseLevel),
		"reason": yamlconf.Text(&level.Reason),
	}, "level")(value)
	if err == nil && level.Severity == check.Off && level.Reason == "" {
		return key.Errorf("%s is off without a reason: want a field reason, which is printed with the findings", id)
	}
	levels[id] = level
	return err
}

func parseLevel(text string) (severity check.Severity, err error) {
	if severity.UnmarshalText([]byte(text)) != nil {
		err = fmt.Errorf("unknown level %q: want off, info, warning or error", text)
	}
	return severity, err
}

// readRoute reads a span and the I/O that has to be below it.
func readRoute(routes *[]check.Route, n yamlconf.Node) error {
	var route check.Route
	err := yamlconf.Object(yamlconf.Fields{
		"span": yamlconf.Text(&route.Label),
		"io":   yamlconf.List(yamlconf.Append(&route.IO, yamlconf.Text)),
	}, "span", "io")(n)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(*routes, func(other check.Route) bool { return other.Label == route.Label }) {
		return n.Errorf("second route for %q: want all its io in one", route.Label)
	}
	*routes = append(*routes, route)
	return nil
}

func ids(checks []check.Check) []string {
	names := make([]string, len(checks))
	for i, c := range checks {
		names[i] = c.ID
	}
	return names
}
