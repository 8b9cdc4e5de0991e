package check

import (
	"strconv"
	"strings"

	"tracelab/tracetree"
)

// grpcNames are the status codes of gRPC in the order of their numbers.
var grpcNames = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
	"INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

// grpcCode returns the name of the gRPC status code of a span, of which older
// conventions have the number; empty when there is none, or none of gRPC's.
func grpcCode(m *tracetree.Meaning) string {
	if m.RPCStatus == "" || (m.System != "grpc" && m.System != "") {
		return ""
	}
	if m.Class != tracetree.ClassRPCServer && m.Class != tracetree.ClassRPCClient {
		return ""
	}
	if c := m.RPCStatus[0]; '0' <= c && c <= '9' {
		if n, err := strconv.Atoi(m.RPCStatus); err == nil && n < len(grpcNames) {
			return grpcNames[n]
		}
		return ""
	}
	for _, name := range grpcNames {
		if strings.EqualFold(name, m.RPCStatus) {
			return name
		}
	}
	return ""
}

// httpCode returns the status code of an HTTP span, or zero.
func httpCode(s *tracetree.Span, m *tracetree.Meaning) int {
	if m.HTTPStatus == "" {
		return 0
	}
	switch m.Class {
	case tracetree.ClassHTTPServer, tracetree.ClassHTTPClient:
	case tracetree.ClassOther:
		if s.Kind != tracetree.KindServer && s.Kind != tracetree.KindClient {
			return 0
		}
	default:
		return 0
	}
	code, err := strconv.Atoi(m.HTTPStatus)
	if err != nil || code < 100 || code > 599 {
		return 0
	}
	return code
}

// answersFailure reports whether a span's code says that it did not give or get
// what was asked for, whatever its status.
func answersFailure(s *tracetree.Span, m *tracetree.Meaning) bool {
	if code := grpcCode(m); code != "" {
		return code != "OK"
	}
	return httpCode(s, m) >= 400
}
