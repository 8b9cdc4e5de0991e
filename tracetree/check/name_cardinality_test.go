package check_test

import (
	"fmt"
	"strings"
	"testing"

	"tracelab/tracetree"
)

func TestValuesInNames(t *testing.T) {
	rows := []struct {
		name   string
		attrs  []string
		ok     bool
		reason string
	}{
		{"GET /tasks/42", nil, false, "a number in the path"},
		{"GET /tasks/42/items", nil, false, "in its middle"},
		{"GET /tasks/4", nil, false, "however short"},
		{"GET /tasks/42?full=1", nil, false, "before a query"},
		{"GET /tasks?page=2", nil, false, "a query string"},
		{"order #7", nil, false, "a number after its sign"},
		{"load order 12345", nil, false, "five digits"},
		{"load user_99812", nil, false, "five digits behind a word"},
		{"load 7d793037-a076-4ac5-9f3a-2d5e1c3b7a10", nil, false, "a UUID"},
		{"load 7D793037-A076-4AC5-9F3A-2D5E1C3B7A10", nil, false, "a UUID in capitals"},
		{"load 507f1f77bcf86cd799439011", nil, false, "an object id"},
		{"load 01ARZ3NDEKTSV4RRFFQ69G5FAV", nil, false, "a ULID"},
		{"mail ann@example.com", nil, false, "an e-mail address"},
		{
			"GET /carts/ann",
			[]string{"http.request.method", "GET", "http.route", "/carts/{name}", "url.path", "/carts/ann"},
			false, "the path for the route",
		},
		{
			"GET /carts/ann",
			[]string{"http.method", "GET", "http.route", "/carts/{name}", "http.target", "/carts/ann?x"},
			false, "the older names",
		},
		{
			"GET /carts/{name} 12345",
			[]string{"http.method", "GET", "http.route", "/carts/{name}"},
			false,
			"a value next to the route",
		},
		{
			"12345 /carts/{name}",
			[]string{"http.method", "GET", "http.route", "/carts/{name}"},
			false,
			"a value before the route",
		},

		{"GET /tasks/{id}", nil, true, "a template"},
		{"GET /tasks/:id", nil, true, "another template"},
		{"GET /v2/tasks", nil, true, "a version"},
		{"GET /v1.2/2015-03-31/functions", nil, true, "a version that is a date"},
		{"get user_details_cache-20150901", nil, true, "a date of eight digits"},
		{"GET /404", nil, true, "the page of an error"},
		{"encode base64", nil, true, "a name with digits"},
		{"HTTP/1.1 GET", nil, true, "a protocol"},
		{"okey-dokey-0", nil, true, "a short number behind a word"},
		{"attempt 3", nil, true, "a short number"},
		{"connect db.local:27017", nil, true, "a port"},
		{"connect 10.0.0.1:50051", nil, true, "an address"},
		{"router outbound|50051||stock.svc egress", nil, true, "Envoy writes ports so"},
		{"run 2024-11-05T10:22:01Z", nil, false, "a date with a time"},
		{"scheduled__2024-11-05T10:22:00+00:00", nil, false, "one that begins with a word"},
		{"run 20241105T102201Z", nil, false, "one without signs"},
		{"run 2024-11-05", nil, true, "a date alone"},
		{"encode 2024-11-T4x:", nil, true, "no time"},
		{"HTTP/2 handshake", nil, true, "a protocol without a minor version"},
		{"GET /HTTP/2", nil, false, "a path that looks like a protocol"},
		{"load 20159931", nil, false, "eight digits that are no date"},
		{"load 20150299", nil, false, "no day either"},
		{"load 77770101", nil, false, "no year of ours"},
		{"call billing-service 6535284", nil, false, "seven digits"},
		{"S3.GetObject", nil, true, "of an AWS SDK"},
		{"verify SHA256WithRSAEncryption", nil, true, "a long word with digits"},
		{"@RequestMapping", nil, true, "an @ without an address"},
		{"express@4.17", nil, true, "a package and its version"},
		{"is it there?", nil, true, "a question"},
		{"GET /2024/report", []string{"http.method", "GET", "http.route", "/2024/report"}, true, "the route has it"},
		{
			"GET /carts/ann",
			[]string{"http.method", "GET", "http.route", "/carts/ann", "url.path", "/carts/ann"},
			true,
			"the path is the route",
		},
		{
			"CartsController#show",
			[]string{"http.method", "GET", "http.route", "/carts/{name}", "url.path", "/carts/ann"},
			true, "neither route nor path",
		},
		{
			"GET /api/carts",
			[]string{"http.method", "GET", "http.route", "/", "url.path", "/api"},
			true,
			"mounted: the route of the part is the root",
		},
	}
	for _, row := range rows {
		t.Run(row.reason, func(t *testing.T) {
			s := tracetree.Span{Name: row.name, Kind: tracetree.KindServer, Attributes: textPairs(row.attrs...)}
			if f := findingsOf(t, "name-cardinality", lone(s)); len(f) == 0 != row.ok {
				t.Errorf("findings %+v on %q", f, row.name)
			}
		})
	}
}

