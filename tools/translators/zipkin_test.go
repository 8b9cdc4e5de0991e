package translators

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/zipkin/zipkinv1"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/zipkin/zipkinv2"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"pgregory.net/rapid"

	"tracelab/internal/slow"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

func TestZipkinIsReadAsTheCollectorTranslatesIt(t *testing.T) {
	translate := zipkinv2.NewJSONTracesUnmarshaler(false)
	compareZipkin(t, "Zipkin, version 2", rapid.Custom(drawZipkin), translate, zipkinDifferences)
}

func TestZipkinVersion1IsReadAsTheCollectorTranslatesIt(t *testing.T) {
	translate := zipkinv1.NewJSONTracesUnmarshaler(false)
	compareZipkin(t, "Zipkin, version 1", rapid.Custom(drawZipkin1), translate, zipkin1Differences)
}

func compareZipkin(t *testing.T, format string, traces *rapid.Generator[[]map[string]any], translate ptrace.Unmarshaler,
	wanted []difference,
) {
	used := make(map[string]int)
	spans := 0
	for seed := range slow.Times(20_000, 3_000) {
		trace := traces.Example(seed)
		text, err := json.Marshal(trace)
		if err != nil {
			t.Fatal(err)
		}
		read, _, err := codec.ReadAll(strings.NewReader(string(text)), "zipkin.json")
		if err != nil {
			t.Fatalf("%v\nof:\n%s", err, text)
		}
		records := make(map[string]record)
		for _, fields := range trace {
			tags, _ := fields["tags"].(map[string]any)
			binary, _ := fields["binaryAnnotations"].([]any)
			for i, b := range binary {
				if i == 0 {
					tags = map[string]any{}
				}
				tags[b.(map[string]any)["key"].(string)] = b.(map[string]any)["value"]
			}
			key := fmt.Sprintf("%032s%016s%s", fields["traceId"], fields["id"], fields["name"])
			records[key] = record{fields: fields, tags: tags}
		}
		translated, err := translate.UnmarshalTraces(text)
		if err != nil {
			t.Fatalf("the Collector: %v\nof:\n%s", err, text)
		}
		ours, theirs := spansOf(codec.WithInputIDs(read)), spansOf(codec.FromPData(translated))
		spans += len(theirs)
		compare(t, ours, theirs, records, wanted, used, string(text))
	}
	t.Logf("%d spans", spans)
	wantAllUsed(t, format, wanted, used, *update)
}

// drawSpans draws the spans of a trace. fill gets the number of each span, those before it, the
// span, and a function that sets a field or leaves it out.
func drawSpans(t *rapid.T, fill func(i int, before []map[string]any, s map[string]any, optional func(string, any)),
) []map[string]any {
	trace := rapid.SampledFrom([]string{"00000000000000000000000000000abc", "0000000000000def"}).Draw(t, "trace")
	var spans []map[string]any
	for i := range rapid.IntRange(1, 5).Draw(t, "spans") {
		s := map[string]any{"traceId": trace, "id": fmt.Sprintf("%016x", i+1), "name": fmt.Sprintf("op-%d", i)}
		fill(i, spans, s, func(key string, value any) {
			if rapid.IntRange(0, 3).Draw(t, key) > 0 {
				s[key] = value
			}
		})
		spans = append(spans, s)
	}
	return spans
}

