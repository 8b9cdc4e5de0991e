package hops

import (
	"net"
	"slices"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
)

// possibleCalls pairs HTTP calls with servers by method, path, status and time alone. The host that
// the client called is an address, or a name that resembles the service's. That is weak evidence,
// so nothing may compete: of the calls and servers of the same method and path that have no partner
// yet, each must have exactly one partner. Probes are no evidence at all.
func (h *Finder) possibleCalls(taken map[int]bool) []Pair {
	spans := h.forest.Spans()
	var pairs []Pair
	for _, at := range h.endsByKey(taken) {
		if at.key.Class != HTTP || len(at.starts) == 0 {
			continue
		}
		for _, group := range at.byPath(spans) {
			if isProbePath(group.key.b) {
				continue
			}
			g := newPairing(spans, group.calls, group.starts, func(_, _ *tracetree.Span) bool { return true })
			found := g.pairs()
			if len(found) != len(group.calls) || len(found) != len(group.starts) {
				continue
			}
			if !slices.ContainsFunc(found, func(p Pair) bool { return !agree(&spans[p.From], &spans[p.To]) }) {
				pairs = append(pairs, found...)
			}
		}
	}
	return pairs
}

// byPath splits calls and servers of one method and first segment by what the servers serve: their
// routes, or their paths.
func (e *ends) byPath(spans []tracetree.Span) []*ends {
	var groups []*ends
	at := map[Key]*ends{}
	for _, r := range e.starts {
		key := ServedKeyOf(&spans[r])
		g := at[key]
		if g == nil {
			g = &ends{key: key}
			at[key] = g
			groups = append(groups, g)
		}
		g.starts = append(g.starts, r)
	}
	if len(groups) > maxCandidates {
		return nil // paths instead of routes: too many to compare each call with
	}
	for _, c := range e.calls {
		for _, g := range groups {
			if routeMatches(g.key.b, pathOf(&spans[c])) {
				g.calls = append(g.calls, c)
			}
		}
	}
	return slices.DeleteFunc(groups, func(g *ends) bool { return len(g.calls) == 0 })
}

// agree reports whether a call and a server are of different services, their status and path are
// known and equal, and the host can be the server's.
func agree(client, server *tracetree.Span) bool {
	c, s := tracetree.MeaningOf(client), tracetree.MeaningOf(server)
	return client.Service() != server.Service() && c.HTTPStatus != "" && c.HTTPStatus == s.HTTPStatus &&
		samePath(client, server, s.Route) && mayBeHost(c.Host, server)
}

// mayBeHost reports whether a host can be a server's: an address that is no name, or a name one of
// whose first label's words is the service's, as in stock-svc.prod for stock. A server that reports
// another name for itself isn't the one that was called.
func mayBeHost(host string, server *tracetree.Span) bool {
	if bare, _, err := net.SplitHostPort(host); err == nil {
		host = bare
	}
	if host == "" {
		return false
	}
	if net.ParseIP(host) != nil || host == "localhost" {
		return true
	}
	first, _, _ := strings.Cut(strings.ToLower(host), ".")
	for _, word := range words(server.Service()) {
		if slices.Contains(words(first), word) {
			return true
		}
	}
	return span.Text(server, "server.address", "http.host", "net.host.name") == host
}

// generic are the words of names that many services have.
var generic = []string{
	"api", "app", "backend", "dev", "frontend", "gateway", "http", "internal", "prod", "server",
	"service", "staging", "svc", "web", "www",
}

// words returns the words of a name that can distinguish services.
func words(name string) []string {
	all := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("-_./ ", r) })
	return slices.DeleteFunc(all, func(word string) bool { return slices.Contains(generic, word) })
}