func TestStatementsAndKeysInNames(t *testing.T) {
	rows := []struct {
		name   string
		attrs  []string
		ok     bool
		reason string
	}{
		{"SELECT * FROM carts WHERE id = 7", []string{"db.system", "mysql"}, false, "a statement with a value"},
		{
			"insert into carts values (?, ?)",
			[]string{"db.system.name", "postgresql"},
			false,
			"with placeholders, as many as there are columns",
		},
		{"UPDATE carts SET name='ann'", []string{"db.system", "mysql"}, false, "with text"},
		{"SELECT shop.carts", []string{"db.system", "mysql"}, true, "the convention"},
		{"INSERT INTO carts", []string{"db.system", "mysql"}, true, "a summary"},
		{"SELECT shop", []string{"db.system", "mysql", "db.statement", "SELECT * FROM carts"}, true, "the database"},
		{"selecting (all) carts", []string{"db.system", "mysql"}, true, "a sentence"},
		{"select * from carts", nil, false, "without a database's attributes"},
		{"select (all) carts", nil, true, "a sentence of an application"},
		{"update 'mine' view", nil, true, "another"},
		{"GET cart:ann", []string{"db.system", "redis"}, false, "a key"},
		{"GET cart:42", []string{"db.system.name", "redis"}, false, "a key with a number"},
		{
			"get ann",
			[]string{"db.system", "memcached", "db.statement", "get ann"},
			false,
			"a key that only the statement shows to be one",
		},
		{"GET ?", []string{"db.system", "redis", "db.statement", "GET ?"}, true, "a placeholder"},
		{"GET", []string{"db.system", "redis", "db.statement", "GET cart:42"}, true, "the command"},
		{
			"SET carts",
			[]string{"db.system", "redis", "db.statement", "SET ? ?"},
			true,
			"a command and a word that isn't from the statement",
		},
	}
	for _, row := range rows {
		t.Run(row.reason, func(t *testing.T) {
			s := tracetree.Span{Name: row.name, Kind: tracetree.KindClient, Attributes: textPairs(row.attrs...)}
			if f := findingsOf(t, "name-cardinality", lone(s)); len(f) == 0 != row.ok {
				t.Errorf("findings %+v on %q", f, row.name)
			}
		})
	}
}

// A name with an address in it is quoted without it.
func TestValuesInNamesAreMasked(t *testing.T) {
	f := findingsOf(t, "name-cardinality", lone(tracetree.Span{Name: "mail ann@example.com"}))
	if len(f) != 1 || strings.Contains(fmt.Sprint(f), "ann@example.com") {
		t.Errorf("findings %+v", f)
	}
}

