package exercises_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tracelab/internal/redact"
	"tracelab/lab/exercises"
	"tracelab/tracetree"
)

// failed returns the failed verdicts as text.
func failed(g exercises.Grade) []string {
	var list []string
	for _, v := range g.Verdicts {
		if !v.OK {
			list = append(list, v.Asked+": "+v.Has+". "+v.Why)
		}
	}
	return list
}

// wantFailures compares the failed verdicts with a phrase for each, in order.
func wantFailures(t *testing.T, answer string, g exercises.Grade, phrases []string) {
	t.Helper()
	got := failed(g)
	if diff := cmp.Diff(phrases, got, cmpopts.EquateEmpty(), cmp.Comparer(func(a, b string) bool {
		return strings.Contains(a, b) || strings.Contains(b, a)
	})); diff != "" {
		t.Errorf("answer\n%s\nphrases of what failed (-want +got):\n%s", answer, diff)
	}
	for _, v := range g.Verdicts {
		if v.Asked == "" || v.Has == "" || !v.OK && v.Why == "" {
			t.Errorf("answer\n%s\nincomplete verdict: %+v", answer, v)
		}
	}
}

func TestCallIsRightInManyWays(t *testing.T) {
	tests := []struct{ reason, answer string }{
		{"the course's own names", "gateway.handle_request\n  service-a.process\n    service-b.process\n      db.query\n"},
		{
			"the course's names, with marks",
			"gateway.handle_request (root)\n  service-a.process\n    service-b.process [12ms]\n" +
				"      db.query {db.system.name=postgresql}",
		},
		{
			"all over HTTP",
			"gateway: GET /orders (root)\n  service-a: GET /orders\n    service-b: GET /users/{id}\n" +
				"      db: SELECT (users table)\n",
		},
		{
			"all over gRPC",
			"gateway: GET /orders (root)\n  service-a: /o.Orders/List\n    service-b: /u.Users/Get\n      db: Query\n",
		},
		{
			"without (root)",
			"gateway: GET /orders\n  service-a: GET /orders\n    service-b: GET /users\n      db: Query (users table)\n",
		},
		{"the CLIENT halves", `gateway: GET /orders (root)
  gateway: http.client.GET service-a
    service-a: GET /orders
      service-a: grpc.client.Get
        service-b: /u.Users/Get
          db: Query (users table)
`},
		{
			"one CLIENT half",
			"gateway: GET /orders (root)\n  gateway: http.client.GET service-a\n    service-a: GET /orders\n" +
				"      service-b: GET /users\n        db: Query (users table)\n",
		},
		{
			"a CLIENT half by its kind",
			"gateway: GET /orders (root)\n  gateway: ask for orders {@kind=client}\n    service-a: GET /orders\n" +
				"      service-b: GET /users\n        db: Query\n",
		},
		{
			"an INTERNAL step",
			"gateway: GET /orders (root)\n  service-a: GET /orders\n    service-a: check the user\n" +
				"    service-b: GET /users\n      db: Query (users table)\n",
		},
		{
			"an INTERNAL span around the call",
			"gateway: GET /orders (root)\n  service-a: GET /orders\n    service-a: collect orders {@kind=internal}\n" +
				"      service-b: GET /users\n        db: Query (users table)\n",
		},
		{
			"in a fence",
			"```tree\ngateway: GET /orders (root)\n  service-a: GET /orders\n    service-b: GET /users\n" +
				"      db: Query (users table)\n```\n",
		},
		{
			"indented as in a document",
			"    gateway: GET /orders (root)\n      service-a: GET /orders\n        service-b: GET /users\n" +
				"          db: Query (users table)\n",
		},
		{
			"a route with a parameter and a version",
			"gateway: GET /v1/orders/{id} (root)\n  service-a: GET /v1/orders/:id\n    service-b: GET /users/{id}\n" +
				"      db: Query (users table)\n",
		},
		{
			"a call as long as its caller",
			"gateway: GET /orders (root) [20ms]\n  service-a: GET /orders [20ms]\n    service-b: GET /users [<=20ms]\n" +
				"      db: Query (users table)\n",
		},
		{
			"a successful status",
			"gateway: GET /orders (root) {http.response.status_code=200, @status=ok}\n  service-a: GET /orders\n" +
				"    service-b: GET /users\n      db: Query (users table)\n",
		},
		{
			"attributes",
			"gateway: GET /orders (root) {http.route=/orders, tenant_id=acme}\n  service-a: GET /orders {retry_count<3}\n" +
				"    service-b: GET /users\n      db: Query (users table) {@kind=client}\n",
		},
		{
			"durations",
			"gateway: GET /orders (root) [<50ms]\n  service-a: GET /orders [40ms]\n" +
				"    service-b: GET /users [=30ms at +5ms]\n      db: Query (users table) [10ms..20ms]\n",
		},
		{
			"other names for the operations",
			"gateway: take the request (root)\n  service-a: collect\n    service-b: \"look up: one\"\n      db: get\n",
		},
		{
			"comments and a blank line at the end",
			"# mine\ngateway: GET /orders (root)  # here\n  service-a: GET /orders\n    service-b: GET /users\n" +
				"      db: Query (users table)\n\n\n",
		},
		{
			"lines end as on Windows",
			"\ufeffgateway: GET /orders (root)\r\n  service-a: GET /orders\r\n    service-b: GET /users\r\n      db.query\r\n",
		},
		{
			"services in another spelling",
			"API Gateway: GET /orders (root)\n  ServiceA: GET /orders\n    service_b: GET /users\n" +
				"      DB: Query {@kind=client}\n",
		},
		{
			"as a waterfall draws it",
			"gateway: GET /orders (root)     │███│ 9ms\n  service-a: GET /orders        │ █ │ 5ms\n" +
				"    service-b: GET /users       │ █ │ 3ms\n      db: Query (users table)   │ █ │ 1ms\n",
		},
	}
	e := find(t, "ex1", 0)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			wantFailures(t, tt.answer, grade(t, e, tt.answer), nil)
		})
	}
}

