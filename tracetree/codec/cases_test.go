package codec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// TestCases reads inputs that other programs write, or that went wrong on their way, each with the
// right answer: the tree and the kinds of the warnings. Those with a file are in testdata/cases.
func TestCases(t *testing.T) {
	const whole = "shop: GET /a (root)\n  shop: load\n"
	file := func(name string) string {
		text, err := os.ReadFile(filepath.Join("testdata", "cases", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	edit := func(name string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(file(name)) }
	compact := func(name string) string { return strings.Join(strings.Fields(file(name)), " ") }
	const pieces, fanout = "01-zipkin-span-in-pieces", "02-zipkin-fanout-shared-id"
	const piecesTree = "web: get /cart (root)\n  web: post\n    pay: post /pay\n      pay: charge\n"
	const fanoutTree = "desk: post /news (root)\n  desk: send news\n    reader: receive news\n      reader: print\n" +
		"    reader: receive news\n      reader: print\n"
	tests := []struct {
		reason, input, want string
		warnings            []codec.WarningKind
	}{
		{"01: a late piece of a server's half", file(pieces), piecesTree, nil},
		{"the piece comes last", moveLine(file(pieces), 2, 5), piecesTree, nil},
		{"the piece has no address", strings.Replace(file(pieces), `,"ipv4":"10.0.0.2"`, "", 1), piecesTree, nil},
		{
			"the piece is of a program that has no half",
			strings.Replace(file(pieces), `"pay","ipv4":"10.0.0.2"},"tags"`, `"bill"},"tags"`, 1),
			"web: get /cart (root)\n  web: post\n    bill: post /pay\n    pay: post /pay\n      pay: charge\n", nil,
		},
		{"01b: late tags and an event", file("01b-zipkin-late-tags"), "web: get /x (root)\n", nil},
		{
			"two spans with one id and times of their own stay two",
			`[{"traceId":"1","id":"1","kind":"SERVER","name":"a","timestamp":1000,"duration":10,"localEndpoint":{"serviceName":"web"}},` +
				`{"traceId":"1","id":"1","kind":"SERVER","name":"b","timestamp":2000,"duration":10,"localEndpoint":{"serviceName":"web"}}]`,
			"web: a (root)\n\nweb: b (root) (duplicate)\n", nil,
		},
		{"02: two receivers of one message", file(fanout), fanoutTree, nil},
		{"not marked as shared", edit(fanout, `,"shared":true`, ""), fanoutTree, nil},
		{
			"receivers that differ in their ports",
			edit(fanout, `"10.0.0.7"`, `"10.0.0.7","port":7`, `"10.0.0.8"`, `"10.0.0.7","port":8`), fanoutTree, nil,
		},
		{
			"receivers that can't be told apart", edit(fanout, `,"ipv4":"10.0.0.7"`, "", `,"ipv4":"10.0.0.8"`, ""),
			"desk: post /news (root)\n  desk: send news\n    reader: receive news\n      reader: print\n      reader: print\n" +
				"    reader: receive news\n", nil,
		},
		{"12: snake case", file("12-otlp-snake-case"), whole, nil},
		{
			"Go's names",
			edit("12-otlp-snake-case", "resource_spans", "ResourceSpans", "scope_spans", "ScopeSpans", "trace_id", "TraceId",
				"span_id", "SpanId", `"name"`, `"Name"`, `"key"`, `"Key"`, `"value"`, `"Value"`), whole, nil,
		},
		{
			"the structs of Go", edit("12-otlp-snake-case", `"string_value": "shop"`, `"Value": {"StringValue": "shop"}`), whole,
			nil,
		},
		{
			"13: a cut-off last line", file("13-cut-off-last-line"), "shop: GET /a (root)\n\nshop: GET /a (root)\n",
			[]codec.WarningKind{codec.CutDocument},
		},
		{
			"NUL bytes at the end", compact("12-otlp-snake-case") + "\n\x00\x00\x00\x00", whole,
			[]codec.WarningKind{codec.CutDocument},
		},
		{
			"NUL bytes before the next document", `{"resourceSpans":[{"sco` + "\x00\x00\x00" + compact("12-otlp-snake-case"),
			whole,
			[]codec.WarningKind{codec.CutDocument},
		},
		{
			"cut off in a text, then restarted", compact("12-otlp-snake-case")[:200] + "\n" + compact("12-otlp-snake-case"),
			whole,
			[]codec.WarningKind{codec.CutDocument},
		},
		{
			"cut off after a colon, then restarted",
			`{ "resource_spans": [ { "resource":` + "\n" + compact("12-otlp-snake-case"), whole,
			[]codec.WarningKind{codec.CutDocument},
		},
		{
			"a pretty-printed document that is cut off", file("12-otlp-snake-case")[:300] + "\n" + file("12-otlp-snake-case"),
			whole,
			[]codec.WarningKind{codec.CutDocument},
		},
		{"14: a negative count", file("14-negative-dropped-count"), whole, []codec.WarningKind{codec.BadField}},
		{
			"an unknown kind",
			edit("14-negative-dropped-count", `"droppedAttributesCount": -1`, `"traceState":""`, `"kind": 1`,
				`"kind": "SPAN_KIND_BOSS"`), whole,
			[]codec.WarningKind{codec.BadField},
		},
		{
			"a name that is a number", edit("14-negative-dropped-count", `-1`, `1`, `"load"`, `5`),
			"shop: GET /a (root)\n  shop: \"\"\n",
			[]codec.WarningKind{codec.BadField},
		},
		{
			"a bad time", edit("14-negative-dropped-count", `-1`, `1`, `"1700000000010000000"`, `"noon"`),
			"shop: GET /a (root)\n",
			[]codec.WarningKind{codec.BadSpan},
		},
		{
			"a bad id", edit("14-negative-dropped-count", `-1`, `1`, `"0000000000000002"`, `"2"`), "shop: GET /a (root)\n",
			[]codec.WarningKind{codec.InvalidID},
		},
		{
			"an id that is a number", edit("14-negative-dropped-count", `-1`, `1`, `"0000000000000002"`, `2`),
			"shop: GET /a (root)\n",
			[]codec.WarningKind{codec.InvalidID},
		},
		{
			"spans that are no list", edit("14-negative-dropped-count", `"spans": [`, `"spans": 5, "x": [`), "",
			[]codec.WarningKind{codec.BadField},
		},
		{
			"a bad resource", edit("14-negative-dropped-count", `-1`, `1`, `"resource": {`, `"resource": 5, "x": {`),
			strings.ReplaceAll(whole, "shop", "unknown_service"),
			[]codec.WarningKind{codec.BadField},
		},
		{"15: a time as low and high", file("15-time-as-low-high"), "shop: GET /a (root)\n", nil},
		{
			"low and high as unsigned numbers",
			edit("15-time-as-low-high", "-1013133952", "3281833344", "-1011286551", "3283680745"), "shop: GET /a (root)\n", nil,
		},
		{"a time with low only", edit("15-time-as-low-high", "high", "higher"), "", []codec.WarningKind{codec.BadSpan}},
		{"17: Python's console", file("17-python-console-exporter"), whole, nil},
		{
			"Python's console, a line each",
			strings.ReplaceAll(compact("17-python-console-exporter"), "} { \"name\"", "}\n{\"name\""), whole, nil,
		},
		{
			"Python's console with a kind of another language",
			edit("17-python-console-exporter", "SpanKind.INTERNAL", "internal?"), whole,
			[]codec.WarningKind{codec.BadField},
		},
		{"19: log lines between", file("19-log-lines-between"), whole, []codec.WarningKind{codec.NotATrace}},
		{
			"log lines first", "starting up\n{\"level\":\"info\",\"trace\":\"x\"}\n" + compact("12-otlp-snake-case"), whole,
			[]codec.WarningKind{codec.NotATrace},
		},
		{
			"log lines with braces", compact("12-otlp-snake-case") + "\n{not json}\n[2024-01-02] listening\n", whole,
			[]codec.WarningKind{codec.NotATrace},
		},
		{
			"a document of another format", compact("12-otlp-snake-case") + "\n" + zipkinLine, whole,
			[]codec.WarningKind{codec.NotATrace},
		},
		{"22: no traces at all", file("22-no-traces-at-all"), "", []codec.WarningKind{codec.SkippedSignal}},
		{"24: Zipkin without a duration", file("24-convert-zipkin-without-duration"), "web: get /x (root)\n", nil},
		{
			"j1: the first that is followed is the parent", file("j1"),
			"s: root (root)\n  s: fork-a\n    s: join          ← linked span\n  s: fork-b\n", nil,
		},
		{
			"j2: the one that is followed is the parent", file("j2"), "s: root (root)\n  s: later          ← linked span\n",
			nil,
		},
		{
			"z1: the Collector's tags", file("z1"),
			"shop: post /order (root)\n  shop: price the cart !error\n  mail: process order          ← linked span\n\n" +
				"mail: self (root)\n\nmail: e1 (root) !error\n\nmail: e2 (root)\n", nil,
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans, warnings := read(t, test.input)
			var kinds []codec.WarningKind
			for _, w := range warnings {
				if w.Kind != codec.Microseconds {
					kinds = append(kinds, w.Kind)
				}
			}
			if diff := cmp.Diff(test.warnings, kinds); diff != "" {
				t.Errorf("warnings (-want +got):\n%s\n%v", diff, warnings)
			}
			if diff := cmp.Diff(test.want, tree(spans, tracetree.Full)); diff != "" {
				t.Errorf("tree (-want +got):\n%s", diff)
			}
		})
	}
}

// moveLine moves a line of a list, counted from 0, after another one.
func moveLine(text string, from, to int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	line := strings.TrimSuffix(lines[from], ",")
	rest := append(append([]string(nil), lines[:from]...), lines[from+1:]...)
	rest[to-1] = strings.TrimSuffix(rest[to-1], ",") + ","
	return strings.Join(append(rest[:to:to], append([]string{line}, rest[to:]...)...), "\n")
}
