package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"tracelab/tools/system"
)

// A layout is a way to run the services.
type layout struct {
	name string
	// modes are those that are measured; none are all.
	modes []string
	// start returns the URL of a gateway. The environment is that of a mode.
	start func(ctx context.Context, m mode) (url string, err error)
}

// layouts returns all layouts, the ones on dynalite and fauxqs only if there is a directory of
// these.
func layouts(host *system.Host, tracelab, node, servers string) []layout {
	all := []layout{
		{"one process", nil, func(ctx context.Context, m mode) (string, error) {
			return startSingle(ctx, host, m.env)
		}},
		{"three processes", nil, func(ctx context.Context, m mode) (string, error) {
			t := system.Tracelab{Path: tracelab}
			aws, err := host.StartAWS(ctx, t)
			if err != nil {
				return "", err
			}
			t.Env = append(aws, m.env...)
			return startThree(ctx, host, t)
		}},
	}
	if servers != "" {
		o := &others{host: host, node: node, dir: servers, tracelab: tracelab}
		all = append(all, layout{"three, on dynalite", []string{untraced, dropped, exported}, o.start})
	}
	return all
}

// start starts a system for each layout and mode.
func start(ctx context.Context, layouts []layout, modes []mode) ([]*measured, error) {
	var systems []*measured
	for _, l := range layouts {
		for _, m := range modes {
			if l.modes != nil && !slices.Contains(l.modes, m.name) {
				continue
			}
			url, err := l.start(ctx, m)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", l.name, m.name, err)
			}
			systems = append(systems, &measured{layout: l.name, mode: m.name, url: url})
		}
	}
	return systems, nil
}

// startSingle starts this program again, as the one process with all services.
func startSingle(ctx context.Context, host *system.Host, env []string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	process, err := host.Start(ctx, system.Program{
		Name: single, Path: self, Args: []string{single}, Env: env, Ready: ready,
	})
	if err != nil {
		return "", err
	}
	return process.Address(), nil
}

// startThree starts the services in processes of their own.
func startThree(ctx context.Context, host *system.Host, t system.Tracelab) (string, error) {
	s, err := host.StartServices(ctx, t)
	if err != nil {
		return "", err
	}
	return s.Gateway.Address(), nil
}

// others are dynalite and fauxqs, one of each for all systems.
type others struct {
	host                *system.Host
	node, dir, tracelab string

	aws []string // variables that lead to them, once they run
}

// start starts the services on a table and queues of their own.
func (o *others) start(ctx context.Context, m mode) (string, error) {
	if o.aws == nil {
		process, err := o.host.Start(ctx, system.Program{
			Name: "others", Path: o.node, Args: []string{filepath.Join(o.dir, "serve.mjs")}, Ready: "fauxqs ",
		})
		if err != nil {
			return "", err
		}
		output, err := process.Output()
		if err != nil {
			return "", err
		}
		dynalite := regexp.MustCompile(`(?m)^dynalite (\S+)$`).FindSubmatch(output)
		if dynalite == nil {
			return "", fmt.Errorf("%s does not say where dynalite is: %s", o.dir, output)
		}
		o.aws = system.AWSAt(string(dynalite[1]), process.Address())
	}
	name := strings.ReplaceAll(m.name, " ", "-")
	t := system.Tracelab{Path: o.tracelab, Env: slices.Concat(o.aws, m.env, []string{
		"TRACELAB_TABLE=" + name, "TRACELAB_QUEUE=" + name,
	})}
	setup := exec.CommandContext(ctx, o.tracelab, "setup", "aws",
		"--table", name, "--queue", name, "--dead-letter-queue", name+"-dead")
	setup.Env = append(os.Environ(), o.aws...)
	if output, err := setup.CombinedOutput(); err != nil {
		return "", fmt.Errorf("set up %s: %w: %s", name, err, output)
	}
	return startThree(ctx, o.host, t)
}
