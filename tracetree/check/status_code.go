package check

import (
	"strconv"

	"tracelab/internal/grpcstatus"
	"tracelab/tracetree"
)

// grpcCode returns the name of the gRPC status code of a span, which older
// conventions have as a number; empty if it has no code of gRPC.
func grpcCode(m *tracetree.Meaning) string {
	if m.RPCStatus == "" || (m.System != "grpc" && m.System != "") {
		return ""
	}
	if m.Class != tracetree.ClassRPCServer && m.Class != tracetree.ClassRPCClient {
		return ""
	}
	return grpcstatus.Name(m.RPCStatus)
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

// answersFailure reports whether a span's code is that of a failure, whatever its
// status.
func answersFailure(s *tracetree.Span, m *tracetree.Meaning) bool {
	if code := grpcCode(m); code != "" {
		return code != "OK"
	}
	return httpCode(s, m) >= 400
}
