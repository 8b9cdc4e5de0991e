// Chaos runs the three services in processes of their own under a steady load of creates, and
// breaks one thing after the other: it kills the worker in the middle of a batch and the task
// service between its write and its event, cuts off the database, the queue and gRPC, throttles,
// duplicates and delays, and stops the Collector. Then it compares what was answered with what was
// done, by exact counts:
//
//   - every create is answered with 201 in the end, and its task was processed once in effect;
//   - the same Idempotency-Key makes no second task, and another body under it is refused;
//   - every trace is whole, or its tree or the moment of a kill shows why not;
//   - each dead letter is accounted for.
//
// A fault that never struck fails the run.
//
//	chaos -tracelab FILE -collector FILE [-rate N]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
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
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	var tracelab, collector string
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.StringVar(&tracelab, "tracelab", "", "`file` of the program (required)")
	flags.StringVar(&collector, "collector", "", "`file` of the Collector (required)")
	rate := flags.Int("rate", 40, "creates per second")
	keep := flags.Bool("keep", false, "keep the files of the run")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if tracelab == "" || collector == "" || *rate < 1 {
		return errors.New("want the flags -tracelab and -collector, and a -rate of 1 or more")
	}
	dir, err := os.MkdirTemp("", "chaos")
	if err != nil {
		return err
	}
	if *keep {
		fmt.Println("files are in", dir)
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	s, err := assemble(ctx, dir, tracelab, collector)
	if err != nil {
		return err
	}
	defer s.close()

	loading, stopLoad := context.WithCancel(ctx)
	defer stopLoad()
	clients := newLoad(s.gateway.Address())
	done := make(chan error, 1)
	go func() { done <- clients.run(loading, ctx, *rate) }()
	began := time.Now()
	for _, f := range s.faults() {
		struck, err := f.strike(ctx)
		if err == nil && struck == 0 {
			err = errors.New("it never struck")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		fmt.Printf("     %5d × %s\n", struck, f.name)
		if err := pause(ctx, calm); err != nil {
			return err
		}
	}
	stopLoad()
	if err := <-done; err != nil {
		return err
	}
	fmt.Printf("     %d creates in %s, %d attempts\n", len(clients.creates), time.Since(began).Round(time.Second), clients.attempts())
	for _, proof := range []struct {
		what  string
		prove func(context.Context, *load) error
	}{
		{"every create was answered with 201, and its task processed once in effect", s.processedOnce},
		{"the same Idempotency-Key makes no second task, and another body is refused", s.idempotent},
		{"every dead letter is accounted for", s.deadLetters},
		{"every trace is whole, or shows why not", s.wholeTraces},
	} {
		if err := proof.prove(ctx, clients); err != nil {
			return fmt.Errorf("%s: %w", proof.what, err)
		}
		fmt.Println("ok  ", proof.what)
	}
	return nil
}

// calm is the time between two faults.
const calm = 2 * time.Second

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// The queue's settings. A message that no worker deletes becomes a dead letter after receives ×
// visibility, and the task service waits for longer before it sends an event again.
const (
	visibility  = 4 * time.Second
	receives    = 4
	resendAfter = 20 * time.Second
)

// setup is the system with the places where it can be broken.
type setup struct {
	host     *system.Host
	tracelab system.Tracelab
	aws      string // URL
	dynamoDB *box
	sqs      *box
	grpc     *relay
	tasksAt  string // the address of the task service behind grpc

	collector system.Program
	spans     string // the file that the Collector writes

	collecting, worker, tasks, gateway *system.Process

	seen *observer
}

func (s *setup) close() {
	s.host.Close()
	for _, closer := range []func() error{s.dynamoDB.close, s.sqs.close, s.grpc.close} {
		_ = closer() // the run is over
	}
}
