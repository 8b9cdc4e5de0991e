package play

import (
	"cmp"
	"net/url"
	"strings"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

const (
	region         = "us-east-1"
	queueURLs      = "http://sqs.local/000000000000/"
	outsideCaller  = "client" // the caller of a service without a span above it
	defaultMethod  = "POST"   // of an HTTP call whose label has no method
	otherErrorType = "_OTHER"
)

// describe gives a span the name and the attributes that the conventions require for its form. The
// errorType of a failed span is the one that the line states, or "".
func (s *span) describe(above *span, failed bool, errorType string) {
	operation, target := s.line.Operation.Text, s.line.Target.Text
	s.name = operation
	fallback := otherErrorType
	switch s.form {
	case httpServer:
		method, route, _ := strings.Cut(operation, " ")
		fallback = s.serveHTTP(above, method, pathOf(route), failed, errorType)
		s.attributes.text(semconv.HTTPRouteKey, route)
	case otherServer:
		fallback = s.serveHTTP(above, defaultMethod, "/"+url.PathEscape(operation), failed, errorType)
	case httpClient:
		method, host, _ := strings.Cut(strings.TrimPrefix(operation, "http.client."), " ")
		fallback = s.callHTTP(method, host, "/", httpStatus(failed, errorType))
	case grpcServer:
		fallback = s.rpc("grpc", operation[1:], s.service, rpcStatus(failed, errorType))
	case rpcClient:
		system, method, _ := strings.Cut(operation, ".client.")
		fallback = s.rpc(system, method, "", rpcStatus(failed, errorType))
	case database:
		s.query(operation, strings.TrimSuffix(target, tableSuffix), errorType)
	case send:
		s.send(operation, target)
	case process:
		s.process(above, operation)
	}
	if failed {
		if stated := s.line.ErrorType; stated == nil || stated.Wild {
			errorType = cmp.Or(errorType, fallback)
		}
		s.attributes.text(semconv.ErrorTypeKey, errorType)
	}
}
