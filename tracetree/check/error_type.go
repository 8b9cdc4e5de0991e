package check

import (
	"strings"

	"tracelab/tracetree"
)

func errorType() Check {
	return Check{
		ID:       "error-type",
		Title:    "status ERROR without error.type, or the reverse",
		Severity: Warning,
		Doc: `A span in ERROR without error.type, or a span with error.type that did not fail. Conventions before error.type are accepted:
an exception event with its type, and a span that has only the older names of HTTP, RPC or database attributes. So is
error.type on a server's span whose code means that the caller was at fault.

Failures are counted and distinguished by error.type: "timeout" and "500" are different problems. Without it there is only a
message, which is different every time.

Set error.type where the status is set: the code as text ("500", "UNAVAILABLE"), the name of the exception, or _OTHER. For a
call that is retried within one span, set both only if the last attempt has failed.`,
		bad: []example{{
			Why:  "it failed, and its cause is not recorded",
			Tree: "shop: GET /cart (root)\n  shop: load prices !error {!error.type}",
		}, {
			Why:  "the second attempt went well, and the type of the first is still there",
			Tree: "shop: GET /cart (root)\n  db: Query (carts table) {error.type=ThrottlingException}",
		}},
		good: []example{{
			Why:  "the span follows the conventions before error.type",
			Tree: "shop: GET /cart (root) !error {= http.method=GET, http.route=/cart, http.status_code=500}",
		}, {
			Why:  "the server did not fail, and records the mistake of its caller",
			Tree: "shop: GET /cart/{id} (root) {http.response.status_code=404, error.type=404}",
		}},
		span: func(p *pass, i int, s *tracetree.Span, m *tracetree.Meaning) {
			failed := s.Status == tracetree.StatusError
			switch {
			case failed == (m.ErrorType != ""):
			case failed:
				if hasOlderError(s) {
					return
				}
				p.Report(i, "the status is ERROR and there is no error.type", "an error.type",
					"the status was set by hand, without the attribute",
					"the instrumentation doesn't set it, as otelhttp's servers and otelgrpc don't",
					"the error was recorded with its message only")
			case !answersFailure(s, m):
				p.Report(i, "error.type is "+m.ErrorType+" and the status is "+s.Status.String(),
					"no error.type on a span that did not fail",
					"an attempt failed and a later one within the span did not",
					"the attribute was set and the status was not")
			}
		},
	}
}

// hasOlderError reports whether a span follows conventions older than error.type: it has an
// exception event, only older attribute names, or no kind. OpenTelemetry's SDKs always set a kind.
func hasOlderError(s *tracetree.Span) bool {
	if s.Kind == tracetree.KindUnspecified {
		return true
	}
	for i := range s.Events {
		if e := &s.Events[i]; e.Name == "exception" {
			for a := range e.Attributes {
				if e.Attributes[a].Key == "exception.type" {
					return true
				}
			}
		}
	}
	older, newer := false, false
	for i := range s.Attributes {
		switch key := s.Attributes[i].Key; key {
		case "http.method", "http.status_code", "rpc.grpc.status_code", "db.system", "db.statement", "db.operation":
			older = true
		case "rpc.response.status_code", "rpc.system.name", "db.system.name", "db.operation.name", "db.response.status_code":
			newer = true
		default:
			newer = newer || strings.HasPrefix(key, "http.request.") || strings.HasPrefix(key, "http.response.")
		}
	}
	return older && !newer
}
