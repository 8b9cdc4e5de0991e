// Backends proves that traces arrive in real backends: three processes send their spans to an
// OpenTelemetry Collector, which hands them on to Jaeger, and tracelab finds the trace there and
// compares it with the expected tree. A tail sampling Collector keeps every error and whole traces,
// and decides as the sampler of package telemetry/sampling does.
//
//	backends -tracelab FILE -collector FILE -jaeger1 FILE -jaeger2 FILE [-record DIR] [-seed N]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"tracelab/tools/system"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "backends:", err)
		os.Exit(1)
	}
}

// proofs are what is proved of the real backends.
type proofs struct {
	host      *system.Host
	dir       string // for files
	tracelab  string
	collector string
	jaeger1   string
	jaeger2   string
	record    string // a directory for the answers of Jaeger 1, or ""
	seed      uint64 // of generated traces
}

func run(ctx context.Context, args []string) (err error) {
	var p proofs
	flags := flag.NewFlagSet("backends", flag.ContinueOnError)
	flags.StringVar(&p.tracelab, "tracelab", "", "`file` of the program (required)")
	flags.StringVar(&p.collector, "collector", "", "`file` of the Collector (required)")
	flags.StringVar(&p.jaeger1, "jaeger1", "", "`file` of Jaeger 1, cmd/all-in-one (required)")
	flags.StringVar(&p.jaeger2, "jaeger2", "", "`file` of Jaeger 2, cmd/jaeger (required)")
	flags.StringVar(&p.record, "record", "", "`directory` to write the answers of Jaeger 1 to")
	flags.Uint64Var(&p.seed, "seed", rand.Uint64(), "`number` that determines the generated traces, a new one by default")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if p.tracelab == "" || p.collector == "" || p.jaeger1 == "" || p.jaeger2 == "" {
		return errors.New("want the flags -tracelab, -collector, -jaeger1 and -jaeger2")
	}
	if p.dir, err = os.MkdirTemp("", "backends"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(p.dir)) }()
	p.host = system.NewHost(p.dir)
	defer p.host.Close()
	for _, proof := range []struct {
		what  string
		prove func(context.Context) error
	}{
		{"a tail sampling Collector keeps every error, whole traces, and nothing else", p.keepsErrors},
		{"a Collector and the sampler in the process decide alike", p.decideAlike},
		{"the trace of POST /tasks arrives whole in Jaeger 1", p.arrivesIn1},
		{"the trace of POST /tasks arrives whole in Jaeger 2", p.arrivesIn2},
	} {
		began := time.Now()
		if err := proof.prove(ctx); err != nil {
			return fmt.Errorf("%s: %w", proof.what, err)
		}
		fmt.Printf("ok   %s (%s)\n", proof.what, time.Since(began).Round(100*time.Millisecond))
	}
	return nil
}
