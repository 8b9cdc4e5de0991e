package check_test

import (
	"strings"
	"testing"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// The hops that kept their context decide which end is suspected first.
func TestBrokenPropagationOrdersCausesByWhatOtherHopsShow(t *testing.T) {
	client, server := tracetree.KindClient, tracetree.KindServer
	rpc := func(method string) func(*tracetree.Span) {
		return texts("rpc.system=grpc", "rpc.service=stock.Stock", "rpc.method="+method)
	}
	lost := []tracetree.Span{
		oneSpan(1, 0, client, "shop", "Take", during(0, 10), rpc("Take")),
		oneSpan(1, 0, server, "stock", "Take", during(2, 8), rpc("Take"), inTrace(2)),
	}
	works := func(trace byte, from, to, method string) []tracetree.Span {
		return []tracetree.Span{
			oneSpan(1, 0, client, from, "x", inTrace(trace), during(50, 60), rpc(method)),
			oneSpan(2, 1, server, to, "x", inTrace(trace), during(52, 58), rpc(method)),
		}
	}
	tests := []struct {
		reason string
		others []tracetree.Span
		first  string
	}{
		{"nothing is known", nil, "stock does not extract"},
		{
			"stock extracts what others send", works(3, "mall", "stock", "Take"),
			"shop's gRPC client makes a span and does not inject",
		},
		{"others get what shop sends", works(3, "shop", "bank", "Pay"), "stock does not extract"},
		{"both do, in other calls", works(3, "shop", "stock", "Put"), "a proxy between them strips"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			in := check.Input{Forest: tracetree.Build(append(append([]tracetree.Span{}, lost...), test.others...))}
			r := check.Run([]check.Check{checkNamed(t, "broken-propagation")}, in, check.Config{})
			if len(r.Findings) != 1 || len(r.Findings[0].Causes) != 3 {
				t.Fatalf("findings are %+v, want one with three causes", r.Findings)
			}
			if got := r.Findings[0].Causes[0]; !strings.HasPrefix(got, test.first) {
				t.Errorf("the likeliest cause is %q, want %q", got, test.first)
			}
		})
	}
}

// A page sends its context to its own origin only, unless it is configured to.
func TestBrokenPropagationSuspectsTheBrowserOfCallsFromAPage(t *testing.T) {
	call := []func(*tracetree.Span){during(0, 10), texts("http.request.method=GET", "url.full=https://stock/items/7")}
	server := oneSpan(1, 0, tracetree.KindServer, "stock", "GET /items/{id}", inTrace(2), during(2, 8),
		texts("http.request.method=GET", "url.path=/items/7", "http.route=/items/{id}"))
	for _, test := range []struct{ language, first string }{
		{"webjs", "shop, a page, sends traceparent to other origins only where"},
		{"nodejs", "stock does not extract"},
	} {
		t.Run(test.language, func(t *testing.T) {
			client := oneSpan(1, 0, tracetree.KindClient, "shop", "GET",
				append(call, onResource("telemetry.sdk.language", test.language))...)
			in := check.Input{Forest: tracetree.Build([]tracetree.Span{client, server})}
			r := check.Run([]check.Check{checkNamed(t, "broken-propagation")}, in, check.Config{})
			if len(r.Findings) != 1 || !strings.HasPrefix(r.Findings[0].Causes[0], test.first) {
				t.Errorf("findings are %+v, want one whose first cause begins with %q", r.Findings, test.first)
			}
		})
	}
}
