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

// welcomeTeachers prints where the board is, for the teacher and for the teams. If other machines
// can reach it, the teams' address is one that they can use.
func welcomeTeachers(env *environment, l net.Listener, withTLS bool, board *class.Class) {
	own := urlOf(l, withTLS)
	teams, note := own, ""
	switch at, err := netip.ParseAddrPort(l.Addr().String()); {
	case err != nil:
	case at.Addr().IsLoopback():
		note = "Only this machine can reach it. For others, see docs/class.md: --http 0.0.0.0:8080 --otlp-http 0.0.0.0:4318\n"
	case at.Addr().IsUnspecified():
		if all := addressesOf(net.InterfaceAddrs); len(all) > 0 {
			teams = strings.Replace(own, "127.0.0.1", all[0], 1)
			note = "If the teams can't reach it: the addresses of this machine are " + strings.Join(all, ", ") + ".\n"
		}
	}
	fmt.Fprintf(env.stdout, "\nThe class board:\n  for the teams:   %s%s#code=%s\n  for the teacher: %s%s#code=%s\n%s",
		teams, class.Path, board.JoinCode(), own, class.Path, board.TeacherCode(), note)
}

// addressesOf returns the IPv4 addresses by which other machines can reach this one, those of
// private networks first: a class is in one of them.
func addressesOf(interfaces func() ([]net.Addr, error)) []string {
	list, err := interfaces()
	if err != nil {
		return nil // the addresses are a hint
	}
	var private, others []string
	for _, address := range list {
		prefix, err := netip.ParsePrefix(address.String())
		switch ip := prefix.Addr(); {
		case err != nil || !ip.Is4() || !ip.IsGlobalUnicast():
		case ip.IsPrivate():
			private = append(private, ip.String())
		default:
			others = append(others, ip.String())
		}
	}
	return append(private, others...)
}