func TestCallExplainsWhatIsWrong(t *testing.T) {
	const (
		root, a, b, db = "gateway: GET /orders (root)\n", "service-a: GET /orders\n", "service-b: " +
			"GET /users\n", "db: Query (users table)\n"
		in = "  "
	)
	tests := []struct {
		reason, answer string
		want           []string
	}{
		{"nothing is indented", root + a + b + db, []string{
			"4 lines, and none is below another", "service-a: GET /orders (line 2) has no parent",
			"service-b: GET /users (line 3) has no parent", "db: Query (users table) (line 4) has no parent",
		}},
		{"the database next to the service", root + in + a + in + in + b + in + in + db, []string{
			"next to service-b: GET /users (line 3). With equal indentation they are two calls by service-a, one after the " +
				"other. But service-b made the call: indent the line two",
		}},
		{"all below the gateway", root + in + a + in + b + in + db, []string{
			"next to service-a: GET /orders (line 2). With equal indentation they are two calls by gateway", "next to service-b",
		}},
		{"service-b called by the gateway, its call below it", root + in + a + in + b + in + in + db, []string{
			"service-b: GET /users (line 3) is below gateway: GET /orders (line 1), next to service-a",
		}},
		{"no database", root + in + a + in + in + b, []string{"no database call. Each call over a network needs a span"}},
		{"no service-b", root + in + a + in + in + db, []string{
			"no line of service-b",
			"db: Query (users table) (line 3) is below service-a: GET /orders (line 2). A span's parent is the one " +
				"that caused it",
		}},
		{
			"no service-a", root + in + b + in + in + db,
			[]string{"no line of service-a", "The caller is service-a, not gateway"},
		},
		{"no gateway", "service-a: GET /orders (root)\n" + in + b + in + in + db, []string{
			"The client calls the gateway", "service-a: GET /orders (line 1) has no parent",
		}},
		{"upside down", "db: Query (root)\n" + in + b + in + in + a + in + in + in + "gateway: GET /orders\n", []string{
			"is upside down", "the wrong way round", "the wrong way round", "has no parent",
		}},
		{"two traces", root + in + a + "\n" + "service-b: GET /users (root)\n" + in + db, []string{
			"2 trees: gateway: GET /orders (line 1), service-b: GET /users (line 4)",
			"A trace looks like this when the context was lost",
		}},
		{
			"the client is drawn",
			"client: request (root)\n" + in + "gateway: GET /orders\n" + in + in + a + in + in + in + b + in + in + in + in + db,
			[]string{
				"The client isn't part of this trace", `"client" isn't in the story`,
			},
		},
		{"the database as a service", root + in + a + in + in + b + in + in + in + "postgres: SELECT users\n", []string{
			"postgres: SELECT users (line 4), as a service. A database isn't instrumented",
			"postgres: SELECT users (line 4), the database as a service",
		}},
		{
			"the database named after the service", root + in + a + in + in + b + in + in + in + "users-db: SELECT\n",
			[]string{"as a service", "the database as a service"},
		},
		{"something below the database", root + in + a + in + in + db + in + in + in + b, []string{
			"That is the wrong way round: it means that db called service-b",
			"db: Query (users table) (line 3) is below service-a: GET /orders (line 2)",
		}},
		{
			"a service of another story", root + in + a + in + in + "mailer: send\n" + in + in + b + in + in + in + db,
			[]string{`"mailer" isn't in the story`},
		},
		{
			"the database is called twice", root + in + a + in + in + b + in + in + in + db + in + in + in + db,
			[]string{"another database call"},
		},
		{
			"a service is called twice", root + in + a + in + a + in + in + b + in + in + in + db,
			[]string{"service-a: GET /orders (line 3), another span"},
		},
		{"a count", root + in + a + in + in + b + in + in + in + "2x " + db, []string{"has a count"}},
		{
			"the path of one request", root + in + "service-a: GET /orders/42\n" + in + in + b + in + in + in + db,
			[]string{"service-a: GET /orders/42 (line 2) has the path of one request"},
		},
		{
			"a UUID in a path",
			root + in + "service-a: GET /orders/7f0e2a34-9a53-4c2b-8f64-0d0b8f1f3f11\n" + in + in + b + in + in + in + db,
			[]string{"has the path of one request"},
		},
		{
			"a query string", root + in + "service-a: GET /orders?user=ann\n" + in + in + b + in + in + in + db,
			[]string{"has a query string"},
		},
		{
			"names that name nothing",
			"gateway: x (root)\n" + in + "service-a: foo\n" + in + in + "service-b: y\n" + in + in + in + db,
			[]string{"gateway: x (line 1) describes no work; service-a: foo (line 2) describes no work"},
		},
		{
			"a number in a name", root + in + "service-a: order 12345\n" + in + in + b + in + in + in + db,
			[]string{"contains a number"},
		},
		{
			"a consumer for a server", root + in + "service-a: process order\n" + in + in + b + in + in + in + db,
			[]string{"a message on service-a: process order (line 2). A CONSUMER receives a message"},
		},
		{
			"a consumer by its kind", root + in + a + in + in + "service-b: GET /users {@kind=consumer}\n" + in + in + in + db,
			[]string{"A CONSUMER receives a message"},
		},
		{
			"ERROR by its status", root + in + "service-a: GET /orders {@status=error}\n" + in + in + b + in + in + in + db,
			[]string{"an error on service-a: GET /orders (line 2). Every call succeeds"},
		},
		{
			"ERROR by an attribute",
			root + in + "service-a: GET /orders {http.response.status_code=503}\n" + in + in + b + in + in + in + db,
			[]string{"Every call succeeds"},
		},
		{
			"a call longer than its root",
			"gateway: GET /orders (root) [20ms]\n" + in + a + in + in + "service-b: GET /users [50ms]\n" + in + in + in + db,
			[]string{
				"service-b: GET /users (line 3) takes 50ms, and gateway: GET /orders (line 1) 20ms",
			},
		},
		{
			"a range above the caller's",
			"gateway: GET /orders (root) [<20ms]\n" + in + "service-a: GET /orders [30ms..40ms]\n" + in + in + b + in + in + in +
				db,
			[]string{"takes 30ms"},
		},
		{
			"any other spans", root + in + a + in + in + b + in + in + in + db + in + in + in + "...\n",
			[]string{"allows any other spans"},
		},
		{
			"only any other spans", "...",
			[]string{
				"The root is missing", "no line of service-a", "no line of service-b", "no database call",
				"allows any other spans",
			},
		},
		{"a wildcard", root + in + "service-a: *\n" + in + in + b + in + in + in + db, []string{"A * stands for any text"}},
		{
			"a link for a call", root + in + a + in + in + "service-b: GET /users          ← linked span\n" + in + in + in + db,
			[]string{"A link is for work that no caller waits for"},
		},
		{
			"another trace",
			root + in + a + in + in + "service-b: GET /users {@trace=new}          ← linked span\n" + in + in + in + db,
			[]string{"A link is for work", "a callee continues the caller's trace"},
		},
		{
			"an error in a story without one", root + in + a + in + in + b + in + in + in + "db: Query (users table) !error\n",
			[]string{"Every call succeeds"},
		},
		{
			"(root) on a service below",
			"gateway: GET /orders\n" + in + "service-a: GET /orders (root)\n" + in + in + b + in + in + in + db,
			[]string{"(root) on service-a: GET /orders (line 2)"},
		},
		{
			"the root is an orphan", "gateway: GET /orders (orphan)\n" + in + a + in + in + b + in + in + in + db,
			[]string{"An orphan has a parent that was lost"},
		},
		{
			"an orphan below", root + in + a + in + in + "service-b: GET /users (orphan)\n" + in + in + in + db,
			[]string{"The parent of this span is the line above it"},
		},
		{
			"a damaged trace", root + in + a + in + in + "service-b: GET /users (cycle)\n" + in + in + in + db,
			[]string{"a mark of a damaged trace"},
		},
		{
			"the root is a CLIENT half",
			"gateway: http.client.GET service-a (root)\n" + in + a + in + in + b + in + in + in + db,
			[]string{"the CLIENT half of a call. The trace begins where"},
		},
		{"only the CLIENT half", root + in + a + in + in + "service-a: grpc.client.Get\n", []string{
			"only the call: service-a: grpc.client.Get (line 3)", "no database call", "with 0 spans below it",
		}},
		{
			"the CLIENT half of another service",
			root + in + "service-a: http.client.GET service-a\n" + in + in + a + in + in + in + b + in + in + in + in + db,
			[]string{
				"service-a: GET /orders (line 3) is below service-a: http.client.GET service-a (line 2). It is below another " +
					"span of the same service", "The CLIENT half of a call is the caller's",
			},
		},
		{
			"one CLIENT half for two calls",
			root + in + a + in + in + "service-a: http.client.GET service-b\n" + in + in + in + b + in + in + in + db,
			[]string{
				"db: Query (users table) (line 5) is below service-a: http.client.GET service-b (line 3), next to",
				"with 2 spans below it",
			},
		},
		{
			"a CLIENT half of the database call",
			root + in + a + in + in + b + in + in + in + "service-b: http.client.GET db\n" + in + in + in + in + db,
			[]string{"the CLIENT span already"},
		},
		{
			"a CLIENT half of a call to the same service",
			root + in + a + in + in + b + in + in + in + "service-b: grpc.client.Get\n" + in + in + in + in +
				"service-b: /u.Users/Get\n" + in + in + in + in + in + db,
			[]string{
				"A CLIENT half belongs to a call to another service", "another span of service-b",
			},
		},
		{
			"the protocol as a service",
			"http.request\n" + in + "gateway.handle_request\n" + in + in + "service-a.process\n" + in + in + in +
				"service-b.process\n" + in + in + in + in + "db.query\n",
			[]string{
				"so the first span is the gateway's", "That is a protocol, not a service",
			},
		},
		{"very many lines too much", root + strings.Repeat(in+"x: work\n", 12), []string{
			"no line of service-a", "no line of service-b", "no database call", "isn't in the story", "isn't in the story",
			"isn't in the story", "isn't in the story", "isn't in the story", "and 7 more lines",
		}},
	}
	e := find(t, "ex1", 0)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			wantFailures(t, tt.answer, grade(t, e, tt.answer), tt.want)
		})
	}
}

