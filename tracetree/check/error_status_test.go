package check_test

import (
	"fmt"
	"testing"

	"tracelab/tracetree"
)

// answered is a span of a kind with a code and a status.
func answered(kind tracetree.Kind, status tracetree.Status, attrs ...string) sample {
	e := lone(tracetree.Span{Name: "x", Kind: kind, Status: status, Start: 1, End: 2, Attributes: textPairs(attrs...)})
	e.Spans[0].Origin = originOf("shop", textPairs("telemetry.sdk.name", "opentelemetry")...)
	return e
}

// tagged is such a span of Zipkin's format, which has no status but an error tag, and no resource
// but a service's name.
func tagged(kind tracetree.Kind, attrs ...string) sample {
	e := answered(kind, tracetree.StatusError, attrs...)
	e.Spans[0].Origin = originOf("shop")
	return e
}

func TestErrorStatus(t *testing.T) {
	const (
		server, client   = tracetree.KindServer, tracetree.KindClient
		unset, ok, fails = tracetree.StatusUnset, tracetree.StatusOK, tracetree.StatusError
		method, code     = "http.request.method", "http.response.status_code"
		rpc, rpcCode     = "rpc.system.name", "rpc.response.status_code"
	)
	flagged, reverse := []string{"error shop: x"}, []string{"warning shop: x"}
	calls := []string{"error shop: http.client.GET"}
	wantRulings(t, "error-status", []ruling{
		{"server 500", answered(server, unset, method, "GET", code, "500"), flagged},
		{"server 599", answered(server, unset, method, "GET", code, "599"), flagged},
		{"server 500 that was set to OK", answered(server, ok, method, "GET", code, "500"), flagged},
		{"server 500 in ERROR", answered(server, fails, method, "GET", code, "500"), nil},
		{"server 499", answered(server, unset, method, "GET", code, "499"), nil},
		{"server 404", answered(server, unset, method, "GET", code, "404"), nil},
		{"server 200", answered(server, unset, method, "GET", code, "200"), nil},
		{"server 302", answered(server, unset, method, "GET", code, "302"), nil},
		{"server 503, older names", answered(server, unset, "http.method", "GET", "http.status_code", "503"), flagged},
		{"server 503, no method", answered(server, unset, "http.status_code", "503"), flagged},
		{"server 404 in ERROR", answered(server, fails, method, "GET", code, "404"), reverse},
		{"server 200 in ERROR: it broke off", answered(server, fails, method, "GET", code, "200"), nil},
		{"client 400", answered(client, unset, method, "GET", code, "400"), calls},
		{"client 404", answered(client, unset, method, "GET", code, "404"), calls},
		{"client 404 in ERROR", answered(client, fails, method, "GET", code, "404"), nil},
		{"client 404 that the application expected", answered(client, ok, method, "GET", code, "404"), nil},
		{"client 502 that was set to OK", answered(client, ok, method, "GET", code, "502"), calls},
		{"client 399", answered(client, unset, method, "GET", code, "399"), nil},
		{"no code", answered(client, unset, method, "GET"), nil},
		{"no number", answered(client, unset, method, "GET", code, "teapot"), nil},
		{"no code of HTTP", answered(server, unset, method, "GET", code, "777"), nil},
		{"internal", answered(tracetree.KindInternal, unset, code, "500"), nil},
		{
			"a database over HTTP has its own rules",
			answered(client, unset, "db.system.name", "elasticsearch", "db.operation.name", "get", code, "404"), nil,
		},
		{
			"an AWS call over HTTP, too",
			answered(client, unset, "rpc.system", "aws-api", "rpc.method", "GetObject", "http.status_code", "404"), nil,
		},
		{"another RPC system's code", answered(server, unset, rpc, "jsonrpc", rpcCode, "14"), nil},
		{"a gRPC code that is none", answered(server, unset, rpc, "grpc", rpcCode, "17"), nil},
		{"a gRPC code that is no word of gRPC's", answered(server, unset, rpc, "grpc", rpcCode, "TEAPOT"), nil},
		{
			"a gRPC server's own fault, with HTTP's code next to it",
			answered(server, unset, rpc, "grpc", rpcCode, "INTERNAL", code, "200"), flagged,
		},
		{"a gRPC server's NOT_FOUND in ERROR", answered(server, fails, rpc, "grpc", rpcCode, "NOT_FOUND"), reverse},
		{"the same with older names", answered(server, fails, "rpc.system", "grpc", "rpc.grpc.status_code", "5"), reverse},
		{"a gRPC stream that broke off after its code was OK", answered(server, fails, rpc, "grpc", rpcCode, "OK"), nil},
		{"Zipkin's error tag on a 404", tagged(server, "http.method", "GET", "http.status_code", "404"), nil},
		{"Zipkin's error tag on NOT_FOUND", tagged(server, rpc, "grpc", rpcCode, "NOT_FOUND"), nil},
		{"a gRPC client that the application set to OK", answered(client, ok, rpc, "grpc", rpcCode, "NOT_FOUND"), nil},
		{"not for what is no answer to expect", answered(client, ok, rpc, "grpc", rpcCode, "UNAVAILABLE"), flagged},
	})
}

func TestErrorStatusOfEveryCodeOfGRPC(t *testing.T) {
	codes := []struct {
		name   string
		server bool // the server has to be in ERROR
	}{
		{"OK", false},
		{"CANCELLED", false},
		{"UNKNOWN", true},
		{"INVALID_ARGUMENT", false},
		{"DEADLINE_EXCEEDED", true},
		{"NOT_FOUND", false},
		{"ALREADY_EXISTS", false},
		{"PERMISSION_DENIED", false},
		{"RESOURCE_EXHAUSTED", false},
		{"FAILED_PRECONDITION", false},
		{"ABORTED", false},
		{"OUT_OF_RANGE", false},
		{"UNIMPLEMENTED", true},
		{"INTERNAL", true},
		{"UNAVAILABLE", true},
		{"DATA_LOSS", true},
		{"UNAUTHENTICATED", false},
	}
	for n, code := range codes {
		for _, kind := range []tracetree.Kind{tracetree.KindServer, tracetree.KindClient} {
			var want []string
			if code.server || kind == tracetree.KindClient && code.name != "OK" {
				want = []string{"error shop: x"}
			}
			var marked []string // the server is in ERROR although its caller is at fault
			if kind == tracetree.KindServer && !code.server && code.name != "OK" {
				marked = []string{"warning shop: x"}
			}
			wantRulings(t, "error-status", []ruling{
				{
					fmt.Sprintf("%s of a %s by name", code.name, kind),
					answered(kind, tracetree.StatusUnset, "rpc.system.name", "grpc", "rpc.response.status_code", code.name), want,
				},
				{
					fmt.Sprintf("%s of a %s by number", code.name, kind),
					answered(kind, tracetree.StatusUnset, "rpc.system", "grpc", "rpc.grpc.status_code", fmt.Sprint(n)), want,
				},
				{
					fmt.Sprintf("%s of a %s in ERROR", code.name, kind),
					answered(kind, tracetree.StatusError, "rpc.system.name", "grpc", "rpc.response.status_code", code.name), marked,
				},
			})
		}
	}
}
