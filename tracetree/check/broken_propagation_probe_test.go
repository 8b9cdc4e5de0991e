package check_test

import (
	"testing"

	"tracelab/tracetree"
)

// Probes of health are the same call to every service, made by platforms without a trace. That two
// of them happen at one time is no evidence.
func TestBrokenPropagationOfProbes(t *testing.T) {
	client, server := tracetree.KindClient, tracetree.KindServer
	rpc := func(service, method string) func(*tracetree.Span) {
		return texts("rpc.system=grpc", "rpc.service="+service, "rpc.method="+method)
	}
	check := rpc("grpc.health.v1.Health", "Check")
	call := func(more ...func(*tracetree.Span)) tracetree.Span {
		return oneSpan(1, 0, client, "proxy", "x", append(more, during(0, 10))...)
	}
	served := func(more ...func(*tracetree.Span)) tracetree.Span {
		return oneSpan(1, 0, server, "stock", "x", append(more, inTrace(2), during(2, 8))...)
	}
	get := func(path string) (call, served func(*tracetree.Span)) {
		return texts("http.request.method=GET", "http.response.status_code=200", "url.full=http://10.0.0.7"+path),
			texts("http.request.method=GET", "http.response.status_code=200", "http.route="+path, "url.path="+path)
	}
	cart := texts("http.request.method=GET", "http.route=/cart")
	healthz, servesHealthz := get("/healthz")
	actuator, servesActuator := get("/actuator/health")
	report, servesReport := get("/health-report")
	testStructure(t, "broken-propagation", []ruleCase{
		{
			reason: "gRPC's health check at an address",
			spans:  []tracetree.Span{call(check, texts("server.address=10.0.0.7")), served(check)},
		},
		{reason: "gRPC's health check, of an unknown host", spans: []tracetree.Span{call(check), served(check)}},
		{
			reason: "gRPC's reflection",
			spans: []tracetree.Span{
				call(rpc("grpc.reflection.v1.ServerReflection", "ServerReflectionInfo")),
				served(rpc("grpc.reflection.v1.ServerReflection", "ServerReflectionInfo")),
			},
		},
		{
			reason: "gRPC's health check of the very service",
			spans:  []tracetree.Span{call(check, texts("server.address=stock")), served(check)},
			want:   []string{"error: context was lost between proxy and stock"},
		},
		{
			reason: "another RPC at an address",
			spans: []tracetree.Span{
				call(rpc("stock.Stock", "Check"), texts("server.address=10.0.0.7")), served(rpc("stock.Stock", "Check")),
			},
			want: []string{"error: context was lost between proxy and stock"},
		},
		{
			reason: "a probe within another service's request, each time",
			spans: []tracetree.Span{
				oneSpan(1, 0, server, "shop", "GET /cart", during(0, 10), cart), served(check),
				oneSpan(1, 0, server, "shop", "GET /cart", inTrace(3), during(20, 30), cart),
				oneSpan(1, 0, server, "stock", "x", inTrace(4), during(22, 28), check),
			},
		},
		{reason: "HTTP's probe at an address", spans: []tracetree.Span{call(healthz), served(servesHealthz)}},
		{reason: "Spring's", spans: []tracetree.Span{call(actuator), served(servesActuator)}},
		{
			reason: "a path that begins with the same word", spans: []tracetree.Span{call(report), served(servesReport)},
			want: []string{"warning: context may have been lost between proxy and stock"},
		},
	})
}
