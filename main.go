// Tracelab runs a traced system of three services in one process, and shows
// what tracing makes of it. See the README.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"tracelab/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the work in order, a second one the program at once.
	context.AfterFunc(ctx, stop)
	code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
