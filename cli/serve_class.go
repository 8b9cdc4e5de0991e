package cli

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"tracelab/challenge"
	"tracelab/live/class"
	"tracelab/live/page"
	"tracelab/live/server"
)

// newClass returns the class of --class, or nil.
func (c serveCommand) newClass(names challenge.Names, l server.Listeners, withTLS bool) *class.Class {
	if !c.Class {
		return nil
	}
	return class.New(class.Config{
		Names: names, HTTP: urlOf(l.OTLP.HTTP, withTLS), GRPC: urlOf(l.OTLP.GRPC, withTLS),
	})
}

// addClass adds the board and its API to a server, and grades the teams until the server stops.
func addClass(ctx context.Context, s *server.Server, board *class.Class) {
	s.Handle(class.APIPath, board.Handler())
	s.Handle(class.Path, http.StripPrefix(strings.TrimSuffix(class.Path, "/"), page.ClassHandler()))
	ctx, cancel := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		board.Run(ctx)
	}()
	s.OnStop(func(context.Context) error {
		cancel()
		<-stopped
		return nil
	})
}

// welcomeTeachers prints where the board is, for the teacher and for the teams.
func welcomeTeachers(env *environment, l net.Listener, withTLS bool, board *class.Class) {
	at := urlOf(l, withTLS)
	note := ""
	switch ip, err := netip.ParseAddrPort(l.Addr().String()); {
	case err != nil:
	case ip.Addr().IsLoopback():
		note = "Only this machine can reach it. For others, see docs/class.md: --http 0.0.0.0:8080 --otlp-http 0.0.0.0:4318\n"
	case ip.Addr().IsUnspecified():
		note = "On other machines, want the name or address of this one in place of 127.0.0.1.\n"
	}
	fmt.Fprintf(env.stdout, "\nThe class board:\n  for the teams:   %s%s#code=%s\n  for the teacher: %s%s#code=%s\n%s",
		at, class.Path, board.JoinCode(), at, class.Path, board.TeacherCode(), note)
}
