// Tracelab runs a traced system of three services in one process, and shows
// what tracing makes of it. See the README.
package main

import (
	"context"
	"embed"
	"os"
	"os/signal"
	"syscall"

	"tracelab/cli"
)

// source has the packages that the code exercises import, so that they work without a checkout.
//
//go:embed go.mod go.sum
//go:embed fakes/*.go internal/expect/*.go internal/grpcstatus/*.go internal/redact/*.go internal/source/*.go
//go:embed tracetree/*.go tracetree/check/*.go tracetree/check/hops/*.go tracetree/check/internal/span/*.go
//go:embed tracetree/check/internal/texthash/*.go tracetree/check/semconv/*.go tracetree/clock/*.go
//go:embed tracetree/codec/fromsdk/*.go tracetree/codec/internal/value/*.go tracetree/treetest/*.go
var source embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the work in order, a second one the program at once.
	context.AfterFunc(ctx, stop)
	code := cli.Program{Source: source}.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