func drawZipkin(t *rapid.T) []map[string]any {
	return drawSpans(t, func(i int, spans []map[string]any, s map[string]any, optional func(string, any)) {
		optional("parentId", fmt.Sprintf("%016x", rapid.IntRange(1, 6).Draw(t, "parent")))
		optional("kind", rapid.SampledFrom([]string{"CLIENT", "SERVER", "PRODUCER", "CONSUMER"}).Draw(t, "a kind"))
		optional("timestamp", rapid.Int64Range(1, 2_000_000_000_000_000).Draw(t, "start"))
		optional("duration", rapid.Int64Range(1, 1e10).Draw(t, "lasts"))
		optional("localEndpoint", drawEndpoint(t))
		optional("remoteEndpoint", drawEndpoint(t))
		optional("tags", drawZipkinTags(t))
		var annotations []any
		for range rapid.IntRange(0, 2).Draw(t, "annotations") {
			annotations = append(annotations, map[string]any{
				"timestamp": rapid.Int64Range(1, 2_000_000_000_000_000).Draw(t, "time"),
				"value": rapid.SampledFrom([]string{
					"cache miss", `retry|{"n":2,"why":"a|b","ok":true,"f":0.5}|3`, `plain|{}|0`, "a|b", "",
				}).Draw(t, "annotation"),
			})
		}
		if annotations != nil {
			s["annotations"] = annotations
		}
		if i > 0 && spans[i-1]["shared"] == nil && rapid.IntRange(0, 5).Draw(t, "shares") == 0 {
			s["id"], s["kind"], s["shared"] = spans[i-1]["id"], "SERVER", true // the other half of a call
			spans[i-1]["kind"] = "CLIENT"
		}
	})
}

func drawEndpoint(t *rapid.T) map[string]any {
	e := map[string]any{}
	if name := rapid.SampledFrom([]string{"", "shop", "mail", "OTLPResourceNoServiceName"}).Draw(t,
		"service"); name != "" {
		e["serviceName"] = name
	}
	switch rapid.IntRange(0, 3).Draw(t, "address") {
	case 1:
		e["ipv4"] = "10.0.0.1"
	case 2:
		e["ipv6"] = "2001:db8::c001"
	}
	if rapid.Bool().Draw(t, "port") {
		e["port"] = 8080
	}
	return e
}

func drawZipkinTags(t *rapid.T) map[string]any {
	values := map[string][]string{
		"error": {"true", "false", "timeout", ""},
		"otel.status_code": {
			"STATUS_CODE_OK", "STATUS_CODE_ERROR", "STATUS_CODE_UNSET", "Ok", "Error", "Unset",
			"ERROR", "x",
		},
		"otel.status_description": {"why"},
		"span.kind":               {"internal", "client", "boss"},
		"w3c.tracestate":          {"a=1,b=2"},
		"otel.library.name":       {"lib"},
		"otel.scope.name":         {"scope"},
		"otel.library.version":    {"1"},
		"otel.scope.version":      {"2"},
		"http.method":             {"GET"},
		"http.status_code":        {"500"},
		"host.name":               {"h1"},
		"service.instance.id":     {"i1"},
		"otlp.link.0": {
			`00000000000000000000000000000abc|0000000000000001|a=1|{"k":"v|w","n":1}|2`,
			"00000000000000000000000000000abc|0000000000000002||{}|0", "x",
		},
		"net.peer.name":            {"db"},
		"otlp.service.name.source": {"service.name"},
	}
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	tags := map[string]any{}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 5, rapid.ID[string]).Draw(t, "tags") {
		tags[key] = rapid.SampledFrom(values[key]).Draw(t, key)
	}
	return tags
}

