package challenge

import (
	"net/url"
	"slices"
	"strings"

	"tracelab/tracetree"
)

// read returns the span of a node with its meaning. A span of no kind, or INTERNAL, that does the
// work of a server or of a client is read as one: Rust's tracing crates create spans without a
// kind, unless a program sets otel.kind.
func (n *Names) read(node tracetree.Node) span {
	kind := n.kindOf(node)
	if kind == node.Span().Kind {
		return span{Node: node, Meaning: tracetree.MeaningOf(node.Span()), as: kind}
	}
	s := *node.Span()
	s.Kind = kind
	return span{Node: node, Meaning: tracetree.MeaningOf(&s), as: kind}
}

// kindOf returns the kind that a span is read as. A consumer has to set its kind, as that is an
// item.
func (n *Names) kindOf(node tracetree.Node) tracetree.Kind {
	s := node.Span()
	service := s.Service()
	if s.Kind != tracetree.KindInternal && s.Kind != tracetree.KindUnspecified ||
		service != n.Gateway && service != n.TaskService && service != n.Worker {
		return s.Kind
	}
	call := *s
	call.Kind = tracetree.KindClient
	m := tracetree.MeaningOf(&call)
	above, ok := node.Parent()
	first := !ok || above.Span().Service() != service
	read := span{Node: node, Meaning: m}
	switch {
	case service != n.Gateway && (m.Class == tracetree.ClassDatabase || m.Class == tracetree.ClassSend):
		return tracetree.KindClient
	case first && service == n.Gateway && n.isRequest(read):
		return tracetree.KindServer
	case first && service == n.TaskService && (read.calls(n.method()) || isAnyRequest(s.Name)):
		return tracetree.KindServer
	case !first && service == n.Gateway && read.calls(n.method()) && (m.RPCMethod != "" || isClientName(s.Name)):
		return tracetree.KindClient
	}
	return s.Kind
}

// isRequest reports whether a span is of the request, or of any request without its path.
func (n *Names) isRequest(s span) bool {
	method, path := s.operation()
	return n.sameOperation(method, path) || path == "" && isAnyRequest(s.Span().Name)
}

// isAnyRequest reports whether a name is one that the course, tower-http and other layers give to
// the spans of all requests.
func isAnyRequest(name string) bool {
	return slices.Contains([]string{
		"http.request", "http_request", "HTTP request", "request", "grpc.request", "grpc.server",
	}, name)
}

// isClientName reports whether a name is that of a call, such as grpc.client.CreateTask, and not
// that of a handler, which may have the name of the method that it calls.
func isClientName(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "grpc") || strings.Contains(name, "client")
}

// operation returns the method and the route of a request. Without http.route, the route is the
// path of the URL, as some instrumentations don't have the route; the fields of tower-http count as
// well. The name is used for what no attribute has.
func (s span) operation() (method, route string) {
	method, route = s.HTTPMethod, s.Route
	if method == "" {
		method = s.text("method")
	}
	if route == "" {
		route = s.text("url.path", "http.target", "url.full", "http.url", "uri", "path")
		if u, err := url.Parse(route); err == nil { // other text stays as it is
			route = u.Path
		}
	}
	if verb, path, _ := strings.Cut(s.Span().Name, " "); strings.HasPrefix(path, "/") && verb == strings.ToUpper(verb) {
		if method == "" {
			method = verb
		}
		if route == "" {
			route = path
		}
	}
	return method, route
}

// text returns the text of the first of these attributes that has one.
func (s span) text(keys ...string) string {
	for _, key := range keys {
		if value, ok := s.Span().Attr(key); ok && value.Text() != "" {
			return value.Text()
		}
	}
	return ""
}

// letters returns a name in lower case without separators, so that CreateTask and create_task are
// equal.
func letters(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(name), "_", ""), "-", "")
}