func TestNamesOfOneOperation(t *testing.T) {
	words := strings.Fields("ann bob eve joe kim lee mia ned ola pia quin rob sue tom una vic wes xia yan zoe amy ben")
	named := func(n int, kind tracetree.Kind, form string, edit func(i int, s *tracetree.Span), attrs ...string) sample {
		spans := make([]tracetree.Span, 2*n)
		for i := range spans {
			spans[i] = tracetree.Span{
				TraceID: tracetree.TraceID{byte(i + 1)}, SpanID: tracetree.SpanID{1}, Name: fmt.Sprintf(form, words[i%n]),
				Kind:       kind,
				Attributes: textPairs(attrs...), Origin: originOf("shop"),
			}
			edit(i, &spans[i])
		}
		return sample{Spans: spans}
	}
	numbered := func(n int, kind tracetree.Kind, form string, attrs ...string) sample {
		return named(n, kind, "%s", func(i int, s *tracetree.Span) { s.Name = fmt.Sprintf(form, i%n) }, attrs...)
	}
	append2 := func(a, b sample) sample { return sample{Spans: renumbered(append(a.Spans, b.Spans...))} }
	same := func(int, *tracetree.Span) {}
	raised := named(21, tracetree.KindServer, "GET /carts/%s", same, "http.method", "GET")
	raised.Config.Limits.NamesPerRoute = 21
	wantRulings(t, "name-cardinality", []ruling{
		{
			"20 of one route",
			named(20, tracetree.KindServer, "show %s", same, "http.method", "GET", "http.route", "/carts/{name}"), nil,
		},
		{
			"21 of one route",
			named(21, tracetree.KindServer, "show %s", same, "http.method", "GET", "http.route", "/carts/{name}"),
			[]string{"warning shop: GET /carts/{name}"},
		},
		{
			"21 paths without a route", named(21, tracetree.KindServer, "GET /carts/%s", same, "http.method", "GET"),
			[]string{"warning shop: GET /carts/ann"},
		},
		{"the limit is set", raised, nil},
		{"21 templates without a route", named(21, tracetree.KindServer, "GET /%s/{id}", same, "http.method", "GET"), nil},
		{"21 controllers without a route", named(21, tracetree.KindServer, "Carts#%s", same, "http.method", "GET"), nil},
		{
			"21 of one RPC method",
			named(21, tracetree.KindClient, "get %s", same, "rpc.system", "grpc", "rpc.service", "Carts", "rpc.method", "Get"),
			[]string{"warning shop: grpc.client.Get"},
		},
		{
			"21 of one table",
			named(21, tracetree.KindClient, "SELECT %s", same, "db.operation", "SELECT", "db.sql.table", "carts"),
			[]string{"warning db: SELECT (carts table)"},
		},
		{
			"21 tables, or what they are",
			named(21, tracetree.KindClient, "SELECT %s", same, "db.system", "mysql", "db.operation", "SELECT"), nil,
		},
		{
			"21 of one queue",
			named(21, tracetree.KindProducer, "send %s", same, "messaging.system", "kafka", "messaging.destination.name",
				"orders"),
			[]string{"warning kafka: send (orders)"},
		},
		{"21 of services of their own", named(21, tracetree.KindServer, "GET /carts/%s", func(i int, s *tracetree.Span) {
			s.Origin = originOf(words[i%21])
		}, "http.method", "GET"), nil},
		{
			"21 of one service that was started often",
			named(21, tracetree.KindServer, "GET /carts/%s", func(i int, s *tracetree.Span) {
				s.Origin = originOf("shop", textPairs("service.instance.id", words[i%21])...)
			}, "http.method", "GET"),
			[]string{"warning shop: GET /carts/ann"},
		},
		{"21 steps of work", named(21, tracetree.KindInternal, "visit %s", same), nil},
		{
			"6 items by their number", numbered(6, tracetree.KindInternal, "load item %d"),
			[]string{"warning shop: load item 0"},
		},
		{"5 of them", numbered(5, tracetree.KindInternal, "load item %d"), nil},
		{
			"6 numbers within words", numbered(6, tracetree.KindInternal, "shard-%dx.load"),
			[]string{"warning shop: shard-0x.load"},
		},
		{"3 attempts", numbered(3, tracetree.KindInternal, "attempt %d"), nil},
		{"6 partitions of a table", numbered(6, tracetree.KindClient, "SELECT orders_%d", "db.system", "mysql"), nil},
		{
			"6 names by two numbers, of two operations",
			append2(numbered(3, tracetree.KindInternal, "load %d"), numbered(3, tracetree.KindInternal, "save %d")), nil,
		},
	})
}
