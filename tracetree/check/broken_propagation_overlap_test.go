package check_test

import (
	"testing"

	"tracelab/tracetree"
)

// Calls at the same time can't be paired, but when all of them were lost, one of
// the pairs is as good as the other.
func TestBrokenPropagationOfCallsAtTheSameTime(t *testing.T) {
	client, server := tracetree.KindClient, tracetree.KindServer
	take := texts("rpc.system=grpc", "rpc.service=stock.Stock", "rpc.method=Take")
	call := func(trace byte, more ...func(*tracetree.Span)) tracetree.Span {
		return oneSpan(1, 0, client, "shop", "Take",
			append([]func(*tracetree.Span){during(0, 10), inTrace(trace), take}, more...)...)
	}
	serve := func(trace byte, more ...func(*tracetree.Span)) tracetree.Span {
		return oneSpan(1, 0, server, "stock", "Take",
			append([]func(*tracetree.Span){during(2, 8), inTrace(trace), take}, more...)...)
	}
	get := func(trace byte, path string) tracetree.Span {
		return oneSpan(1, 0, client, "shop", "GET", during(0, 10), inTrace(trace),
			texts("http.request.method=GET", "url.full=http://stock"+path))
	}
	got := func(trace byte, path, route string) tracetree.Span {
		return oneSpan(1, 0, server, "stock", "GET", during(2, 8), inTrace(trace),
			texts("http.request.method=GET", "url.path="+path, "http.route="+route))
	}
	const lost = "error: context was lost between shop and stock: "
	two := []string{
		lost + "2 calls of stock.Stock/Take have no server below them, and 2 servers of it start traces inside their time",
	}
	mall := func(s *tracetree.Span) { s.Origin = &tracetree.Origin{Resource: texted("service.name", "mall")} }
	testStructure(t, "broken-propagation", []ruleCase{
		{reason: "two calls", spans: []tracetree.Span{call(1), call(2), serve(3), serve(4)}, want: two},
		{
			reason: "three, of which one has its pair",
			spans:  []tracetree.Span{call(1), call(2), serve(3), serve(4), call(5, during(50, 60)), serve(6, during(52, 58))},
			want: append([]string{two[0]},
				lost+"span 0100000000000000 of trace 05000000000000000000000000000000 makes this call"),
		},
		{
			reason: "a third one has no server that is known",
			spans:  []tracetree.Span{call(1), call(2), call(5), serve(3), serve(4)},
			want:   []string{lost + "3 calls of stock.Stock/Take"},
		},
		{
			reason: "more servers than calls: others call too",
			spans:  []tracetree.Span{call(1), call(2), serve(3), serve(4), serve(5)},
		},
		{
			reason: "one server is outside of all calls: others call too",
			spans:  []tracetree.Span{call(1), call(2), serve(3), serve(4), serve(5, during(9, 12))},
		},
		{
			reason: "one call was served",
			spans: []tracetree.Span{
				call(1), call(2), serve(3), serve(4), call(5),
				oneSpan(2, 1, server, "stock", "Take", during(2, 8), inTrace(5), take),
			},
		},
		{
			reason: "one server has a parent elsewhere",
			spans: []tracetree.Span{
				call(1), call(2), serve(3), serve(4),
				oneSpan(2, 9, server, "stock", "Take", during(2, 8), inTrace(5), take),
			},
		},
		{
			reason: "times are not known",
			spans:  []tracetree.Span{call(1, during(-1000, -1000)), call(2, during(-1000, -1000)), serve(3), serve(4)},
		},
		{reason: "it was another host", spans: []tracetree.Span{
			call(1, texts("server.address=bank.example")), call(2, texts("server.address=bank.example")), serve(3), serve(4),
		}},
		{
			reason: "it was another host one time",
			spans:  []tracetree.Span{call(1), call(2, texts("server.address=bank.example")), serve(3), serve(4)},
		},
		{
			reason: "two services call: either may be whose context was lost",
			spans:  []tracetree.Span{call(1), call(2, mall), serve(3), serve(4)},
		},
		{
			reason: "HTTP, by the route",
			spans: []tracetree.Span{
				get(1, "/items/7"), get(2, "/items/7"), got(3, "/items/7", "/items/:id"),
				got(4, "/items/7", "/items/:id"),
			},
			want: []string{lost + "2 calls of GET /items/:id have no server below them, and 2 servers"},
		},
		{
			reason: "another route works",
			spans: []tracetree.Span{
				get(1, "/api/items/7"), get(2, "/api/items/7"), got(3, "/api/items/7", "/api/items/:id"),
				got(4, "/api/items/7", "/api/items/:id"),
				get(5, "/api/users"),
				oneSpan(2, 1, server, "stock", "GET", during(2, 8), inTrace(5),
					texts("http.request.method=GET", "url.path=/api/users", "http.route=/api/users")),
			},
			want: []string{lost + "2 calls of GET /api/items/:id"},
		},
		{
			reason: "another path",
			spans: []tracetree.Span{
				get(1, "/items/7"), get(2, "/items/7"), got(3, "/items/8", "/items/:id"),
				got(4, "/items/8", "/items/:id"),
			},
		},
	})
}

func texted(key, value string) []tracetree.Attr {
	return []tracetree.Attr{{Key: key, Value: tracetree.String(value)}}
}
