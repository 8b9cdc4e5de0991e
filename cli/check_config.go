package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"tracelab/internal/yamlconf"
	"tracelab/tracetree/check"
)

// configFile is what a project says about its traces, in YAML.
type configFile struct {
	Checks map[string]struct {
		Level  *check.Severity `yaml:"level"`
		Reason string          `yaml:"reason"`
	} `yaml:"checks"`
	Bars struct {
		SpansPerTrace      yamlconf.Int `yaml:"spans_per_trace"`
		InternalPerService yamlconf.Int `yaml:"internal_per_service"`
		ShortSpans         yamlconf.Int `yaml:"short_spans"`
		RepeatedSiblings   yamlconf.Int `yaml:"repeated_siblings"`
		NamesPerRoute      yamlconf.Int `yaml:"names_per_route"`
	} `yaml:"bars"`
	Routes []struct {
		Span string   `yaml:"span"`
		IO   []string `yaml:"io"`
	} `yaml:"routes"`
}

// readConfig reads the config of the checks; an empty name is the default one.
// Mistakes are said with their line, column and the text around them.
func readConfig(name string) (check.Config, error) {
	var config check.Config
	if name == "" {
		return config, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return config, usageError("%w", err)
	}
	var file configFile
	if err := yamlconf.Unmarshal(name, string(text), &file); err != nil {
		return config, usageError("%w", err)
	}
	if err := file.check(); err != nil {
		return config, usageError("%s: %w", name, err)
	}
	config.Levels = map[string]check.Level{}
	for id, level := range file.Checks {
		config.Levels[id] = check.Level{Severity: *level.Level, Reason: level.Reason}
	}
	config.Bars = check.Bars{
		SpansPerTrace:      int(file.Bars.SpansPerTrace),
		InternalPerService: int(file.Bars.InternalPerService),
		ShortSpans:         int(file.Bars.ShortSpans),
		RepeatedSiblings:   int(file.Bars.RepeatedSiblings),
		NamesPerRoute:      int(file.Bars.NamesPerRoute),
	}
	for _, route := range file.Routes {
		config.Routes = append(config.Routes, check.Route{Label: route.Span, IO: route.IO})
	}
	return config, nil
}

// check finds what is valid YAML and means nothing.
func (f *configFile) check() error {
	var errs []error
	known := ids(check.All())
	for id, level := range f.Checks {
		switch {
		case !slices.Contains(known, id):
			errs = append(errs, fmt.Errorf("checks: there is no check %q; tracelab checks lists them", id))
		case level.Level == nil:
			errs = append(errs, fmt.Errorf("checks: %s has no level: it takes off, info, warning or error", id))
		case *level.Level == check.Off && strings.TrimSpace(level.Reason) == "":
			errs = append(errs, fmt.Errorf("checks: %s is off without a reason: say why, it is printed with the findings", id))
		}
	}
	for i, n := range []yamlconf.Int{
		f.Bars.SpansPerTrace, f.Bars.InternalPerService, f.Bars.ShortSpans, f.Bars.RepeatedSiblings, f.Bars.NamesPerRoute,
	} {
		if n < 0 {
			errs = append(errs, fmt.Errorf("bars: number %d is %d: it takes a number from 1 on", i+1, n))
		}
	}
	seen := map[string]bool{}
	for i, route := range f.Routes {
		if seen[route.Span] {
			errs = append(errs, fmt.Errorf("routes: number %d is of %q again: put all its io into one", i+1, route.Span))
		}
		seen[route.Span] = true
		if route.Span == "" || len(route.IO) == 0 {
			errs = append(errs, fmt.Errorf("routes: number %d has no span or no io: span is a label, io a list of labels below it", i+1))
		}
	}
	return errors.Join(errs...)
}

func ids(checks []check.Check) []string {
	names := make([]string, len(checks))
	for i, c := range checks {
		names[i] = c.ID
	}
	return names
}