// Only one tree of the four spans is right.
func TestOneShapeIsRight(t *testing.T) {
	labels := []string{
		"gateway: GET /orders", "service-a: GET /orders", "service-b: GET /users",
		"db: Query (users table)",
	}
	const noParent = 4
	e := find(t, "ex1", 0)
	shapes, right := 0, 0
	for code := range 5 * 5 * 5 * 5 {
		parents := []int{code % 5, code / 5 % 5, code / 25 % 5, code / 125}
		var b strings.Builder
		drawn := 0
		var draw func(parent, depth int)
		draw = func(parent, depth int) {
			for i, p := range parents {
				if p == parent && depth < len(labels) {
					b.WriteString(strings.Repeat("  ", depth) + labels[i] + "\n")
					drawn++
					draw(i, depth+1)
				}
			}
		}
		draw(noParent, 0)
		if drawn != len(labels) {
			continue // some are their own ancestors
		}
		shapes++
		g := grade(t, e, b.String())
		if want := slices.Equal(parents, []int{noParent, 0, 1, 2}); g.Passed() != want {
			t.Errorf("passed is %t, want %t:\n%s\n%s", g.Passed(), want, &b, report(g, nil))
		} else if want {
			right++
		}
	}
	if shapes != 125 || right != 1 {
		t.Errorf("%d shapes, %d of them right, want 125 and 1", shapes, right)
	}
}

