// Load measures how many tasks per second the three services create, how long a create takes, and
// what tracing adds: each service in a process of its own, over TCP, next to all of them in one
// process. Both run without tracing, with all traces dropped, with all exported, and with a backend
// that is down, never answers or refuses. They take turns in short rounds, and a ratio is the
// median of the rounds', so that whatever else the machine does hits all of them alike.
//
//	load -tracelab FILE [-node FILE -servers DIR] [-rounds N] [-creates N] [-callers N]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"tracelab/tools/system"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	run := measure
	if len(os.Args) == 2 && os.Args[1] == single {
		run = serveSingle
	}
	err := run(ctx)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// A mode is an environment that decides whether spans are recorded, sampled and exported.
type mode struct {
	name string
	env  []string
}

func measure(ctx context.Context) (err error) {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	tracelab := flags.String("tracelab", "", "`file` of the program (required)")
	node := flags.String("node", "node", "`file` of Node.js")
	servers := flags.String("servers", "", "`directory` of tools/awsservers with its packages, to measure on dynalite and fauxqs too")
	rounds := flags.Int("rounds", 10, "`number` of rounds")
	creates := flags.Int("creates", 500, "`number` of creates in a round")
	callers := flags.Int("callers", 16, "`number` of creates that are under way at once")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	if *tracelab == "" || *rounds < 1 || *callers < 1 || *creates < *callers {
		return errors.New("want -tracelab, one round or more, and as many creates as callers or more")
	}
	dir, err := os.MkdirTemp("", "load")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	host := system.NewHost(dir)
	defer host.Close()
	modes, stop, err := backends()
	if err != nil {
		return err
	}
	defer stop()
	systems, err := start(ctx, layouts(host, *tracelab, *node, *servers), modes)
	if err != nil {
		return err
	}
	for round := range *rounds + 1 {
		for _, s := range systems {
			times, err := s.round(ctx, *creates, *callers)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", s.layout, s.mode, err)
			}
			if round > 0 { // the first one warms up
				s.rounds = append(s.rounds, times)
			}
		}
	}
	return report(os.Stdout, systems)
}
