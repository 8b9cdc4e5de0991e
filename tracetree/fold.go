package tracetree

import "strconv"

// folds reports whether the compact view folds span i: a CLIENT of RPC or HTTP whose children are all SERVERs says
// nothing that they don't say. It stays when it failed and a child doesn't show that.
func (f *Forest) folds(i int32) bool {
	s := &f.spans[i]
	children := f.childrenOf(i)
	if s.Kind != KindClient || len(children) == 0 {
		return false
	}
	for _, c := range children {
		if f.spans[c].Kind != KindServer {
			return false
		}
	}
	var client facts
	client.collect(s.Attributes)
	class := client.classify(s.Kind)
	if class != ClassRPCClient && class != ClassHTTPClient {
		return false
	}
	if s.Status != StatusError {
		return true
	}
	for _, c := range children {
		if f.spans[c].Status != StatusError && !client.failsAlone(class, f.spans[c].Attributes) {
			return false
		}
	}
	return true
}

// failsAlone reports whether the conventions ask for a client in ERROR above a server that isn't: a gRPC client is in
// ERROR for every code but OK, a server for some; an HTTP client is from 400 on, a server from 500 on. Both must have
// seen the same code, as far as the server tells.
func (f *facts) failsAlone(class Class, server []Attr) bool {
	var s facts
	s.collect(server)
	var seen, answered string
	var alone bool
	if class == ClassRPCClient {
		seen = codeName(text(f.rpcResponseCode, f.rpcStatusCode))
		answered = codeName(text(s.rpcResponseCode, s.rpcStatusCode))
		alone = clientErrorCodes[seen]
	} else {
		seen = text(f.httpResponseCode, f.httpStatusCode)
		answered = text(s.httpResponseCode, s.httpStatusCode)
		code, err := strconv.Atoi(seen)
		alone = err == nil && code >= 400 && code < 500
	}
	return alone && (answered == "" || answered == seen)
}

// grpcCodes are the status codes of gRPC in the order of their numbers.
var grpcCodes = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
	"INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

// clientErrorCodes are those that are an error for the client only.
var clientErrorCodes = map[string]bool{
	"CANCELLED": true, "INVALID_ARGUMENT": true, "NOT_FOUND": true, "ALREADY_EXISTS": true, "PERMISSION_DENIED": true,
	"RESOURCE_EXHAUSTED": true, "FAILED_PRECONDITION": true, "ABORTED": true, "OUT_OF_RANGE": true,
	"UNAUTHENTICATED": true,
}

// codeName returns the name of a gRPC code, which current conventions give by name and older ones by number.
func codeName(code string) string {
	if n, err := strconv.Atoi(code); err == nil && n >= 0 && n < len(grpcCodes) {
		return grpcCodes[n]
	}
	return code
}
