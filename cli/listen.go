package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"tracelab/live/guard"
	"tracelab/live/receiver"
	"tracelab/live/store"
	"tracelab/tracetree"
)

// receiveFlags are for commands that receive spans.
type receiveFlags struct {
	OTLPHTTP string   `name:"otlp-http" group:"listen" help:"Address for OTLP over HTTP and for Zipkin's JSON. Port 0 picks a free port." placeholder:"HOST:PORT" default:"127.0.0.1:4318"`
	OTLPGRPC string   `name:"otlp-grpc" group:"listen" help:"Address for OTLP over gRPC. Port 0 picks a free port." placeholder:"HOST:PORT" default:"127.0.0.1:4317"`
	Host     []string `group:"listen" help:"Additional host name to accept in HTTP requests. Can be repeated." placeholder:"NAME"`
	TLSCert  string   `name:"tls-cert" group:"listen" help:"Serve with TLS, with the certificate in this PEM file." placeholder:"FILE"`
	TLSKey   string   `name:"tls-key" group:"listen" help:"The key of the certificate." placeholder:"FILE"`
}

// tls returns the configuration of the flags, nil without TLS.
func (f receiveFlags) tls() (*tls.Config, error) {
	if f.TLSCert == "" && f.TLSKey == "" {
		return nil, nil
	}
	if f.TLSCert == "" || f.TLSKey == "" {
		return nil, usageError("--tls-cert and --tls-key belong together: want both")
	}
	certificate, err := tls.LoadX509KeyPair(f.TLSCert, f.TLSKey)
	if err != nil {
		return nil, usageError("read the certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}, nil
}

// listeners opens listeners, and closes them again if one can't be opened.
type listeners struct {
	open []net.Listener
	// beyond is whether others than this machine can reach one of them.
	beyond bool
}

// listen opens a listener at the address that a flag has. Without a host, it is one that only this
// machine can reach.
func (l *listeners) listen(flag, address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usageError("%s is %q: want HOST:PORT, such as 127.0.0.1:4318 or :0", flag, address)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, usageError("%s:%s is in use by another program: stop it, or choose another port with %s, such as "+
			"%s %s:0 for a free one", host, port, flag, flag, host)
	case err != nil:
		return nil, usageError("%s is %q: %w", flag, address, err)
	}
	l.open = append(l.open, listener)
	if at, ok := listener.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() {
		l.beyond = true
	}
	return listener, nil
}

// otlp opens the listeners of the receiver.
func (l *listeners) otlp(f receiveFlags) (receiver.Listeners, error) {
	http, err := l.listen("--otlp-http", f.OTLPHTTP)
	if err != nil {
		return receiver.Listeners{}, err
	}
	grpc, err := l.listen("--otlp-grpc", f.OTLPGRPC)
	return receiver.Listeners{HTTP: http, GRPC: grpc}, err
}

// close closes the listeners, unless they are served, which closes them.
func (l *listeners) close() {
	for _, listener := range l.open {
		_ = listener.Close()
	}
}

// token returns a new token if others than this machine can reach a listener, else "".
func (l *listeners) token() string {
	if !l.beyond {
		return ""
	}
	return guard.NewToken()
}

// urlOf returns the URL of a listener, for this machine.
func urlOf(l net.Listener, withTLS bool) string {
	scheme := "http"
	if withTLS {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(l.Addr().String())
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// exporterLines returns the variables that make SDKs send spans to the receiver, ready to paste.
func exporterLines(otlp receiver.Listeners, withTLS bool, token string) string {
	lines := []string{
		"export OTEL_EXPORTER_OTLP_ENDPOINT=" + urlOf(otlp.HTTP, withTLS),
		"export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
	}
	if token != "" {
		lines = append(lines, "export OTEL_EXPORTER_OTLP_HEADERS=authorization="+url.PathEscape("Bearer "+token))
	}
	return fmt.Sprintf("  %s\nOTLP over gRPC is received at %s.\n", strings.Join(lines, "\n  "), urlOf(otlp.GRPC, withTLS))
}

// receive returns a function that receives spans until its context ends.
func (f receiveFlags) receive(env *environment, traces *store.Store) (func(context.Context) error, error) {
	certificate, err := f.tls()
	if err != nil {
		return nil, err
	}
	var open listeners
	l, err := open.otlp(f)
	if err != nil {
		open.close()
		return nil, err
	}
	token := open.token()
	r := receiver.New(receiver.Config{
		Add: func(_ context.Context, spans []tracetree.Span) (int, string) {
			added := traces.Add(spans)
			return added.Dropped, added.Problem
		},
		Token: token, Hosts: f.Host, TLS: certificate, Log: logTo(env.stderr),
	})
	fmt.Fprintf(env.stderr, "To send spans of a program, in its shell:\n%s\n", exporterLines(l, certificate != nil, token))
	return func(ctx context.Context) error { return r.Run(ctx, l) }, nil
}
