package codec_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// zipkinExample is a gateway that calls a worker, which reports the shared span as well and works
// below it.
const zipkinExample = `[
 {"traceId":"a1","id":"3","parentId":"2","name":"query","timestamp":1200,"duration":50,"localEndpoint":{"serviceName":"worker"}},
 {"traceId":"a1","id":"2","parentId":"1","kind":"SERVER","shared":true,"name":"post","timestamp":1150,"duration":150,"localEndpoint":{"serviceName":"worker"}},
 {"traceId":"a1","id":"4","parentId":"2","name":"send","timestamp":1101,"duration":5,"localEndpoint":{"serviceName":"gateway"}},
 {"traceId":"a1","id":"2","parentId":"1","kind":"CLIENT","name":"post","timestamp":1100,"duration":300,"localEndpoint":{"serviceName":"gateway"},
  "remoteEndpoint":{"serviceName":"worker","ipv4":"10.0.0.1","port":8080}},
 {"traceId":"a1","id":"1","kind":"SERVER","name":"get /","timestamp":1000,"duration":500,"localEndpoint":{"serviceName":"gateway","ipv4":"10.0.0.2"},
  "tags":{"http.method":"GET","error":"no"},"annotations":[{"timestamp":1010,"value":"retry"}]}]`

// wholeExample is the tree of zipkinExample.
const wholeExample = "gateway: get / (root) !error\n" +
	"  gateway: post\n" +
	"    gateway: send\n" +
	"    worker: post\n" +
	"      worker: query\n"

func TestZipkinSpansAreWhatOpenTelemetryHas(t *testing.T) {
	spans, warnings := read(t, zipkinExample)
	if len(warnings) != 1 || warnings[0].Kind != codec.Microseconds {
		t.Errorf("warnings %v", warnings)
	}
	got := spans[4]
	got.Origin = nil
	checkEqual(t, []tracetree.Span{{
		TraceID: tracetree.TraceID{15: 0xA1}, SpanID: tracetree.SpanID{7: 1}, Name: "get /", Start: 1_000_000, End: 1_500_000,
		Kind: tracetree.KindServer, Status: tracetree.StatusError, StatusMessage: "no",
		Attributes: []tracetree.Attr{
			{Key: "http.method", Value: tracetree.String("GET")},
			{Key: "network.local.address", Value: tracetree.String("10.0.0.2")},
		},
		Events: []tracetree.Event{{Name: "retry", Time: 1_010_000}},
	}}, []tracetree.Span{got})
	want := []tracetree.Attr{
		{Key: "network.peer.address", Value: tracetree.String("10.0.0.1")},
		{Key: "network.peer.port", Value: tracetree.Int(8080)},
		{Key: "peer.service", Value: tracetree.String("worker")},
	}
	if diff := cmp.Diff(want, spans[3].Attributes, equal()); diff != "" {
		t.Errorf("remote endpoint (-want +got):\n%s", diff)
	}
}

