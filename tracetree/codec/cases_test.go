package codec_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/internal/kinds"
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
	const collectorTree = "shop: post /order (root)\n  shop: price the cart !error\n" +
		"  mail: process order          ← linked span\n\nmail: self (root)\n\nmail: e1 (root) !error\n\nmail: e2 (root)\n"
	textTimes := []string{
		`-1`, `1`, `"1700000000000000000"`, `"2023-11-14T22:13:20Z"`, `"1700000000050000000"`, `"2023-11-14T22:13:20.05Z"`,
		`"1700000000010000000"`, `"2023-11-14T22:13:20.01Z"`, `"1700000000020000000"`, `"2023-11-14T22:13:20.02Z"`,
	}
	timeNoted := []codec.WarningKind{codec.TimeAsText}
	const unknownEnd = "web: get /x (root)\n"
	tests := []struct {
		kind                kinds.Input
		reason, input, want string
		warnings            []codec.WarningKind
	}{
		{kinds.In("01"), "a late piece of a server's half", file(pieces), piecesTree, nil},
		{kinds.In("01"), "the piece comes last", moveLine(file(pieces), 2, 5), piecesTree, nil},
		{
			kinds.In("01"), "the piece has no address", strings.Replace(file(pieces), `,"ipv4":"10.0.0.2"`, "", 1),
			piecesTree, nil,
		},
		{
			kinds.Near("01"), "the piece is of a program that has no half",
			strings.Replace(file(pieces), `"pay","ipv4":"10.0.0.2"},"tags"`, `"bill"},"tags"`, 1),
			"web: get /cart (root)\n  web: post\n    bill: post /pay\n    pay: post /pay\n      pay: charge\n", nil,
		},
		{kinds.In("01b"), "late tags and an event", file("01b-zipkin-late-tags"), "web: get /x (root)\n", nil},
		{
			kinds.Near("01b"), "two spans with one id and times of their own stay two",
			`[{"traceId":"1","id":"1","kind":"SERVER","name":"a","timestamp":1000,"duration":10,"localEndpoint":{"serviceName":"web"}},` +
				`{"traceId":"1","id":"1","kind":"SERVER","name":"b","timestamp":2000,"duration":10,"localEndpoint":{"serviceName":"web"}}]`,
			"web: a (root)\n\nweb: b (root) (duplicate)\n", nil,
		},
		{
			kinds.In("01b"), "the tags come first", reversed(t, file("01b-zipkin-late-tags")), "web: get /x (root)\n", nil,
		},
		{
			kinds.Near("01b"), "tags of another host of the service",
			strings.Replace(file("01b-zipkin-late-tags"), "10.0.0.1", "10.0.0.2", 1),
			"web: \"\" (root)\n  web: get /x\n", nil,
		},
		{kinds.In("02"), "two receivers of one message", file(fanout), fanoutTree, nil},
		{kinds.In("02"), "not marked as shared", edit(fanout, `,"shared":true`, ""), fanoutTree, nil},
		{
			kinds.In("02"), "receivers that differ in their ports",
			edit(fanout, `"10.0.0.7"`, `"10.0.0.7","port":7`, `"10.0.0.8"`, `"10.0.0.7","port":8`), fanoutTree, nil,
		},
		{
			kinds.Near("02"), "receivers that can't be told apart",
			edit(fanout, `,"ipv4":"10.0.0.7"`, "", `,"ipv4":"10.0.0.8"`, ""),
			"desk: post /news (root)\n  desk: send news\n    reader: receive news\n      reader: print\n      reader: print\n" +
				"    reader: receive news\n", nil,
		},
		{kinds.In("12"), "snake case", file("12-otlp-snake-case"), whole, nil},
		{
			kinds.In("12"), "Go's names",
			edit("12-otlp-snake-case", "resource_spans", "ResourceSpans", "scope_spans", "ScopeSpans", "trace_id", "TraceId",
				"span_id", "SpanId", `"name"`, `"Name"`, `"key"`, `"Key"`, `"value"`, `"Value"`), whole, nil,
		},
		{
			kinds.In("12"), "the structs of Go", edit("12-otlp-snake-case", `"string_value": "shop"`,
				`"Value": {"StringValue": "shop"}`), whole,
			nil,
		},
		{
			kinds.Near("12"), "words that aren't separated", edit("12-otlp-snake-case", `"span_id": "0000000000000002"`,
				`"spanid": "0000000000000002"`), "shop: GET /a (root)\n", []codec.WarningKind{codec.InvalidID},
		},
		{
			kinds.In("13"), "a cut-off last line", file("13-cut-off-last-line"), "shop: GET /a (root)\n\nshop: GET /a (root)\n",
			[]codec.WarningKind{codec.CutDocument},
		},
		{
			kinds.In("13"), "NUL bytes at the end", compact("12-otlp-snake-case") + "\n\x00\x00\x00\x00", whole,
			[]codec.WarningKind{codec.CutDocument},
		},
		{
			kinds.In("13"), "NUL bytes before the next document",
			`{"resourceSpans":[{"sco` + "\x00\x00\x00" + compact("12-otlp-snake-case"),
			whole,
			[]codec.WarningKind{codec.CutDocument},
		},
		{
			kinds.In("13"), "cut off in a text, then restarted",
			compact("12-otlp-snake-case")[:200] + "\n" + compact("12-otlp-snake-case"),
			whole,
			[]codec.WarningKind{codec.CutDocument},
		},
		{
			kinds.In("13"), "cut off after a colon, then restarted",
			`{ "resource_spans": [ { "resource":` + "\n" + compact("12-otlp-snake-case"), whole,
			[]codec.WarningKind{codec.CutDocument},
		},
		{
			kinds.In("13"), "a pretty-printed document that is cut off",
			file("12-otlp-snake-case")[:300] + "\n" + file("12-otlp-snake-case"),
			whole,
			[]codec.WarningKind{codec.CutDocument},
		},
		{
			kinds.Near("13"), "whole documents without line breaks between",
			file("12-otlp-snake-case") + strings.ReplaceAll(file("12-otlp-snake-case"), "000000000000000", "100000000000000"),
			whole + "\n" + whole, nil,
		},
		{kinds.In("14"), "a negative count", file("14-negative-dropped-count"), whole, []codec.WarningKind{codec.BadField}},
		{
			kinds.In("14"), "an unknown kind",
			edit("14-negative-dropped-count", `"droppedAttributesCount": -1`, `"traceState":""`, `"kind": 1`,
				`"kind": "SPAN_KIND_BOSS"`), whole,
			[]codec.WarningKind{codec.BadField},
		},
		{
			kinds.In("14"), "a name that is a number", edit("14-negative-dropped-count", `-1`, `1`, `"load"`, `5`),
			"shop: GET /a (root)\n  shop: \"\"\n",
			[]codec.WarningKind{codec.BadField},
		},
		{
			kinds.In("14"), "a bad time", edit("14-negative-dropped-count", `-1`, `1`, `"1700000000010000000"`, `"noon"`),
			"shop: GET /a (root)\n",
			[]codec.WarningKind{codec.BadSpan},
		},
		{
			kinds.In("14"), "a bad id", edit("14-negative-dropped-count", `-1`, `1`, `"0000000000000002"`, `"2"`),
			"shop: GET /a (root)\n",
			[]codec.WarningKind{codec.InvalidID},
		},
		{
			kinds.In("14"), "an id that is a number", edit("14-negative-dropped-count", `-1`, `1`, `"0000000000000002"`, `2`),
			"shop: GET /a (root)\n",
			[]codec.WarningKind{codec.InvalidID},
		},
		{
			kinds.In("14"), "spans that are no list", edit("14-negative-dropped-count", `"spans": [`, `"spans": 5, "x": [`), "",
			[]codec.WarningKind{codec.BadField},
		},
		{
			kinds.In("14"), "a bad resource", edit("14-negative-dropped-count", `-1`, `1`, `"resource": {`,
				`"resource": 5, "x": {`),
			strings.ReplaceAll(whole, "shop", "unknown_service"),
			[]codec.WarningKind{codec.BadField},
		},
		{
			kinds.Near("14"), "the largest count", edit("14-negative-dropped-count", `-1`, `4294967295`), whole, nil,
		},
		{
			kinds.In("14"), "a larger count", edit("14-negative-dropped-count", `-1`, `4294967296`), whole,
			[]codec.WarningKind{codec.BadField},
		},
		{kinds.In("15"), "a time as low and high", file("15-time-as-low-high"), "shop: GET /a (root)\n", nil},
		{
			kinds.In("15"), "low and high as unsigned numbers",
			edit("15-time-as-low-high", "-1013133952", "3281833344", "-1011286551", "3283680745"), "shop: GET /a (root)\n", nil,
		},
		{
			kinds.Near("15"), "a time with low only", edit("15-time-as-low-high", "high", "higher"), "",
			[]codec.WarningKind{codec.BadSpan},
		},
		{kinds.In("time"), "times as text", edit("14-negative-dropped-count", textTimes...), whole, timeNoted},
		{
			kinds.In("time"), "times as text with an offset, in snake case",
			edit("12-otlp-snake-case", `"1700000000010000000"`, `"2023-11-14T23:13:20.01+01:00"`), whole, timeNoted,
		},
		{
			kinds.In("time"), "a blank instead of T, as RFC 3339 allows",
			edit("12-otlp-snake-case", `"1700000000010000000"`, `"2023-11-14 22:13:20.01z"`), whole, timeNoted,
		},
		{
			kinds.Near("time"), "a time without an offset is of any time zone",
			edit("12-otlp-snake-case", `"1700000000010000000"`, `"2023-11-14T22:13:20.01"`), "shop: GET /a (root)\n",
			[]codec.WarningKind{codec.BadSpan},
		},
		{
			kinds.Near("time"), "a day is no time", edit("12-otlp-snake-case", `"1700000000010000000"`, `"2023-11-14"`),
			"shop: GET /a (root)\n",
			[]codec.WarningKind{codec.BadSpan},
		},
		{
			kinds.Near("time"), "a time beyond 2262 is unknown", edit("12-otlp-snake-case", `"1700000000020000000"`,
				`"9999-12-31T23:59:59Z"`), whole, []codec.WarningKind{codec.TimeAsText, codec.TimeOutOfRange},
		},
		{
			kinds.Near("time"), "a text is no duration", edit("24-convert-zipkin-without-duration", `"kind"`,
				`"duration":"2023-11-14T22:13:20Z","kind"`), "", []codec.WarningKind{codec.BadSpan},
		},
		{
			kinds.In("time"), "of a span of Zipkin", edit("24-convert-zipkin-without-duration", "1700000000000000",
				`"2023-11-14T22:13:20Z"`), unknownEnd, timeNoted,
		},
		{kinds.In("17"), "Python's console", file("17-python-console-exporter"), whole, nil},
		{
			kinds.In("17"), "Python's console, a line each",
			strings.ReplaceAll(compact("17-python-console-exporter"), "} { \"name\"", "}\n{\"name\""), whole, nil,
		},
		{
			kinds.Near("17"), "Python's console with a kind of another language",
			edit("17-python-console-exporter", "SpanKind.INTERNAL", "internal?"), whole,
			[]codec.WarningKind{codec.BadField},
		},
		{
			kinds.In("17"), "PHP's console, a list around each span", phpConsole("") + phpConsole("a"),
			"shop: GET /a (root)\n  shop: db !error\n", nil,
		},
		{
			kinds.In("17"), "Python's console of 2021, whose resources have no member of attributes",
			strings.ReplaceAll(compact("17-python-console-exporter"), `{ "attributes": { "service.name": "shop" }, "schema_url": "" }`,
				`{ "service.name": "shop" }`), whole, nil,
		},
		{
			kinds.Near("17"), "PHP's console with a list of attributes, which has no names",
			strings.Replace(phpConsole(""), `"attributes": []`, `"attributes": ["x"]`, 1), "shop: GET /a (root)\n",
			[]codec.WarningKind{codec.BadField},
		},
		{kinds.In("19"), "log lines between", file("19-log-lines-between"), whole, []codec.WarningKind{codec.NotATrace}},
		{
			kinds.In("19"), "log lines first",
			"starting up\n{\"level\":\"info\",\"trace\":\"x\"}\n" + compact("12-otlp-snake-case"), whole,
			[]codec.WarningKind{codec.NotATrace},
		},
		{
			kinds.In("19"), "log lines with braces", compact("12-otlp-snake-case") + "\n{not json}\n[2024-01-02] listening\n",
			whole,
			[]codec.WarningKind{codec.NotATrace},
		},
		{
			kinds.In("19"), "a document of another format", compact("12-otlp-snake-case") + "\n" + zipkinLine, whole,
			[]codec.WarningKind{codec.NotATrace},
		},
		{
			kinds.Near("19"), "empty lines between", strings.ReplaceAll(compact("12-otlp-snake-case"), "} ] } ] } ] }",
				"} ] } ] } ] }\n \r\n\n"),
			whole, nil,
		},
		{kinds.In("22"), "no traces at all", file("22-no-traces-at-all"), "", []codec.WarningKind{codec.SkippedSignal}},
		{
			kinds.In("22"), "metrics alone", edit("22-no-traces-at-all", "resourceLogs", "resourceMetrics"), "",
			[]codec.WarningKind{codec.SkippedSignal},
		},
		{kinds.Near("22"), "no spans", `{"resourceSpans":[]}`, "", nil},
		{
			kinds.Near("22"), "logs next to spans", compact("12-otlp-snake-case") + file("22-no-traces-at-all"), whole,
			[]codec.WarningKind{codec.SkippedSignal},
		},
		{kinds.In("24"), "Zipkin without a duration", file("24-convert-zipkin-without-duration"), unknownEnd, nil},
		{
			kinds.In("24"), "the duration is null",
			edit("24-convert-zipkin-without-duration", `"kind"`, `"duration":null,"kind"`),
			unknownEnd, nil,
		},
		{
			kinds.In("24"), "no times at all", edit("24-convert-zipkin-without-duration", `"timestamp"`, `"when"`),
			unknownEnd, nil,
		},
		{
			kinds.Near("24"), "a duration of zero", edit("24-convert-zipkin-without-duration", `"kind"`, `"duration":0,"kind"`),
			"web: get /x (root)\n", nil,
		},
		{
			kinds.In("j1"), "the first that is followed is the parent", file("j1"),
			"s: root (root)\n  s: fork-a\n    s: join          ← linked span\n  s: fork-b\n", nil,
		},
		{
			kinds.In("j1"), "a parent after one that is followed",
			edit("j1", `{"refType":"FOLLOWS_FROM","traceID":"abc","spanID":"3"}`,
				`{"refType":"CHILD_OF","traceID":"abc","spanID":"3"}`),
			"s: root (root)\n  s: fork-a\n  s: fork-b\n    s: join\n", nil,
		},
		{
			kinds.Near("j1"), "the first that is followed is in another trace",
			edit("j1", `{"refType":"FOLLOWS_FROM","traceID":"abc","spanID":"2"}`,
				`{"refType":"FOLLOWS_FROM","traceID":"abd","spanID":"2"}`),
			"s: root (root)\n  s: fork-a\n  s: fork-b\n    s: join          ← linked span\n", nil,
		},
		{
			kinds.In("j2"), "the one that is followed is the parent", file("j2"),
			"s: root (root)\n  s: later          ← linked span\n",
			nil,
		},
		{
			kinds.In("j2"), "the type is the last member", edit("j2", `"refType":"FOLLOWS_FROM","traceID":"abc","spanID":"1"`,
				`"traceID":"0abc","spanID":"01","refType":"FOLLOWS_FROM"`),
			"s: root (root)\n  s: later          ← linked span\n", nil,
		},
		{
			kinds.Near("j2"), "a parent that isn't followed", edit("j2", "FOLLOWS_FROM", "CHILD_OF"),
			"s: root (root)\n  s: later\n", nil,
		},
		{
			kinds.Near("j2"), "one in another trace is a link alone", edit("j2", `"FOLLOWS_FROM","traceID":"abc"`,
				`"FOLLOWS_FROM","traceID":"abd"`), "s: root (root)\n\ns: later (root)\n", nil,
		},
		{
			kinds.In("z1"), "the Collector's tags", file("z1"),
			collectorTree, nil,
		},
		{
			kinds.In("z1"), "other spellings of the same", edit("z1", "STATUS_CODE_ERROR", "Error", `"internal"`,
				`"SPAN_KIND_INTERNAL"`, `"parentId":"4"`, `"parentId":"0000000000000004"`, `"error":"false"`,
				`"otel.status_code":"Ok"`),
			collectorTree, nil,
		},
		{
			kinds.Near("z1"), "a tag that is nearly a link stays a tag", edit("z1", "||{}|0", "||{}"),
			strings.Replace(collectorTree, "  mail: process order          ← linked span", "\nmail: process order (root)", 1),
			nil,
		},
		{
			kinds.Near("z1"), "a status of another system stays a tag", edit("z1", "STATUS_CODE_ERROR", "500"),
			strings.Replace(collectorTree, "cart !error", "cart", 1), nil,
		},
	}
	var inputs []kinds.Input
	for _, test := range tests {
		inputs = append(inputs, test.kind)
		t.Run(test.kind.Kind+": "+test.reason, func(t *testing.T) {
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
	kinds.Complete(t, "codec", inputs)
}

// moveLine moves a line of a list, counted from 0, after another one.
func moveLine(text string, from, to int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	line := strings.TrimSuffix(lines[from], ",")
	rest := append(append([]string(nil), lines[:from]...), lines[from+1:]...)
	rest[to-1] = strings.TrimSuffix(rest[to-1], ",") + ","
	return strings.Join(append(rest[:to:to], append([]string{line}, rest[to:]...)...), "\n")
}

// reversed returns a list with its elements in the opposite order.
func reversed(t *testing.T, list string) string {
	t.Helper()
	var elements []json.RawMessage
	if err := json.Unmarshal([]byte(list), &elements); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(elements)
	text, err := json.Marshal(elements)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// phpConsole returns what the ConsoleSpanExporter of PHP's SDK prints of a span, which is a root
// without a parent.
func phpConsole(parent string) string {
	text := `[
    {
        "name": "GET /a",
        "context": {"trace_id": "5b8efff798038103d269b633813fc60c", "span_id": "000000000000000a", "trace_state": "", "trace_flags": 1},
        "resource": {"service.name": "shop", "telemetry.sdk.language": "php"},
        "parent_span_id": "",
        "kind": "KIND_SERVER",
        "start": 1700000000000000000,
        "end": 1700000000010000000,
        "attributes": [],
        "status": {"code": "Unset", "description": ""},
        "events": [{"name": "exception", "timestamp": 1700000000005000000, "attributes": {"n": 1}}],
        "links": [],
        "schema_url": ""
    }
]
`
	if parent == "" {
		return text
	}
	return strings.NewReplacer(`"000000000000000a"`, `"000000000000000b"`, `_id": ""`, `_id": "000000000000000`+parent+`"`,
		"GET /a", "db", "Unset", "Error", "SERVER", "CLIENT", `"attributes": []`, `"attributes": {"table": "tasks"}`).Replace(text)
}
