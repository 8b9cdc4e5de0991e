package hops

import (
	"net"
	"slices"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
)

// Class is what goes from one service to another.
type Class uint8

const (
	None Class = iota
	RPC
	HTTP
	Message
)

// Key is what the two ends of a hop have in common: of an RPC the service and the method, of HTTP
// the method and the first segment of the path, of a message the destination and the id. The zero
// Key means that the end has no key.
type Key struct {
	Class Class
	a, b  string
}

// KeyOf returns the key of either end.
func KeyOf(s *tracetree.Span, m *tracetree.Meaning) Key {
	switch m.Class {
	case tracetree.ClassRPCClient, tracetree.ClassRPCServer:
		if m.RPCService != "" && m.RPCMethod != "" {
			return Key{RPC, m.RPCService, m.RPCMethod}
		}
	case tracetree.ClassHTTPClient, tracetree.ClassHTTPServer:
		path := pathOf(s)
		if path == "" {
			path = m.Route
		}
		first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if path != "" && m.HTTPMethod != "" && !isParameter(first) {
			return Key{HTTP, m.HTTPMethod, first}
		}
	case tracetree.ClassSend, tracetree.ClassProcess:
		return messageKeyOf(s, m)
	}
	return Key{}
}

func messageKeyOf(s *tracetree.Span, m *tracetree.Meaning) Key {
	if id := MessageID(s, m); id != "" && m.Destination != "" {
		return Key{Message, m.Destination, id}
	}
	return Key{}
}

// ServedKeyOf returns the key of what a server serves: as KeyOf, but of HTTP the whole route, or
// the whole path where the route isn't known. Clients don't have the route, so it isn't a key of
// both ends.
func ServedKeyOf(s *tracetree.Span) Key {
	m := tracetree.MeaningOf(s)
	key := KeyOf(s, &m)
	if key.Class == HTTP {
		if key.b = m.Route; key.b == "" {
			key.b = pathOf(s)
		}
	}
	return key
}

// MessageID returns what identifies a message within its destination. Kafka's messages have a
// partition and an offset instead of an id.
func MessageID(s *tracetree.Span, m *tracetree.Meaning) string {
	if m.MessageID != "" {
		return m.MessageID
	}
	if id := span.Text(s, "messaging.message_id"); id != "" {
		return id
	}
	offset := span.Text(s, "messaging.kafka.offset", "messaging.kafka.message.offset")
	partition := span.Text(s, "messaging.destination.partition.id", "messaging.kafka.destination.partition",
		"messaging.kafka.partition")
	if offset == "" || partition == "" {
		return ""
	}
	return partition + "/" + offset
}

// pathOf returns the path that was requested by the attributes of an HTTP span, without the query.
func pathOf(s *tracetree.Span) string {
	path := span.Text(s, "url.path", "http.target")
	if path == "" {
		_, rest, ok := strings.Cut(span.Text(s, "url.full", "http.url"), "://")
		if !ok {
			return ""
		}
		at := strings.IndexAny(rest, "/?#")
		if at < 0 || rest[at] != '/' {
			return "/"
		}
		path = rest[at:]
	}
	if at := strings.IndexAny(path, "?#"); at >= 0 {
		path = path[:at]
	}
	return path
}

// isParameter reports whether a segment of a route is a parameter in the notation of a framework:
// ":id", "{id}", "<id>", "*".
func isParameter(segment string) bool {
	return strings.HasPrefix(segment, ":") || strings.HasPrefix(segment, "{") || strings.HasPrefix(segment, "<") ||
		strings.HasPrefix(segment, "*")
}

// routeMatches reports whether a path is one of a route's.
func routeMatches(route, path string) bool {
	for {
		var want, got string
		var moreWanted, more bool
		want, route, moreWanted = strings.Cut(strings.TrimPrefix(route, "/"), "/")
		got, path, more = strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if want != got && (!isParameter(want) || got == "") {
			return false
		}
		if !moreWanted || !more {
			return moreWanted == more
		}
	}
}

