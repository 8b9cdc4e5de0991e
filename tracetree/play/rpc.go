package play

import (
	"strings"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"tracelab/internal/grpcstatus"
)

func (s *span) rpc(system, method, host, status string) (code string) {
	a := &s.attributes
	s.name = method
	a.text(semconv.RPCSystemNameKey, system)
	a.text(semconv.RPCMethodKey, method)
	if host != "" {
		a.text(semconv.ServerAddressKey, host)
	}
	a.text(semconv.RPCResponseStatusCodeKey, status)
	return status
}

// completeMethod completes the CLIENT span of a gRPC call with the full method from the line of the
// server below. The label of the CLIENT span only contains the method's last part.
func (s *span) completeMethod() {
	if s.form != rpcClient || len(s.children) == 0 || s.line.Exact {
		return
	}
	server := s.children[0]
	full := strings.TrimPrefix(server.line.Operation.Text, "/")
	method, _ := s.attributes.get(string(semconv.RPCMethodKey))
	if server.form != grpcServer || !strings.HasSuffix(full, "/"+method.Text()) {
		return
	}
	w := constraints{line: s.line}
	if len(w.of(string(semconv.RPCMethodKey), false)) == 0 {
		s.attributes.text(semconv.RPCMethodKey, full)
	}
	if len(w.of(string(semconv.ServerAddressKey), false)) == 0 {
		s.attributes.text(semconv.ServerAddressKey, server.service)
	}
	if len(w.of(fieldName, true)) == 0 {
		s.name = full
	}
}

// rpcStatus returns the status code of a call: for a failure, the error.type if it is a code.
func rpcStatus(failed bool, errorType string) string {
	switch {
	case !failed:
		return "OK"
	case grpcstatus.IsClientError(errorType) || grpcstatus.IsServerError(errorType):
		return errorType
	default:
		return "INTERNAL"
	}
}
