package check

import (
	"strconv"

	"tracelab/internal/grpcstatus"
	"tracelab/tracetree"
)

func errorStatus() Check {
	return Check{
		ID:       "error-status",
		Title:    "a span's status contradicts its status code",
		Severity: Error,
		Doc: `A span that failed by its HTTP or gRPC code and whose status is not ERROR: an HTTP server's 5xx, an HTTP client's 4xx
and 5xx, a gRPC client's every code but OK, a gRPC server's UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL,
UNAVAILABLE and DATA_LOSS. The reverse is a warning: an HTTP server's 4xx that is ERROR, or any other code of a gRPC server
such as NOT_FOUND. A client's span that the application set to OK is not flagged when the code is the caller's own fault: an
expected answer. Nor is the error tag of Zipkin's libraries, which they set on every 4xx.

Backends count, color, alert on and keep traces by status, not by code. A failure that isn't marked is not found, and a
client's typing error that is marked wakes up the person on call.

Set the status where the code is decided: span.SetStatus(codes.Error, ...) in the middleware that every response passes
through, after the error handler has run. Leave a server's 4xx unset: the server did what it should.`,
		Lesson: []string{"error responses mark spans as ERROR"},
		bad: []example{{
			Why:  "the server failed and its span has no status",
			Tree: "shop: GET /cart (root) {http.response.status_code=500}",
		}, {
			Why:  "the client did not get what it asked for",
			Tree: "shop: GET /cart (root)\n  shop: http.client.GET prices {http.response.status_code=404}",
		}, {
			Why:  "a gRPC server could not reach what it needs, in the older convention",
			Tree: "prices: /shop.Prices/Get (root) {rpc.grpc.status_code=14, !rpc.response.status_code}",
		}, {
			Why:  "what the client did wrong is no failure of the server",
			Tree: "shop: POST /order (root) !error=400 {http.response.status_code=400}",
		}, {
			Why:  "a price that doesn't exist is no failure of the server either",
			Tree: "prices: /shop.Prices/Get (root) !error=NOT_FOUND {rpc.response.status_code=NOT_FOUND}",
		}},
		good: []example{{
			Why: "a server that answers \"not found\" did its work; its caller did not get what it wanted",
			Tree: "shop: GET /cart/{id} (root) {http.response.status_code=404}\n" +
				"  carts: /shop.Carts/Get {rpc.response.status_code=NOT_FOUND}",
		}, {
			Why:  "a stream failed after its status code was sent",
			Tree: "shop: GET /export (root) !error=EOF {http.response.status_code=200}",
		}},
		span: func(p *pass, i int, s *tracetree.Span, m *tracetree.Meaning) {
			if m.HTTPStatus == "" && m.RPCStatus == "" {
				return
			}
			if code := grpcCode(m); code != "" {
				switch fails := failsGRPC(s, code); {
				case s.Status != tracetree.StatusError && fails:
					reportUnmarked(p, i, "the gRPC code is "+code)
				case s.Status == tracetree.StatusError && code != "OK" && !fails && s.Kind == tracetree.KindServer:
					reportMarked(p, i, "the gRPC code of the server is "+code)
				}
				return
			}
			code := httpCode(s, m)
			switch {
			case code < 400:
			case s.Status != tracetree.StatusError:
				if code >= 500 || (s.Kind == tracetree.KindClient && s.Status != tracetree.StatusOK) {
					reportUnmarked(p, i, "the HTTP code is "+strconv.Itoa(code))
				}
			case code < 500 && s.Kind == tracetree.KindServer:
				reportMarked(p, i, "the HTTP code of the server is "+strconv.Itoa(code))
			}
		},
	}
}

// reportMarked reports a server that answered with its caller's fault and is in
// ERROR. Formats that have no resources, such as Zipkin's, have no status either:
// theirs is made of a tag that their libraries set for every such code.
func reportMarked(p *pass, i int, seen string) {
	if !hasResource(p.Forest.Spans()[i].Origin) {
		return
	}
	p.Report(i, seen+" and the status is ERROR", "a status that is unset: the caller is at fault",
		"every code from 400 on, or but OK, is marked, even if the caller is at fault",
		"an error that became the answer was recorded as a failure of the span").Severity = Warning
}

// failsGRPC reports whether the conventions require ERROR: of a server for its own
// faults, of a client for all codes but OK.
func failsGRPC(s *tracetree.Span, code string) bool {
	if code == "OK" || grpcstatus.IsServerError(code) {
		return code != "OK"
	}
	return s.Kind == tracetree.KindClient && s.Status != tracetree.StatusOK
}

func reportUnmarked(p *pass, i int, seen string) {
	p.Report(i, seen+" and the status is "+p.Forest.Spans()[i].Status.String(), "the status ERROR",
		"the error was turned into an answer and never reached the span",
		"the error handler runs after the middleware that ends the span",
		"the code is set by hand, without the status")
}