// sameCall reports whether the attributes of a client and a server don't contradict each other, and
// enough of them agree. Both have the same key.
func sameCall(client, server *tracetree.Span) bool {
	c, s := tracetree.MeaningOf(client), tracetree.MeaningOf(server)
	if c.Class == tracetree.ClassRPCClient {
		return sameCode(c.RPCStatus, s.RPCStatus) && reaches(client, server)
	}
	return samePath(client, server, s.Route) &&
		(c.HTTPStatus == "" || s.HTTPStatus == "" || c.HTTPStatus == s.HTTPStatus) && reaches(client, server)
}

// samePath reports whether an HTTP client requested what the server served, by the path, or by the
// route where the server has no path.
func samePath(client, server *tracetree.Span, route string) bool {
	asked, served := pathOf(client), pathOf(server)
	if served != "" {
		return asked == served
	}
	return routeMatches(route, asked)
}

// sameCode compares status codes, each a name or a number. A name and a number may be the same
// code; two names are compared.
func sameCode(a, b string) bool {
	return a == b || a == "" || b == "" || isNumber(a) != isNumber(b)
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }

// reaches reports whether a client may have called the process of a server. For HTTP, where many
// services have the same paths, the client's attributes have to show it.
func reaches(client, server *tracetree.Span) bool {
	c := tracetree.MeaningOf(client)
	if c.Class == tracetree.ClassRPCClient && !isProbeRPC(c.RPCService) {
		return !calledOtherHost(c.Host, client, server)
	}
	return sameHost(c.Host, client, server)
}

// isProbeRPC reports whether an RPC service is one that all servers of gRPC have. Platforms call
// them all the time.
func isProbeRPC(service string) bool {
	return strings.HasPrefix(service, "grpc.health.") || strings.HasPrefix(service, "grpc.reflection.")
}

// probePaths are the last segments of the paths that platforms request of every service.
var probePaths = []string{
	"health", "healthz", "livez", "readyz", "live", "liveness", "ready", "readiness", "startup", "ping", "metrics",
}

// isProbePath reports whether a path or a route is one that many services have for platforms.
func isProbePath(path string) bool {
	path = strings.TrimSuffix(path, "/")
	return slices.Contains(probePaths, path[strings.LastIndexByte(path, '/')+1:])
}

// calledOtherHost reports whether an RPC client called a host that isn't the server, by its
// attributes. An address that isn't a name, or that names the machine itself, can be any service.
func calledOtherHost(host string, client, server *tracetree.Span) bool {
	if bare, _, err := net.SplitHostPort(host); err == nil {
		host = bare
	}
	if host == "" || host == "localhost" || net.ParseIP(host) != nil || strings.Contains(host, "/") {
		return false
	}
	return !sameHost(host, client, server)
}

// sameHost reports whether the host that a client called is the server, by the
// name that the server was called by or by that of its service.
func sameHost(host string, client, server *tracetree.Span) bool {
	name := server.Service()
	if host == "" || span.Text(client, "peer.service", "service.peer.name") == name {
		return host != ""
	}
	first, _, _ := strings.Cut(host, ".")
	if strings.EqualFold(first, name) {
		return true
	}
	at := span.Text(server, "server.address", "http.host", "net.host.name")
	if bare, _, err := net.SplitHostPort(at); err == nil {
		at = bare
	}
	if !strings.EqualFold(host, at) {
		return false
	}
	from, to := span.Text(client, "server.port", "net.peer.port"), span.Text(server, "server.port", "net.host.port")
	return from == "" || to == "" || from == to
}

// Operation returns the operation of a call, such as "stock.Stock/Take" or "GET /cart".
func (k Key) Operation() string {
	if k.Class == RPC {
		return k.a + "/" + k.b
	}
	return k.a + " " + k.b
}
