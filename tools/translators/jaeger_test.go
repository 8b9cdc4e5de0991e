package translators

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jaegertracing/jaeger-idl/model/v1"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/jaeger"
	"pgregory.net/rapid"

	"tracelab/internal/slow"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

var update = flag.Bool("update", false, "write the tables of docs/translations.md")

func TestJaegerIsReadAsTheCollectorTranslatesIt(t *testing.T) {
	used := make(map[string]int)
	spans := 0
	traces := rapid.Custom(drawJaeger)
	for seed := range slow.Times(20_000, 3_000) {
		trace := traces.Example(seed)
		text := uiAnswer(t, trace)
		read, _, err := codec.ReadAll(strings.NewReader(text), "jaeger.json")
		if err != nil {
			t.Fatalf("%v\nof:\n%s", err, text)
		}
		records := make(map[string]record)
		for _, s := range trace.Spans {
			records[fmt.Sprintf("%016x%016x%016x%s", s.TraceID.High, s.TraceID.Low, uint64(s.SpanID),
				s.OperationName)] = recordOf(s)
		}
		translated, err := jaeger.ProtoToTraces([]*model.Batch{{Spans: trace.Spans}})
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := spansOf(read), spansOf(codec.FromPData(translated))
		spans += len(theirs)
		compare(t, ours, theirs, records, jaegerDifferences, used, text)
	}
	t.Logf("%d spans", spans)
	wantAllUsed(t, "Jaeger", jaegerDifferences, used, *update)
}