var zipkinDifferences = []difference{
	keepsStatusCode,
	{
		"addresses are in `network.local.*` and `network.peer.*`", "those are today's names for `net.host.ip` and the like",
		func(theirs *span, _ record) bool {
			changed := false
			for old, now := range map[string]string{
				"net.host.ip": "network.local.address", "net.host.port": "network.local.port",
				"net.peer.ip": "network.peer.address", "net.peer.port": "network.peer.port",
			} {
				if value, has := theirs.Attributes[old]; has {
					delete(theirs.Attributes, old)
					theirs.Attributes[now], changed = value, true
				}
			}
			return changed
		},
	},
	{
		"a missing timestamp is unknown", "the Collector begins such a span in 1970, and marks it with an attribute",
		func(theirs *span, r record) bool {
			if _, has := r.fields["timestamp"]; has {
				return false
			}
			delete(theirs.Attributes, "otel.zipkin.absentField.startTime")
			theirs.Start, theirs.End = 0, 0
			return true
		},
	},
	{
		"a missing duration is unknown", "the Collector makes it 0",
		func(theirs *span, r record) bool {
			if _, has := r.fields["duration"]; has || theirs.End == 0 {
				return false
			}
			theirs.End = 0
			return true
		},
	},
	{
		"attributes of a resource stay on the span",
		"the format has no resource; the Collector gives a service's first span's to all of its spans, and drops the others'",
		func(theirs *span, r record) bool {
			changed := false
			for _, key := range []string{"host.name", "service.instance.id", "otlp.service.name.source"} {
				if theirs.Resource[key] != "" {
					delete(theirs.Resource, key)
					changed = true
				}
				if value, has := r.tags[key]; has {
					theirs.Attributes[key], changed = typed(value), true
				}
			}
			return changed
		},
	},
	{
		"`peer.service` is the name of the other side's service",
		"it is the name that Zipkin's instrumentations and their users know",
		func(theirs *span, r record) bool {
			value, has := theirs.Attributes["service.peer.name"]
			if has {
				delete(theirs.Attributes, "service.peer.name")
				theirs.Attributes["peer.service"] = value
			}
			return has
		},
	},
	{
		"the scope has its version without a name, and under both names",
		"`otel.scope.version` and `otel.library.version` have no other meaning",
		func(theirs *span, r record) bool {
			before := theirs.Scope
			for i, key := range []string{"name", "version"} {
				for _, prefix := range []string{"otel.scope.", "otel.library."} {
					delete(theirs.Attributes, prefix+key)
				}
				theirs.Scope[i] = ""
				for _, prefix := range []string{"otel.library.", "otel.scope."} {
					if value, has := r.tags[prefix+key]; has {
						theirs.Scope[i] = value.(string)
					}
				}
			}
			return theirs.Scope != before
		},
	},
	{
		"`span.kind` is the kind of a span without one", "the Collector takes `internal` alone",
		func(theirs *span, r record) bool {
			kind, has := r.tags["span.kind"]
			if !has {
				return false
			}
			_, known := r.fields["kind"]
			switch kind {
			case "boss":
				theirs.Attributes["span.kind"] = "string boss"
			case "client":
				delete(theirs.Attributes, "span.kind")
				if !known {
					theirs.Kind = tracetree.KindClient
				}
			case "internal":
				delete(theirs.Attributes, "span.kind")
				if !known {
					return false
				}
			}
			return true
		},
	},
	{
		"`error=false` is no error", "programs of OpenTracing write it; for the Collector every `error` is one",
		func(theirs *span, r record) bool {
			if r.tags["error"] != "false" {
				return false
			}
			delete(theirs.Attributes, "error")
			theirs.Status = statusOf(r.tags["otel.status_code"])
			return true
		},
	},
	{
		"a text of `error` is the message", "Zipkin's own instrumentations write the message there",
		func(theirs *span, r record) bool {
			text, has := r.tags["error"].(string)
			if !has || text == "true" || text == "false" {
				return false
			}
			delete(theirs.Attributes, "error")
			if _, described := r.tags["otel.status_description"]; !described {
				theirs.Message = text
			}
			return true
		},
	},
	{
		"`otel.status_code` is read in any spelling, and an unknown one stays a tag",
		"Jaeger's spelling is ERROR; nothing that isn't understood is lost",
		func(theirs *span, r record) bool {
			switch code := r.tags["otel.status_code"]; code {
			case "x":
				theirs.Attributes["otel.status_code"] = "string x"
			case "ERROR":
				theirs.Status = tracetree.StatusError
			default:
				return false
			}
			return true
		},
	},
	descriptionIsTheMessage,
	{
		"an annotation with a bar that isn't an event of the Collector is a text", "the Collector cuts it off at the bar",
		func(theirs *span, _ record) bool {
			changed := false
			for i, e := range theirs.Events {
				if rest, is := strings.CutPrefix(e, "a at "); is {
					theirs.Events[i], changed = "a|b at "+rest, true
				}
			}
			return changed
		},
	},
	{
		"a tag that isn't a link stays a tag", "nothing that isn't understood is lost",
		func(theirs *span, r record) bool {
			if r.tags["otlp.link.0"] != "x" {
				return false
			}
			theirs.Attributes["otlp.link.0"] = "string x"
			return true
		},
	},
}

