package codec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree/codec"
)

// TestGrafanasFramesGiveTheSpansOfOTLP reads a trace as Tempo answers it, and what Grafana makes of
// it, as columns and as rows.
func TestGrafanasFramesGiveTheSpansOfOTLP(t *testing.T) {
	want, _ := read(t, `{"batches":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"web"}},`+
		`{"key":"pid","value":{"intValue":"7"}}]},"scopeSpans":[{"scope":{"name":"lib","version":"1"},"spans":[`+
		`{"traceId":"0000000000000000b34da6a3ce929d0e","spanId":"00000000000000a1","parentSpanId":"00000000000000a0",`+
		`"name":"GET /","kind":2,"startTimeUnixNano":"1700000000000500000","endTimeUnixNano":"1700000000010750000",`+
		`"traceState":"a=1","status":{"code":2,"message":"no"},"attributes":[{"key":"n","value":{"intValue":"5"}}],`+
		`"events":[{"name":"e","timeUnixNano":"1700000000001000000","attributes":[{"key":"k","value":{"stringValue":"v"}}]}],`+
		`"links":[{"traceId":"00000000000000000000000000000002","spanId":"0000000000000003","attributes":[`+
		`{"key":"l","value":{"boolValue":true}}]}]},`+
		`{"traceId":"0000000000000000b34da6a3ce929d0e","spanId":"00000000000000a2","name":"open",`+
		`"startTimeUnixNano":"1700000000000500000"}]}]}]}`)
	cells := [][3]string{
		{"traceID", `"b34da6a3ce929d0e"`, `"b34da6a3ce929d0e"`},
		{"spanID", `"00000000000000a1"`, `"00000000000000a2"`},
		{"parentSpanID", `"00000000000000a0"`, `""`},
		{"operationName", `"GET /"`, `"open"`},
		{"serviceName", `"web"`, `"web"`},
		{"kind", `"server"`, `""`},
		{"statusCode", `2`, `0`},
		{"statusMessage", `"no"`, `null`},
		{"instrumentationLibraryName", `"lib"`, `"lib"`},
		{"instrumentationLibraryVersion", `"1"`, `"1"`},
		{"traceState", `"a=1"`, `""`},
		{
			"serviceTags", `[{"value":"web","key":"service.name"},{"value":7,"key":"pid"}]`,
			`[{"value":"web","key":"service.name"},{"value":7,"key":"pid"}]`,
		},
		{"startTime", `1700000000000.5`, `1700000000000.5`},
		{"duration", `10.25`, `null`},
		{"logs", `[{"timestamp":1700000000001,"fields":[{"key":"message","value":"e"},{"key":"k","value":"v"}]}]`, `null`},
		{"references", `[{"traceID":"2","spanID":"0000000000000003","tags":[{"key":"l","value":true}]}]`, `[]`},
		{"tags", `[{"key":"n","value":5}]`, `null`},
		{"warnings", `null`, `["x"]`},
	}
	var names, columns, fields, first, second []string
	for _, c := range cells {
		names = append(names, `{"name":"`+c[0]+`"}`)
		columns = append(columns, "["+c[1]+","+c[2]+"]")
		fields = append(fields, `{"name":"`+c[0]+`","values":[`+c[1]+","+c[2]+"]}")
		first = append(first, `"`+c[0]+`":`+c[1])
		second = append(second, `"`+c[0]+`":`+c[2])
	}
	join := func(parts []string) string { return strings.Join(parts, ",") }
	for reason, text := range map[string]string{
		"schema and data": `[{"schema":{"fields":[` + join(names) + `]},"data":{"values":[` + join(columns) + `]}}]`,
		"fields":          `{"data":[{"fields":[` + join(fields) + `]}]}`,
		"rows":            `[{` + join(first) + `},{` + join(second) + `}]`,
		"rows as lines":   `{` + join(first) + "}\n{" + join(second) + `}`,
	} {
		r := codec.NewReader(strings.NewReader(text), "test")
		got, err := drain(r)
		if diff := cmp.Diff(want, got, equal()); diff != "" || err != nil || r.Format() != codec.Grafana {
			t.Errorf("%s: %v, %s (-OTLP +Grafana):\n%s", reason, err, r.Format(), diff)
		}
		if w := r.Warnings(); len(w) > 0 {
			t.Errorf("%s: warnings %v", reason, w)
		}
	}
}

func TestBadCellsOfGrafanasFramesCostTheirFields(t *testing.T) {
	frame := func(name, values string) string {
		return `{"data":[{"fields":[{"name":"traceID","values":["1","1"]},{"name":"spanID","values":["1","2"]},` +
			`{"name":"` + name + `","values":[` + values + `]}]}]}`
	}
	tests := []struct {
		reason, input string
		spans         int
		kind          codec.WarningKind
	}{
		{"an unknown kind", frame("kind", `"boss",""`), 2, codec.BadField},
		{"a name that is a number", frame("operationName", `"a",5`), 2, codec.BadField},
		{"a bad time", frame("startTime", `"noon",5`), 1, codec.BadSpan},
		{"a bad ID", frame("traceID", `"x","1"`), 1, codec.InvalidID},
		{"a bad parent", frame("parentSpanID", `"x",""`), 2, codec.InvalidParent},
		{"values before their schema", `[{"data":{"values":[["1"]]},"schema":{"fields":[{"name":"spanID"}]}},` +
			`{"schema":{"fields":[{"name":"traceID"},{"name":"spanID"}]},"data":{"values":[["1"],["2"]]}}]`, 1, codec.BadField},
	}
	for _, test := range tests {
		spans, warnings, err := codec.ReadAll(strings.NewReader(test.input), "test")
		if err != nil || len(spans) != test.spans || len(warnings) != 1 || warnings[0].Kind != test.kind {
			t.Errorf("%s: %d spans, %v, warnings %v; want %d and %s",
				test.reason, len(spans), err, warnings, test.spans, test.kind)
		}
	}
}
