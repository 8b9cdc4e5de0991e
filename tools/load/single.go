package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"tracelab/lab"
	"tracelab/telemetry"
)

// single is the argument with which this program is the one process with all services, and ready a
// part of what that prints.
const (
	single = "single"
	ready  = "All services are at "
)

// serveSingle serves the gateway of a system in this process, until ctx ends.
func serveSingle(ctx context.Context) error {
	config, err := telemetry.FromEnv(ctx, os.Stderr)
	if err != nil {
		return err
	}
	l, err := lab.Start(ctx, lab.Config{Telemetry: config, SkipRecording: true})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, l.Close(ctx))
	}
	server := &http.Server{Handler: l.Handler(), ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	fmt.Printf("%shttp://%s\n", ready, listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	return l.Close(closing)
}