func statusOf(code any) tracetree.Status {
	switch code {
	case "STATUS_CODE_OK", "Ok":
		return tracetree.StatusOK
	case "STATUS_CODE_ERROR", "Error", "ERROR":
		return tracetree.StatusError
	}
	return tracetree.StatusUnset
}

// drawZipkin1 draws spans that one program reports. Version 1 also has spans with both halves of a
// call, which package codec separates, and the Collector doesn't.
func drawZipkin1(t *rapid.T) []map[string]any {
	return drawSpans(t, func(i int, _ []map[string]any, s map[string]any, optional func(string, any)) {
		optional("parentId", fmt.Sprintf("%016x", i+7))
		start := rapid.Int64Range(1, 2_000_000_000_000_000).Draw(t, "start")
		optional("timestamp", start)
		if s["timestamp"] != nil {
			optional("duration", rapid.Int64Range(1, 1e9).Draw(t, "lasts"))
		}
		endpoint := drawEndpoint(t)
		endpoint["serviceName"] = rapid.SampledFrom([]string{"shop", "mail"}).Draw(t, "service")
		annotations := []any{}
		for at, value := range rapid.SampledFrom([][]string{
			{"cs", "cr"}, {"sr", "ss"}, {"ms"}, {"mr"}, {"sr"}, {"cs", "retry", "cr"},
		}).Draw(t, "annotations") {
			annotations = append(annotations, map[string]any{
				"timestamp": start + int64(at)*1000, "value": value, "endpoint": endpoint,
			})
		}
		s["annotations"] = annotations
		var binary []any
		for key, value := range drawZipkinTags(t) {
			if strings.HasPrefix(key, "ot") || key == "span.kind" || key == "w3c.tracestate" {
				continue // version 1 is older
			}
			binary = append(binary, map[string]any{"key": key, "value": value, "endpoint": endpoint})
		}
		optional("binaryAnnotations", binary)
	})
}

var zipkin1Differences = []difference{
	keepsStatusCode,
	{
		"addresses are in `network.local.*` of the span",
		"they are today's names; the Collector has them as `ipv4` and `port` of the resource",
		func(theirs *span, _ record) bool {
			changed := false
			for old, now := range map[string]string{"ipv4": "address", "ipv6": "address", "port": "port"} {
				value, has := theirs.Resource[old]
				if !has {
					continue
				}
				if now == "port" {
					value = strings.Replace(value, "string", "int", 1)
				}
				delete(theirs.Resource, old)
				theirs.Attributes["network.local."+now], changed = value, true
			}
			return changed
		},
	},
	{
		"a missing duration is the time between the annotations, and unknown if there is one alone",
		"`cs` and `cr` are where a span begins and ends; the Collector makes it 0 if there is a timestamp",
		func(theirs *span, r record) bool {
			if _, has := r.fields["duration"]; has {
				return false
			}
			annotations := r.fields["annotations"].([]any)
			first := annotations[0].(map[string]any)["timestamp"].(int64)
			last := annotations[len(annotations)-1].(map[string]any)["timestamp"].(int64)
			end := theirs.Start + (last-first)*1000
			if len(annotations) == 1 {
				end = 0
			}
			changed := theirs.End != end
			theirs.End = end
			return changed
		},
	},
	{
		"a status isn't derived from `http.status_code`",
		"the attribute stays, and the check error-status compares it with the status",
		func(theirs *span, r record) bool {
			if r.tags["error"] != nil || theirs.Status == tracetree.StatusUnset {
				return false
			}
			theirs.Status = tracetree.StatusUnset
			return true
		},
	},
	{
		"`error=false` is no error", "programs of OpenTracing write it; for the Collector every `error` is one",
		func(theirs *span, r record) bool {
			if r.tags["error"] != "false" {
				return false
			}
			theirs.Status = tracetree.StatusUnset
			return true
		},
	},
	{
		"a text of `error` is the message", "Zipkin's own instrumentations write the message there",
		func(theirs *span, r record) bool {
			text, has := r.tags["error"].(string)
			if !has || text == "true" || text == "false" || text == "" {
				return false
			}
			theirs.Message = text
			return true
		},
	},
}
