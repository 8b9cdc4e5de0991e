package play

import (
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"tracelab/internal/grpcstatus"
	"tracelab/tracetree"
)

// newClientHalf creates the CLIENT half of the call that s serves. Without a span above, the caller
// is an unknown service.
func newClientHalf(s, above *span) *span {
	h := &span{
		line: s.line, clientHalf: true, service: tracetree.UnknownService, scope: ScopeName, kind: tracetree.KindClient,
		orphan: s.orphan, root: s.root, children: []*span{s},
	}
	if above != nil {
		h.service = above.service
	}
	s.orphan = false
	s.arrives = arrival(s, h)
	if s.form == grpcServer {
		h.callGRPC(s)
	} else {
		h.call(s)
	}
	return h
}

// callGRPC makes the span a call to a gRPC server, with the code of the server's span.
func (s *span) callGRPC(server *span) {
	failed := server.status == tracetree.StatusError
	code := rpcStatus(failed, "")
	if answered, ok := server.attributes.get(string(semconv.RPCResponseStatusCodeKey)); ok {
		code = answered.Text()
	}
	s.form = rpcClient
	s.rpc("grpc", server.line.Operation.Text[1:], server.service, code)
	if failed || grpcstatus.IsClientError(code) {
		s.fail(server, code)
	}
}

// call makes the span a call to an HTTP server. For a CLIENT, each status from 400 on is an error,
// even if it isn't one for the server.
func (s *span) call(server *span) {
	failed := server.status == tracetree.StatusError
	method, status := defaultMethod, httpStatus(failed, "")
	if served, ok := server.attributes.get(string(semconv.HTTPRequestMethodKey)); ok {
		method = served.Text()
	}
	if answered, ok := server.attributes.get(string(semconv.HTTPResponseStatusCodeKey)); ok {
		if n, isInt := answered.AsInt(); isInt {
			status = int(n)
		}
	}
	path, _ := server.attributes.get(string(semconv.URLPathKey))
	s.form = httpClient
	code := s.callHTTP(method, server.service, path.Text(), status)
	if failed || status >= 400 && status < 500 {
		s.fail(server, code)
	}
}

// fail gives the caller the error type of the called server, or else the code.
func (s *span) fail(server *span, code string) {
	s.status = tracetree.StatusError
	errorType := tracetree.String(code)
	if served, ok := server.attributes.get(string(semconv.ErrorTypeKey)); ok {
		errorType = served
	}
	s.attributes.set(string(semconv.ErrorTypeKey), errorType)
}
