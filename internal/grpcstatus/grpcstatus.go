// Package grpcstatus has the status codes of gRPC as text, the way spans carry them.
package grpcstatus

import (
	"slices"
	"strconv"
	"strings"
)

// names are the codes in the order of their numbers.
var names = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
	"INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

// Name returns the name of a status code that is given by name, in any case, or by number. It
// returns "" for any other text.
func Name(code string) string {
	if slices.Contains(names[:], code) {
		return code // as current conventions have it
	}
	if n, err := strconv.Atoi(code); err == nil {
		if n < 0 || n >= len(names) {
			return ""
		}
		return names[n]
	}
	if at := slices.IndexFunc(names[:], func(name string) bool { return strings.EqualFold(name, code) }); at >= 0 {
		return names[at]
	}
	return ""
}

// IsClientError reports whether the code with this name is an error for the client only: the
// semantic conventions set the status of a client's span to ERROR, and leave that of the server's
// unset.
func IsClientError(name string) bool {
	switch name {
	case "CANCELLED", "INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
		"FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNAUTHENTICATED":
		return true
	}
	return false
}

// IsServerError reports whether the code with this name is an error for client and server: the
// semantic conventions set the status of both spans to ERROR.
func IsServerError(name string) bool {
	switch name {
	case "UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS":
		return true
	}
	return false
}
