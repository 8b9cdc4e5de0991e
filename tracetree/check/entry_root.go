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
kind that serves nothing, such as a cron job, is fine, and so is polling a queue. Browsers, mobile apps and load generators
may start with a CLIENT: in them, a request begins with the call.

A CLIENT at the top means that the code that made the call has no span: the trace doesn't show what the call was for. A
request's root of another kind is missing wherever requests are counted, since backends count SERVER and CONSUMER spans.

Put the server's instrumentation outermost, before everything else that makes spans, and pass its context to the calls. Where
you start the span of a request yourself, give it the kind SERVER, or CONSUMER for a message.`,
		Lesson: []string{"exactly one root span"},
		bad: []example{
			{
				Why:  "the query is made with a context that has no span",
				Tree: "shop: http.client.GET stock (root)",
			},
			{
				Why: "the request's span was started by hand, without a kind",
				Tree: "shop: \"GET /cart\" (root) {@kind=internal, http.request.method=GET, http.route=/cart}\n" +
					"  db: Query (carts table)",
			},
		},
		good: []example{
			{
				Why:  "a cron job is no request",
				Tree: "shop: delete old carts (root) {@kind=internal}\n  db: DeleteItem (carts table)",
			},
			{
				Why:   "in a browser, a request begins with the call",
				Spans: `span=1 service=page resource={telemetry.sdk.language=webjs} kind=client name="HTTP GET"`,
			},
		},
		span: func(p *pass, i int, s *tracetree.Span, m *tracetree.Meaning) {
			switch s.Kind {
			case tracetree.KindServer, tracetree.KindConsumer, tracetree.KindProducer:
				return
			}
			if n := p.Forest.Node(i); !span.IsRoot(p.Forest, n) {
				return
			}
			if s.Kind == tracetree.KindClient {
				if hops.IsReceiving(s) || startsRequests(s) {
					return
				}
				p.Report(i, "the root is a CLIENT span", "a SERVER or CONSUMER root, or an INTERNAL one for work without a request",
					"the call is made with a context that has no span: context.Background(), another goroutine or thread",
					"the server is not instrumented, or its instrumentation is registered after the handler")
				return
			}
			if request := requestOf(s, m); request != "" {
				p.Report(i, "the root serves "+request+" and is of kind "+strings.ToUpper(s.Kind.String()),
					"a SERVER root for a request, a CONSUMER root for a message",
					"the span is started by hand, without a kind",
					"the server's own instrumentation is missing, and this is a span of the handler")
			}
		},
	}
}

// startsRequests reports whether a span comes from a program in which requests
// begin: a browser, a mobile app or a load generator.
func startsRequests(s *tracetree.Span) bool {
	if span.Text(s, "user_agent.synthetic.type") != "" {
		return true
	}
	if s.Origin == nil {
		return false
	}
	for i := range s.Origin.Resource {
		a := &s.Origin.Resource[i]
		switch value := strings.ToLower(a.Value.Text()); a.Key {
		case "telemetry.sdk.language":
			if value == "webjs" {
				return true
			}
		case "os.name":
			switch value {
			case "android", "ios", "ipados", "tvos", "watchos":
				return true
			}
		case "service.name":
			if isLoadGenerator(value) {
				return true
			}
		default:
			if strings.HasPrefix(a.Key, "device.") || strings.HasPrefix(a.Key, "browser.") {
				return true
			}
		}
	}
	return false
}

// isLoadGenerator reports whether a service, in lower case, is named after one of
// the usual load generators, or is called one.
func isLoadGenerator(service string) bool {
	words := strings.FieldsFunc(service, func(r rune) bool { return r < '0' || '9' < r && r < 'a' || 'z' < r })
	for i, word := range words {
		switch word {
		case "loadgenerator", "loadgen", "loadtest", "loadtester", "k6", "locust", "jmeter", "gatling", "vegeta", "artillery":
			return true
		case "load":
			if i+1 < len(words) && (strings.HasPrefix(words[i+1], "gen") || strings.HasPrefix(words[i+1], "test")) {
				return true
			}
		}
	}
	return false
}

// requestOf returns the request that a span serves by its attributes or its name,
// or "". A call to AWS is made, not served, also where its span is INTERNAL.
func requestOf(s *tracetree.Span, m *tracetree.Meaning) string {
	switch {
	case m.RPCSystem == "aws-api":
		return ""
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
