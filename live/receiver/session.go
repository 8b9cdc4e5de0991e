package receiver

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"google.golang.org/grpc/metadata"

	"tracelab/tracetree"
)

// Senders name the session that their spans are for in a header, or over HTTP with a prefix of the
// path, which the endpoint of an exporter can have: http://127.0.0.1:4318/sessions/NAME.
const (
	SessionHeader = "x-tracelab-session"
	SessionPrefix = "/sessions/"
)

// SessionAttribute is the attribute of a resource that names the session of its spans.
const SessionAttribute = "tracelab.session"

// SessionName describes the names of sessions, for messages.
const SessionName = "1 to 64 letters, digits, dots, hyphens and underscores"

const maxSessionName = 64

// IsSessionName reports whether a text can be the name of a session: a part of a path, of a header
// and of OTEL_RESOURCE_ATTRIBUTES as it is. The names . and .. can't, because clients remove them
// from paths.
func IsSessionName(name string) bool {
	return name != "" && len(name) <= maxSessionName && strings.Trim(name, sessionCharacters) == "" &&
		name != "." && name != ".."
}

const sessionCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

type sessionKey struct{}

// Session returns the name of the session that the spans of a request are for, or "". The context
// is the one that [Config.Add] is called with.
func Session(ctx context.Context) string {
	if name, ok := ctx.Value(sessionKey{}).(string); ok {
		return name
	}
	md, _ := metadata.FromIncomingContext(ctx)
	return strings.Join(md.Get(SessionHeader), ",")
}

// withSessions takes the name of the session from a request.
func (r *Receiver) withSessions(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		name := req.Header.Get(SessionHeader)
		rest, isInPath := strings.CutPrefix(req.URL.Path, SessionPrefix)
		if isInPath {
			inPath, path, _ := strings.Cut(rest, "/")
			if name != "" && name != inPath {
				r.refuse(w, req, http.StatusBadRequest, fmt.Sprintf("the path names session %.80q, the header %s names %.80q: "+
					"want one session", inPath, SessionHeader, name))
				return
			}
			name = inPath
			cut := *req
			target := *req.URL
			target.Path, target.RawPath = "/"+strings.TrimLeft(path, "/"), ""
			cut.URL = &target
			req = &cut
		}
		if (name != "" || isInPath) && !IsSessionName(name) {
			r.refuse(w, req, http.StatusBadRequest, fmt.Sprintf("the name of the session is %.80q: want %s", name,
				SessionName))
			return
		}
		next.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), sessionKey{}, name)))
	})
}

// SessionNames returns the names of sessions that a span carries, the most specific first: that of
// its resource, and named, which is that of its request: see [Session].
func SessionNames(span *tracetree.Span, named string) []string {
	var names []string
	if span.Origin != nil {
		for i := range span.Origin.Resource {
			if a := &span.Origin.Resource[i]; a.Key == SessionAttribute && a.Value.Text() != "" {
				names = append(names, a.Value.Text())
				break
			}
		}
	}
	if named != "" && !slices.Contains(names, named) {
		names = append(names, named)
	}
	return names
}

// Reached returns the URL of a receiver with the host by which a client reached the server that
// answers r.
func Reached(at string, r *http.Request) string {
	to, err := url.Parse(at)
	if at == "" || err != nil {
		return at
	}
	host := (&url.URL{Host: r.Host}).Hostname()
	if host != "" {
		to.Host = net.JoinHostPort(host, to.Port())
	}
	return to.String()
}