func TestZipkinSharedSpansAreTwo(t *testing.T) {
	lines := strings.Split(strings.Trim(zipkinExample, "[]"), "\n {")[1:]
	remove := func(id, kind string) string {
		var kept []string
		for _, line := range lines {
			if !strings.Contains(line, `"id":"`+id+`"`) || !strings.Contains(line, kind) {
				kept = append(kept, "{"+strings.TrimSuffix(strings.TrimSpace(line), ","))
			}
		}
		return strings.Join(kept, "\n")
	}
	tests := []struct{ reason, input, want string }{
		{"both halves, the server's first", zipkinExample, wholeExample},
		{"not said to be shared", strings.Replace(zipkinExample, `"shared":true,`, "", 1), wholeExample},
		{"a line each", remove("none", ""), wholeExample},
		{"a list for each trace", "[" + zipkinExample + "]", wholeExample},
		{
			"without the client's half the ids stay", remove("2", "CLIENT"),
			"gateway: get / (root) !error\n  gateway: post\n    gateway: send\n    worker: query\n",
		},
		{
			"without the server's half the children stay", remove("2", "SERVER"),
			"gateway: get / (root) !error\n  gateway: post\n    gateway: send\n    worker: query\n",
		},
	}
	tests[4].want = strings.Replace(tests[4].want, "  gateway: post", "  worker: post", 1)
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans, _ := read(t, test.input)
			if diff := cmp.Diff(test.want, tree(spans, tracetree.Full)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestZipkinSharedIDIsDerivedFromTheIDs(t *testing.T) {
	first, _ := read(t, zipkinExample)
	second, _ := read(t, strings.Replace(zipkinExample, `"duration":50`, `"duration":51`, 1))
	server := first[1]
	if server.SpanID != second[1].SpanID {
		t.Errorf("ids differ: %v, %v", server.SpanID, second[1].SpanID)
	}
	if server.Parent != first[3].SpanID || server.ParentRemote != tracetree.RemoteYes || server.SpanID == server.Parent {
		t.Errorf("server's half: id %v, parent %v, %v", server.SpanID, server.Parent, server.ParentRemote)
	}
}

// The ids that are shown are those of the file, for every span with a shared id and every span
// below one.
func TestZipkinIDsOfTheInputAreShown(t *testing.T) {
	for _, name := range []string{"01-zipkin-span-in-pieces", "01b-zipkin-late-tags", "02-zipkin-fanout-shared-id", ""} {
		text := []byte(zipkinExample)
		if name != "" {
			var err error
			if text, err = os.ReadFile(filepath.Join("testdata", "cases", name+".json")); err != nil {
				t.Fatal(err)
			}
		}
		var records []struct{ ID, ParentID string }
		if err := json.Unmarshal(text, &records); err != nil {
			t.Fatal(err)
		}
		want := make(map[[2]string]bool)
		for _, r := range records {
			want[[2]string{fmt.Sprintf("%016s", r.ID), fmt.Sprintf("%016s", r.ParentID)}] = true
		}
		spans, _ := read(t, string(text))
		for _, s := range codec.WithInputIDs(spans) {
			ids := [2]string{s.SpanID.String(), s.Parent.String()}
			if !want[ids] || s.Rare != nil {
				t.Errorf("%s: %s has the ids %q, which no record has; %+v", name, s.Name, ids, s.Rare)
			}
		}
		if tree(spans) == tree(codec.WithInputIDs(spans)) && name != "01b-zipkin-late-tags" {
			t.Errorf("%s: nothing was shared, so that the test shows nothing", name)
		}
	}
}

func TestZipkinSharedIDsAreRemembered(t *testing.T) {
	spans, _ := read(t, zipkinExample)
	shared := tracetree.SpanID{7: 2}
	if server := spans[1]; server.Rare == nil || server.Rare.OriginalID != shared {
		t.Errorf("server's half: %+v, want the original id %v", server.Rare, shared)
	}
	if below := spans[0]; below.Rare == nil || below.Rare.OriginalParent != shared {
		t.Errorf("below the server's half: %+v, want the original parent %v", below.Rare, shared)
	}
	for _, s := range spans[2:] {
		if s.Rare != nil {
			t.Errorf("%s has %+v", s.Name, s.Rare)
		}
	}
}

func TestZipkinHalvesMeetAcrossAWindow(t *testing.T) {
	lines := strings.Split(strings.Trim(zipkinExample, "[]"), "\n {")[1:]
	var text strings.Builder
	for i, line := range lines {
		text.WriteString("{" + strings.TrimSuffix(strings.TrimSpace(line), ",") + "\n")
		for j := range 40_000 {
			fmt.Fprintf(&text, "{\"traceId\":\"ff\",\"id\":\"%x\"}\n", 1+i*100_000+j)
		}
	}
	spans, _ := read(t, text.String())
	if len(spans) != 5*40_001 {
		t.Fatalf("%d spans", len(spans))
	}
	var own []tracetree.Span
	for _, s := range spans {
		if s.TraceID[15] == 0xA1 {
			own = append(own, s)
		}
	}
	if diff := cmp.Diff(wholeExample, tree(own, tracetree.Full)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestZipkinVersion1IsReadAsVersion2(t *testing.T) {
	const gateway, worker = `{"serviceName":"gateway","ipv4":"10.0.0.1"}`, `{"serviceName":"worker","ipv4":"10.0.0.2"}`
	const text = `[{"traceId":"a1","id":"1","name":"get","annotations":[
	  {"timestamp":1000,"value":"sr","endpoint":` + gateway + `},{"timestamp":1500,"value":"ss","endpoint":` + gateway +
		`}],
	  "binaryAnnotations":[{"key":"http.path","value":"/","endpoint":` + gateway +
		`},{"key":"ca","value":true,"endpoint":{"ipv4":"1.2.3.4"}}]},
	 {"traceId":"a1","id":"2","parentId":"1","name":"post","timestamp":1100,"duration":300,"annotations":[
	  {"timestamp":1100,"value":"cs","endpoint":` + gateway + `},{"timestamp":1150,"value":"sr","endpoint":` + worker + `},
	  {"timestamp":1200,"value":"retry","endpoint":` + worker + `},
	  {"timestamp":1300,"value":"ss","endpoint":` + worker + `},{"timestamp":1400,"value":"cr","endpoint":` + gateway +
		`}],
	  "binaryAnnotations":[{"key":"sa","value":true,"endpoint":{"serviceName":"worker","ipv4":"10.0.0.2"}},
	   {"key":"error","value":"no","endpoint":` + worker + `}]},
	 {"traceId":"a1","id":"3","parentId":"2","name":"local","timestamp":1160,"duration":10,
	  "binaryAnnotations":[{"key":"lc","value":"db","endpoint":` + worker + `}]}]`
	spans, _ := read(t, text)
	const want = "gateway: get (root)\n" +
		"  gateway: post\n" +
		"    worker: post !error\n" +
		"      worker: local\n"
	if diff := cmp.Diff(want, tree(spans, tracetree.Full)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	client, server := spans[1], spans[2]
	if client.Kind != tracetree.KindClient || client.Start != 1_100_000 || client.End != 1_400_000 {
		t.Errorf("client's half: %v from %d to %d", client.Kind, client.Start, client.End)
	}
	if server.Kind != tracetree.KindServer || server.Start != 1_150_000 || server.End != 1_300_000 ||
		len(server.Events) != 1 {
		t.Errorf("server's half: %v from %d to %d, events %v", server.Kind, server.Start, server.End, server.Events)
	}
	if peer, _ := client.Attr("network.peer.address"); peer.Text() != "10.0.0.2" {
		t.Errorf("client's peer %q", peer.Text())
	}
	if peer, _ := spans[0].Attr("network.peer.address"); peer.Text() != "1.2.3.4" {
		t.Errorf("server's peer %q", peer.Text())
	}
}

// Sleuth and others write all members, also those without a value.
func TestZipkinMembersMayBeWithoutAValue(t *testing.T) {
	spans, warnings := read(t, `{"traceId":"1","id":"2","parentId":null,"kind":"","shared":null,"annotations":null,"tags":null,`+
		`"remoteEndpoint":{"port":0},"localEndpoint":{"serviceName":"shop","ipv4":"","port":null}}`)
	if len(spans) != 1 || spans[0].Kind != tracetree.KindUnspecified || len(spans[0].Attributes) > 0 {
		t.Errorf("got %+v, want a span of no kind without attributes", spans)
	}
	if len(warnings) != 1 || warnings[0].Kind != codec.Microseconds {
		t.Errorf("warnings %v", warnings)
	}
}

func TestZipkinListsMayBeEmpty(t *testing.T) {
	for _, input := range []string{"[]", "[[]]", "[[],[]]"} {
		r := codec.NewReader(strings.NewReader(input), "test")
		spans, err := drain(r)
		if len(spans) > 0 || err != nil || r.Format() != codec.Zipkin {
			t.Errorf("%s: %d spans, %v, format %q", input, len(spans), err, r.Format())
		}
	}
}

func TestASpanWithoutDurationIsNotUnendedThroughOTLP(t *testing.T) {
	for _, input := range []string{
		`{"traceId":"1","id":"2","kind":"SERVER","timestamp":1000}`, jaegerSpan(`"startTime":1000`),
		`{"traceId":"1","id":"2","kind":"SERVER"}`,
	} {
		spans, _ := read(t, input)
		for _, write := range []func(io.Writer, []tracetree.Span) error{codec.WriteOTLPJSON, codec.WriteStdoutTrace} {
			var text strings.Builder
			if err := write(&text, spans); err != nil {
				t.Fatal(err)
			}
			if again, _ := read(t, text.String()); again[0].Unended || spans[0].Unended || again[0].Start != spans[0].Start {
				t.Errorf("%s: unended before %v, after %v", input, spans[0].Unended, again[0].Unended)
			}
		}
	}
}

// TestAFractionOfATimeIsExact reads times with a fraction of a microsecond, which a float of 64
// bits can't hold.
func TestAFractionOfATimeIsExact(t *testing.T) {
	tests := []struct {
		reason, timestamp string
		want              int64
		kind              codec.WarningKind
	}{
		{"a fraction", "1700000000000000.25", 1700000000000000250, codec.Microseconds},
		{"more digits than nanoseconds", "1700000000000000.2509", 1700000000000000250, codec.Microseconds},
		{"as a text", `"1700000000000000.001"`, 1700000000000000001, codec.Microseconds},
		{"zeros", "1700000000000000.000", 1700000000000000000, codec.Microseconds},
		{"an exponent", "1.7e15", 1700000000000000000, codec.Microseconds},
		{"an exponent after a fraction of its own", "1700000000000.5e3", 1700000000000500000, codec.Microseconds},
		{"beyond the year 2262", "9900000000000000.5", 0, codec.TimeOutOfRange},
		{"two points", `"17.0.5"`, 0, codec.BadSpan},
		{"no digits after the point", `"17."`, 17000, codec.Microseconds},
	}
	for _, test := range tests {
		input := `[{"traceId":"1","id":"2","timestamp":` + test.timestamp + `},{"traceId":"1","id":"3"}]`
		spans, warnings, err := codec.ReadAll(strings.NewReader(input), "test")
		if err != nil || !slices.ContainsFunc(warnings, func(w codec.Warning) bool { return w.Kind == test.kind }) {
			t.Errorf("%s: %v, warnings %v; want %s", test.reason, err, warnings, test.kind)
		}
		if len(spans) == 2 && spans[0].Start != test.want || len(spans) < 2 && test.kind != codec.BadSpan {
			t.Errorf("%s: got %d spans, %+v; want the start %d", test.reason, len(spans), spans, test.want)
		}
	}
}
