package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestErrorType(t *testing.T) {
	const (
		server, client = tracetree.KindServer, tracetree.KindClient
		internal       = tracetree.KindInternal
		unset, fails   = tracetree.StatusUnset, tracetree.StatusError
	)
	flagged := []string{"warning shop: x"}
	threw := func(attrs ...string) sample {
		e := answered(internal, fails)
		e.Spans[0].Events = []tracetree.Event{{Name: "exception", Attributes: textPairs(attrs...)}}
		return e
	}
	wantRulings(t, "error-type", []ruling{
		{"failed, of what?", answered(internal, fails), flagged},
		{"failed of something", answered(internal, fails, "error.type", "timeout"), nil},
		{"no failure", answered(internal, unset), nil},
		{"an exception says it", threw("exception.type", "IOError"), nil},
		{"an exception with only a message doesn't", threw("exception.message", "no space left"), flagged},
		{"older names only: HTTP", answered(server, fails, "http.method", "GET", "http.status_code", "500"), nil},
		{"older names only: RPC", answered(server, fails, "rpc.system", "grpc", "rpc.grpc.status_code", "14"), nil},
		{"older names only: database", answered(client, fails, "db.system", "mysql", "db.statement", "x"), nil},
		{"both: HTTP", answered(server, fails, "http.method", "GET", "http.request.method", "GET"), flagged},
		{
			"both: RPC", answered(server, fails, "rpc.system", "grpc", "rpc.system.name", "grpc", "rpc.grpc.status_code", "14"),
			flagged,
		},
		{"new: HTTP", answered(server, fails, "http.request.method", "GET", "http.response.status_code", "500"), flagged},
		{"no kind: not by OpenTelemetry", answered(tracetree.KindUnspecified, fails), nil},
		{"on a success", answered(internal, unset, "error.type", "timeout"), flagged},
		{"on what was set to OK", answered(internal, tracetree.StatusOK, "error.type", "timeout"), flagged},
		{
			"on a server's 404",
			answered(server, unset, "http.request.method", "GET", "http.response.status_code", "404", "error.type", "404"), nil,
		},
		{
			"on a server's 200",
			answered(server, unset, "http.request.method", "GET", "http.response.status_code", "200", "error.type", "404"),
			flagged,
		},
		{
			"on a gRPC server's NOT_FOUND",
			answered(server, unset, "rpc.system.name", "grpc", "rpc.response.status_code", "NOT_FOUND", "error.type",
				"NOT_FOUND"), nil,
		},
		{
			"on a gRPC server's OK",
			answered(server, unset, "rpc.system.name", "grpc", "rpc.response.status_code", "OK", "error.type", "NOT_FOUND"),
			flagged,
		},
		{
			"a client's 500 without ERROR is another check's",
			answered(client, unset, "http.request.method", "GET", "http.response.status_code", "500", "error.type", "500"), nil,
		},
	})
}