func TestNotesExplainHowAnAnswerWasRead(t *testing.T) {
	g := grade(t, find(t, "ex1", 0),
		"gateway.handle_request\n  service-a: process\n    service-b: process\n      db: query (users)")
	want := []string{
		`line 1 was read as "gateway: handle_request", which is how this notation writes it`,
		"the first line was read as the root: the notation marks it with (root)",
		"line 4: the target of a database call is written as a table: (users table)",
	}
	if diff := cmp.Diff(want, g.Notes); diff != "" || !g.Passed() {
		t.Errorf("notes (-want +got):\n%s\n%s", diff, report(g, nil))
	}
}

func TestUnreadableDrawingsHaveAPosition(t *testing.T) {
	tests := []struct {
		reason, answer string
		line, column   int
		want           string
	}{
		{"an odd indentation", "gateway: a (root)\n   service-a: b", 2, 4, "want two for each level"},
		{"a tab", "gateway: a (root)\n\tservice-a: b", 2, 1, "tab in the indentation"},
		{"a skipped level", "gateway: a (root)\n    service-a: b", 2, 5, "skipped level"},
		{"an arrow", "gateway -> service-a -> service-b -> db", 1, 1, "the notation has no arrows"},
		{"another arrow", "gateway → service-a", 1, 1, "the notation has no arrows"},
		{"branches", "gateway: a (root)\n├── service-a: b", 2, 1, "branches are not drawn"},
		{"branches alone", "gateway\n└── service-a", 1, 1, `missing ": "`},
		{"ASCII branches", "gateway: a (root)\n|-- service-a: b", 2, 1, "branches are not drawn"},
		{"bullets before labels", "- gateway: a (root)\n  - service-a: b", 1, 1, "without the mark before it"},
		{"arrows between labels", "gateway: GET /a -> service-a: GET /b", 1, 1, "the notation has no arrows"},
		{"bullets", "- gateway", 1, 1, "without the mark before it"},
		{
			"a call without its caller", "gateway: a (root)\n  http.client.GET service-a", 2, 3,
			`as in "checkout: http.client.GET service-a"`,
		},
		{"half of a fence", "```\ngateway: a (root)", 1, 3, "leave out the fence"},
		{"words", "the gateway calls service-a", 1, 1, "want a label"},
		{"the column counts from the line as it was written", "gateway.handle_request {a", 1, 24, "want"},
		{"also before the dot", "gateway: a (root)\n   db.query", 2, 4, "indentation of 3 spaces"},
	}
	e := find(t, "ex1", 0)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			g, err := e.Grade(t.Context(), tt.answer)
			var parse *tracetree.ParseError
			if !errors.As(err, &parse) {
				t.Fatalf("error %v, grade\n%s", err, report(g, nil))
			}
			if parse.Line != tt.line || parse.Column != tt.column || !strings.Contains(parse.Message, tt.want) {
				t.Errorf("line %d, column %d: %s, want line %d, column %d, %q", parse.Line, parse.Column, parse.Message, tt.line,
					tt.column, tt.want)
			}
			if parse.Text != strings.Split(tt.answer, "\n")[parse.Line-1] {
				t.Errorf("the line is shown as %q", parse.Text)
			}
		})
	}
	for _, empty := range []string{"", "\n\n", "# nothing\n"} {
		if _, err := e.Grade(t.Context(), empty); err == nil || !strings.Contains(err.Error(), "found no span") {
			t.Errorf("answer %q: error %v", empty, err)
		}
	}
	if _, err := e.Grade(t.Context(), strings.Repeat("x", 1<<17)); err == nil ||
		!strings.Contains(err.Error(), "want at most") {
		t.Errorf("a long answer: error %v", err)
	}
}

// Any drawing is either refused with an error or graded with complete verdicts, which contain no
// secrets.
func FuzzDrawing(f *testing.F) {
	drawings := []exercises.Exercise{find(f, "ex1", 0), find(f, "checkout", 0)}
	for _, seed := range []string{
		drawings[0].Solution, drawings[1].Solution, "gateway.handle_request\n  db.query {password=hunter2hunter2}",
		"...", "2x a: b\n  100000x c: d", "a: b (orphan)\n\na: b ← linked span", "http.client.GET x",
		"a: b {=}\n  db: c (d table) {k~\"x\"}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		for _, e := range drawings {
			g, err := e.Grade(t.Context(), answer)
			if err != nil {
				continue
			}
			if len(g.Verdicts) == 0 {
				t.Fatalf("%s has no verdict about %q", e.Name, answer)
			}
			for _, v := range g.Verdicts {
				if v.Asked == "" || v.Has == "" || !v.OK && v.Why == "" {
					t.Errorf("%s: incomplete verdict: %+v", e.Name, v)
				}
				if len(redact.Find(v.Has)) > 0 || len(redact.Find(v.Why)) > 0 {
					t.Errorf("%s: a verdict has a secret: %+v", e.Name, v)
				}
			}
		}
	})
}
