// Tracecontext is the service that the public test suite of W3C Trace Context talks to
// (https://github.com/w3c/trace-context/tree/main/test). It reads and writes trace context with the
// code that the gateway uses, and does nothing else: it isn't a part of tracelab, as it calls any
// URL that it is told to.
//
//	tracecontext [-listen ADDRESS] [-any-host]
//
// The suite is written in Python; with this service running, start it with
//
//	STRICT_LEVEL=2 python test.py http://127.0.0.1:5000/test
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "tracecontext:", err)
		os.Exit(1)
	}
}

// stopWithin bounds how long requests that are under way hold up the end.
const stopWithin = 5 * time.Second

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("tracecontext", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:5000", "`address` to listen on")
	anyHost := flags.Bool("any-host", false, "call other hosts than this one, for a suite that runs elsewhere")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is no flag: want -listen or -any-host", flags.Arg(0))
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           newService(*anyHost),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		IdleTimeout:       time.Minute,
	}
	fmt.Printf("tracecontext: POST http://%s/test\n", listener.Addr())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	return errors.Join(server.Shutdown(ending), server.Close())
}