// uiAnswer returns the answer of Jaeger's API with a trace, in the form that Jaeger gives it
// (v1.76, internal/uimodel/converter/v1/json/from_domain.go). That package is internal, and the one
// of older versions has another model, which can't be in one program with the Collector's.
func uiAnswer(t *testing.T, trace *model.Trace) string {
	t.Helper()
	var spans []any
	processes := make(map[string]any)
	for i, s := range trace.Spans {
		process := fmt.Sprintf("p%d", i+1)
		processes[process] = map[string]any{"serviceName": s.Process.ServiceName, "tags": uiTags(s.Process.Tags)}
		references, logs := []any{}, []any{}
		for _, r := range s.References {
			references = append(references, map[string]any{
				"refType": r.RefType.String(), "traceID": r.TraceID.String(), "spanID": r.SpanID.String(),
			})
		}
		for _, l := range s.Logs {
			logs = append(logs, map[string]any{
				"timestamp": model.TimeAsEpochMicroseconds(l.Timestamp), "fields": uiTags(l.Fields),
			})
		}
		spans = append(spans, map[string]any{
			"traceID": s.TraceID.String(), "spanID": s.SpanID.String(), "flags": s.Flags, "operationName": s.OperationName,
			"references": references, "startTime": model.TimeAsEpochMicroseconds(s.StartTime),
			"duration": model.DurationAsMicroseconds(s.Duration), "tags": uiTags(s.Tags), "logs": logs,
			"processID": process, "warnings": nil,
		})
	}
	text, err := json.Marshal(map[string]any{
		"data": []any{map[string]any{
			"traceID": trace.Spans[0].TraceID.String(), "spans": spans, "processes": processes, "warnings": nil,
		}},
		"total": 0, "limit": 0, "offset": 0, "errors": nil,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func uiTags(tags []model.KeyValue) []any {
	list := []any{}
	for _, tag := range tags {
		value := tag.Value()
		if n, ok := value.(int64); ok && (n > 1<<53-1 || n < -1<<53+1) {
			value = strconv.FormatInt(n, 10)
		}
		list = append(list, map[string]any{"key": tag.Key, "type": strings.ToLower(tag.VType.String()), "value": value})
	}
	return list
}

var jaegerServices = []string{"shop", "mail", "OTLPResourceNoServiceName"}

func drawJaeger(t *rapid.T) *model.Trace {
	trace := &model.Trace{}
	ids := model.NewTraceID(rapid.Uint64Range(0, 2).Draw(t, "high"), rapid.Uint64Range(1, 1<<62).Draw(t, "low"))
	n := rapid.IntRange(1, 5).Draw(t, "spans")
	for i := range n {
		s := &model.Span{
			TraceID: ids, SpanID: model.NewSpanID(uint64(i + 1)), OperationName: fmt.Sprintf("op-%d", i),
			StartTime: time.UnixMicro(rapid.Int64Range(1, 2_000_000_000_000_000).Draw(t, "start")).UTC(),
			Duration:  time.Duration(rapid.Int64Range(0, 1e10).Draw(t, "duration")) * time.Microsecond,
			Flags:     model.Flags(rapid.Uint32Range(0, 3).Draw(t, "flags")),
			Process: &model.Process{
				ServiceName: rapid.SampledFrom(jaegerServices).Draw(t, "service"),
				Tags:        drawTags(t, []string{"hostname", "host.name", "jaeger.version", "ip", "service.version"}, 2),
			},
			Tags: drawTags(t, jaegerTags, 5),
		}
		for range rapid.IntRange(0, 3).Draw(t, "references") {
			to := ids
			if rapid.IntRange(0, 3).Draw(t, "elsewhere") == 0 {
				to = model.NewTraceID(7, 7)
			}
			s.References = append(s.References, model.SpanRef{
				TraceID: to, SpanID: model.NewSpanID(rapid.Uint64Range(1, 6).Draw(t, "to")),
				RefType: rapid.SampledFrom([]model.SpanRefType{model.ChildOf, model.FollowsFrom}).Draw(t, "type"),
			})
		}
		for range rapid.IntRange(0, 2).Draw(t, "logs") {
			s.Logs = append(s.Logs, model.Log{
				Timestamp: time.UnixMicro(rapid.Int64Range(1, 2_000_000_000_000_000).Draw(t, "time")).UTC(),
				Fields:    drawTags(t, []string{"event", "message", "n"}, 2),
			})
		}
		trace.Spans = append(trace.Spans, s)
	}
	return trace
}

var jaegerTags = []string{
	"span.kind", "error", "otel.status_code", "otel.status_description", "http.status_code", "http.status_message",
	"w3c.tracestate", "otel.scope.name", "otel.scope.version", "otel.library.name", "http.method", "k",
}

// drawTags draws tags with different keys, most with values that the keys have.
func drawTags(t *rapid.T, keys []string, most int) []model.KeyValue {
	usual := map[string][]model.KeyValue{
		"span.kind": {
			model.String("", "client"), model.String("", "server"), model.String("", "producer"),
			model.String("", "consumer"), model.String("", "internal"), model.String("", "Server"), model.String("", "boss"),
		},
		"error": {
			model.Bool("", true), model.Bool("", false), model.String("", "true"),
			model.String("", "timeout"),
		},
		"otel.status_code": {
			model.String("", "OK"), model.String("", "ERROR"), model.String("", "error"),
			model.String("", "UNSET"), model.String("", "x"),
		},
		"http.status_code": {model.Int64("", 200), model.Int64("", 404), model.Int64("", 500), model.String("", "503")},
	}
	texts := []string{
		"otel.status_description", "http.status_message", "w3c.tracestate", "otel.scope.name",
		"otel.scope.version", "otel.library.name", "hostname", "host.name", "jaeger.version", "event",
	}
	for _, key := range texts {
		usual[key] = []model.KeyValue{model.String("", key+"'s")}
	}
	any := []model.KeyValue{
		model.String("", "text"), model.String("", ""), model.Bool("", false), model.Int64("", -5), model.Int64("", 1<<60),
		model.Float64("", 2), model.Float64("", 0.5), model.Binary("", []byte("hi>?")),
	}
	var tags []model.KeyValue
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, most, rapid.ID[string]).Draw(t, "keys") {
		values := usual[key]
		if values == nil {
			values = any
		}
		tag := rapid.SampledFrom(values).Draw(t, key)
		tag.Key = key
		tags = append(tags, tag)
	}
	return tags
}

func recordOf(s *model.Span) record {
	values := func(tags []model.KeyValue) map[string]any {
		values := make(map[string]any)
		for _, tag := range tags {
			values[tag.Key] = tag.Value()
		}
		return values
	}
	r := record{tags: values(s.Tags), process: values(s.Process.Tags)}
	for _, ref := range s.References {
		r.references = append(r.references, reference{
			ref.RefType == model.FollowsFrom, fmt.Sprintf("%016x%016x", ref.TraceID.High, ref.TraceID.Low),
			fmt.Sprintf("%016x", uint64(ref.SpanID)),
		})
	}
	for _, log := range s.Logs {
		r.logs = append(r.logs, values(log.Fields))
	}
	return r
}

var jaegerDifferences = []difference{
	{
		"links have no `opentracing.ref_type`",
		"every reference but the one to the parent is a link; the attribute isn't one of the link",
		func(theirs *span, _ record) bool {
			changed := false
			for i, l := range theirs.Links {
				for _, kind := range []string{"child_of", "follows_from"} {
					l = strings.Replace(l, `map["opentracing.ref_type":"string `+kind+`"]`, "map[]", 1)
				}
				changed = changed || l != theirs.Links[i]
				theirs.Links[i] = l
			}
			return changed
		},
	},
	{
		"`hostname` and `jaeger.version` of a process keep their names",
		"people look for what is in the file; the Collector renames them to `host.name` and `opencensus.exporterversion`",
		func(theirs *span, r record) bool {
			changed := false
			for _, name := range [][2]string{{"hostname", "host.name"}, {"jaeger.version", "opencensus.exporterversion"}} {
				value, has := r.process[name[0]]
				if _, both := r.process[name[1]]; !has || both || len(theirs.Resource) == 0 {
					continue
				}
				delete(theirs.Resource, name[1])
				theirs.Resource[name[0]] = fmt.Sprint("string ", value)
				changed = true
			}
			return changed
		},
	},
	{
		"a status isn't derived from `http.status_code`",
		"the attribute stays, and the check error-status compares it with the status",
		func(theirs *span, r record) bool {
			_, coded := r.tags["otel.status_code"]
			http, has := r.tags["http.status_code"]
			if coded || !has || r.tags["error"] == true {
				return false
			}
			var code int
			if _, err := fmt.Sscan(fmt.Sprint(http), &code); err != nil {
				return false
			}
			changed := theirs.Status != tracetree.StatusUnset || theirs.Message != ""
			theirs.Status, theirs.Message = tracetree.StatusUnset, ""
			return changed
		},
	},
	{
		"`http.status_message` isn't the status's message",
		"it is an attribute of its own, such as Not Found, and stays one",
		func(theirs *span, r record) bool {
			_, described := r.tags["otel.status_description"]
			message, has := r.tags["http.status_message"]
			if described || !has || theirs.Message != message {
				return false
			}
			theirs.Message = ""
			return true
		},
	},
	{
		"`error` may be a text",
		"clients of OpenTracing write `true`, or the message; the Collector takes booleans alone",
		func(theirs *span, r record) bool {
			text, is := r.tags["error"].(string)
			if !is {
				return false
			}
			delete(theirs.Attributes, "error")
			theirs.Status = tracetree.StatusError
			if _, described := r.tags["otel.status_description"]; !described && text != "true" {
				theirs.Message = text
			}
			return true
		},
	},
	{
		"`error=false` is left out", "it is what a span without the tag is",
		func(theirs *span, r record) bool {
			if r.tags["error"] != false {
				return false
			}
			delete(theirs.Attributes, "error")
			return true
		},
	},
	descriptionIsTheMessage,
	{
		"an unknown `otel.status_code` stays a tag", "nothing that isn't understood is lost",
		func(theirs *span, r record) bool {
			if r.tags["otel.status_code"] != "x" {
				return false
			}
			theirs.Attributes["otel.status_code"] = "string x"
			return true
		},
	},
	{
		"a `span.kind` may be in capitals", "some clients write it as Zipkin does",
		func(theirs *span, r record) bool {
			if r.tags["span.kind"] != "Server" {
				return false
			}
			theirs.Kind = tracetree.KindServer
			return true
		},
	},
	{
		"an unknown `span.kind` stays a tag", "nothing that isn't understood is lost",
		func(theirs *span, r record) bool {
			if r.tags["span.kind"] != "boss" {
				return false
			}
			theirs.Attributes["span.kind"] = "string boss"
			return true
		},
	},
	{
		"`otel.library.name` is the scope's name", "exporters wrote it before `otel.scope.name`",
		func(theirs *span, r record) bool {
			if _, has := r.tags["otel.library.name"]; !has {
				return false
			}
			delete(theirs.Attributes, "otel.library.name")
			if theirs.Scope[0] == "" {
				theirs.Scope[0] = "otel.library.name's"
			}
			return true
		},
	},
	{
		"`otel.scope.version` is the scope's version without a name too", "it has no other meaning",
		func(theirs *span, r record) bool {
			if _, has := theirs.Attributes["otel.scope.version"]; !has {
				return false
			}
			delete(theirs.Attributes, "otel.scope.version")
			theirs.Scope[1] = "otel.scope.version's"
			return true
		},
	},
	{
		"a reference to the span itself isn't its parent", "it would be a cycle; Zipkin's format has such roots",
		func(theirs *span, r record) bool {
			changed := false
			if theirs.Parent == theirs.ID {
				theirs.Parent, changed = parentOf(theirs, r), true
			}
			itself := fmt.Sprintf("%s %s %q %q -0", theirs.Trace, theirs.ID, "", map[string]string{})
			for _, ref := range r.references {
				if !ref.follows && ref.trace == theirs.Trace && ref.span == theirs.ID {
					if i := slices.Index(theirs.Links, itself); i >= 0 {
						theirs.Links, changed = slices.Delete(theirs.Links, i, i+1), true
					}
				}
			}
			return changed
		},
	},
	{
		"a CHILD_OF in another trace is a link", "the Collector leaves it out if its span has the ID of the parent",
		func(theirs *span, r record) bool {
			var links []string
			for _, ref := range r.references {
				own := ref.trace == theirs.Trace && (ref.span == theirs.Parent || ref.span == theirs.ID)
				if ref.follows || !own {
					links = append(links, fmt.Sprintf("%s %s %q %q -0", ref.trace, ref.span, "", map[string]string{}))
				}
			}
			changed := len(links) != len(theirs.Links)
			theirs.Links = links
			return changed
		},
	},
	keepsStatusCode,
	{
		"a process without a service keeps its tags", "they are true without a name",
		func(theirs *span, r record) bool {
			if len(theirs.Resource) > 0 || len(r.process) == 0 {
				return false
			}
			for key, value := range r.process {
				theirs.Resource[key] = typed(value)
			}
			return true
		},
	},
}

// parentOf returns the first CHILD_OF of the same trace, else the first FOLLOWS_FROM, that isn't
// the span itself.
func parentOf(s *span, r record) string {
	for _, follows := range []bool{false, true} {
		for _, ref := range r.references {
			if ref.follows == follows && ref.trace == s.Trace && ref.span != s.ID {
				return ref.span
			}
		}
	}
	return "0000000000000000"
}

// typed returns a tag's value as valuesOf does.
func typed(value any) string {
	switch v := value.(type) {
	case string:
		return "string " + v
	case bool:
		return fmt.Sprint("bool ", v)
	case int64:
		return fmt.Sprint("int ", v)
	case float64:
		return "float " + strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprintf("json %q", base64.StdEncoding.EncodeToString(value.([]byte)))
}
