package stats_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

func TestMapAsText(t *testing.T) {
	spans := append(createTask(), span(9, 0, "cron", 0, 1, in("janitor"), trace(9)))
	const want = `CALLER            CALLEE            CALLS  ERRORS  ERROR RATE   P50   P95   P99
api-gateway       task-service          1       0        0.0%  18ms  18ms  18ms
task-service      db: tasks table       1       0        0.0%   4ms   4ms   4ms
task-service      sqs: task-events      1       0        0.0%   5ms   5ms   5ms
worker            db: tasks table       1       1      100.0%   3ms   3ms   3ms
sqs: task-events  worker                1       0        0.0%  14ms  14ms  14ms
janitor has no calls
`
	got := stats.ServiceMap(tracetree.Build(spans)).Text()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMapAsTextWithoutTimes(t *testing.T) {
	got := stats.ServiceMap(tracetree.Build([]tracetree.Span{span(1, 0, "put", 0, 0, client, table, untimed)})).Text()
	const want = `CALLER  CALLEE           CALLS  ERRORS  ERROR RATE  P50  P95  P99
svc     db: tasks table      1       0        0.0%    -    -    -
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMapRoundsDurations(t *testing.T) {
	spans := []tracetree.Span{
		span(1, 0, "GET", 0, 1_234, client, http), span(2, 0, "GET", 0, 12_345_678, client, http),
		span(3, 0, "GET", 0, 1_234_567_890, client, http, failed), span(4, 0, "GET", 0, 1_234_567_890, client, http, failed),
	}
	for i := range spans {
		spans[i].TraceID = traceID(uint64(i) + 1)
	}
	m := stats.ServiceMap(tracetree.Build(spans))
	const text = `CALLER  CALLEE        CALLS  ERRORS  ERROR RATE      P50     P95     P99
svc     unknown host      4       2       50.0%  12.35ms  1.235s  1.235s
`
	const mermaid = `flowchart LR
  n0["svc"]
  n1(["unknown host"])
  n0 -->|"4 calls, 2 errors, p95 1.235s"| n1
`
	if diff := cmp.Diff([]string{text, mermaid}, []string{m.Text(), m.Mermaid()}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := stats.ServiceMap(tracetree.Build(spans[:1])).Edges[0].Durations.P50; got != 1_234 {
		t.Errorf("the map itself has %v, rounded", got)
	}
}

func TestMapAsMermaid(t *testing.T) {
	const want = `flowchart LR
  n0["api-gateway"]
  n1["task-service"]
  n2["worker"]
  n3[("db: tasks table")]
  n4[["sqs: task-events"]]
  n0 -->|"1 call, p95 18ms"| n1
  n1 -->|"1 call, p95 4ms"| n3
  n1 -->|"1 call, p95 5ms"| n4
  n2 -->|"1 call, 1 error, p95 3ms"| n3
  n4 -->|"1 call, p95 14ms"| n2
`
	if diff := cmp.Diff(want, stats.ServiceMap(tracetree.Build(createTask())).Mermaid()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMapAsDOT(t *testing.T) {
	const want = `digraph services {
  rankdir=LR;
  n0 [label="api-gateway", shape=box];
  n1 [label="task-service", shape=box];
  n2 [label="worker", shape=box];
  n3 [label="db: tasks table", shape=cylinder];
  n4 [label="sqs: task-events", shape=cds];
  n0 -> n1 [label="1 call, p95 18ms"];
  n1 -> n3 [label="1 call, p95 4ms"];
  n1 -> n4 [label="1 call, p95 5ms"];
  n2 -> n3 [label="1 call, 1 error, p95 3ms"];
  n4 -> n2 [label="1 call, p95 14ms"];
}
`
	if diff := cmp.Diff(want, stats.ServiceMap(tracetree.Build(createTask())).DOT()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMapOfNothing(t *testing.T) {
	m := stats.ServiceMap()
	got, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != `{"nodes":[],"edges":[]}` || m.Text() != "" || m.Mermaid() != "flowchart LR\n" {
		t.Errorf("got %s, %q, %q", got, m.Text(), m.Mermaid())
	}
}

func TestMapAsJSON(t *testing.T) {
	m := stats.ServiceMap(tracetree.Build([]tracetree.Span{span(1, 0, "put", 0, 7, client, table)}))
	got, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"nodes":[{"kind":"service","name":"svc"},{"kind":"database","name":"db: tasks table"}],` +
		`"edges":[{"from":{"kind":"service","name":"svc"},"to":{"kind":"database","name":"db: tasks table"},` +
		`"calls":1,"errors":0,"error_rate":0,"durations":{"known":1,"total_ns":7,"p50_ns":7,"p95_ns":7,"p99_ns":7,"max_ns":7}}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMapEscapesNames(t *testing.T) {
	tests := []struct{ name, reason, text, mermaid, dot string }{
		{`a"]; b`, "a quote ends a quoted text", `a"]; b`, `a#34;]#59; b`, `a\"]; b`},
		{`a#35;`, "a character code of Mermaid's", `a#35;`, `a#35;35#59;`, `a#35;`},
		{`a\N`, "an escape sequence of Graphviz's", `a\N`, `a#92;N`, `a\\N`},
		{`<b>&lt;`, "markup", `<b>&lt;`, `#60;b#62;#38;lt#59;`, `<b>&amp;lt;`},
		{"`*a*`", "Markdown in Mermaid", "`*a*`", `#96;#42;a#42;#96;`, "`*a*`"},
		{"a\nb", "a line's end", `"a\nb"`, "a\ufffdb", "a\ufffdb"},
		{"\x1b[31m\u202e", "what changes a terminal", `"\x1b[31m\u202e"`, "\ufffd[31m\ufffd", "\ufffd[31m\ufffd"},
		{`"a"`, "looks like a quoted name", `"\"a\""`, `#34;a#34;`, `\"a\"`},
		{" a", "a space that can't be seen", `" a"`, ` a`, ` a`},
	}
	for _, tt := range tests {
		m := stats.ServiceMap(tracetree.Build([]tracetree.Span{span(1, 0, "a", 0, 1, in(tt.name))}))
		got := []string{m.Text(), m.Mermaid(), m.DOT()}
		want := []string{
			tt.text + " has no calls\n",
			"flowchart LR\n  n0[\"" + tt.mermaid + "\"]\n",
			"digraph services {\n  rankdir=LR;\n  n0 [label=\"" + tt.dot + "\", shape=box];\n}\n",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
		for _, text := range got {
			if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
				t.Errorf("%s: unprintable in %q", tt.reason, text)
			}
		}
	}
}

func TestMapSeparatesAServiceFromAHostOfItsName(t *testing.T) {
	ads := with("server.address", "ads")
	m := stats.ServiceMap(tracetree.Build([]tracetree.Span{
		span(1, 0, "GET /x", 0, 100, server, in("web")),
		span(2, 1, "GET", 5, 15, client, ads, in("web")),
		span(3, 2, "GET /y", 6, 14, server, in("ads")),
		span(4, 1, "GET", 20, 30, client, ads, in("web"), failed),
		span(5, 1, "GET", 40, 50, client, with("server.address", "mail"), in("web")),
	}))
	var pairs []string
	for _, line := range strings.Split(m.Text(), "\n")[1:] {
		if fields := strings.Fields(line); len(fields) > 4 {
			pairs = append(pairs, strings.Join(fields[:len(fields)-6], " "))
		}
	}
	want := []string{"web ads", "web ads (external)", "web mail"}
	if diff := cmp.Diff(want, pairs); diff != "" {
		t.Errorf("pairs (-want +got):\n%s\n%s", diff, m.Text())
	}
}
