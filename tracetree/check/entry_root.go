package check

import (
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check/hops"
	"tracelab/tracetree/check/internal/span"
)

func entryRoot() Check {
	return Check{
		ID:       "entry-root",
		Title:    "a trace starts with the wrong kind of span",
		Severity: Warning,
		Doc: `A trace whose root is a CLIENT, or whose root serves a request and is neither SERVER nor CONSUMER. A root of another
kind that serves nothing, like a cron job, is fine, and so is the polling of a queue.

A CLIENT on top means that what made the call has no span: nobody sees what the call was for. A request's root of another
kind is missing wherever requests are counted, since back ends count SERVER and CONSUMER spans.

Put the server's instrumentation outermost, before everything else that makes spans, and pass its context to the calls. Where
you start the span of a request yourself, give it the kind SERVER, or CONSUMER for a message.`,
		Lesson: []string{"exactly one root span"},
		Bad: []Example{
			{
				Why:  "the query is made with a context that has no span",
				Tree: "shop: http.client.GET stock (root)",
			},
			{
				Why:  "the request's span was started by hand, without a kind",
				Tree: "shop: \"GET /cart\" (root) {@kind=internal, http.request.method=GET, http.route=/cart}\n  db: Query (carts table)",
			},
		},
		Good: []Example{
			{
				Why:  "a cron job is no request",
				Tree: "shop: delete old carts (root) {@kind=internal}\n  db: DeleteItem (carts table)",
			},
			{
				Why:   "in a browser, a request begins with the call",
				Spans: `span=1 service=page resource={telemetry.sdk.language=webjs} kind=client name="HTTP GET"`,
			},
		},
		Span: func(p *Pass, i int, s *tracetree.Span, m *tracetree.Meaning) {
			switch s.Kind {
			case tracetree.KindServer, tracetree.KindConsumer, tracetree.KindProducer:
				return
			}
			if n := p.Forest.Node(i); !span.IsRoot(n) {
				return
			}
			if s.Kind == tracetree.KindClient {
				if hops.IsReceiving(s) || isBrowser(s.Origin) {
					return
				}
				p.Report(i, "the root is a CLIENT span", "a SERVER or CONSUMER root, or an INTERNAL one for work that nobody asked for",
					"the call is made with a context that has no span: context.Background(), another goroutine or thread",
					"the server is not instrumented, or its instrumentation is registered after the handler")
				return
			}
			if request := requestOf(s, m); request != "" {
				p.Report(i, "the root serves "+request+" and is of kind "+strings.ToUpper(s.Kind.String()), "a SERVER root for a request, a CONSUMER root for a message",
					"the span is started by hand, without a kind",
					"the server's own instrumentation is missing, and this is a span of the handler")
			}
		},
	}
}

// requestOf says which request a span serves by its attributes or its name, ""
// for none.
func requestOf(s *tracetree.Span, m *tracetree.Meaning) string {
	switch {
	case m.Route != "":
		return strings.TrimSpace(m.HTTPMethod + " " + m.Route)
	case m.RPCService != "" && m.RPCMethod != "":
		return m.RPCService + "/" + m.RPCMethod
	}
	if method, path, ok := strings.Cut(s.Name, " "); ok && strings.HasPrefix(path, "/") && isHTTPMethod(method) {
		return s.Name
	}
	if span.Text(s, "messaging.operation.type", "messaging.operation") == "process" {
		return "a message"
	}
	return ""
}

func isHTTPMethod(s string) bool {
	switch s {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY":
		return true
	}
	return false
}
