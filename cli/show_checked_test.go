package cli_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tracelab/cli/show"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// oldNames returns traces of 15 services, each instrumented with names of older conventions, of 500
// spans in all.
func oldNames() []tracetree.Span {
	text := func(pairs ...string) (attrs []tracetree.Attr) {
		for i := 0; i < len(pairs); i += 2 {
			attrs = append(attrs, tracetree.Attr{Key: pairs[i], Value: tracetree.String(pairs[i+1])})
		}
		return attrs
	}
	var origins []*tracetree.Origin
	for i := range 15 {
		origins = append(origins,
			&tracetree.Origin{
				Resource: text("service.name", fmt.Sprintf("service-%c", 'a'+i), "service.instance.id", fmt.Sprint("i", i)),
			})
	}
	ms := int64(time.Millisecond)
	var spans []tracetree.Span
	for n := 0; len(spans) < 500; n++ {
		trace := tracetree.TraceID{1, byte(n)}
		caller := origins[n%15]
		callee := origins[(n+1)%15]
		start := int64(time.Second) + int64(n)*1000*ms
		add := func(id, parent byte, kind tracetree.Kind, name string, from, to int64, origin *tracetree.Origin,
			attrs ...string,
		) {
			spans = append(spans, tracetree.Span{
				TraceID: trace, SpanID: tracetree.SpanID{id}, Kind: kind, Name: name, Origin: origin, Start: start + from*ms,
				End:        start + to*ms,
				Attributes: append(text(attrs...), tracetree.Attr{Key: "http.status_code", Value: tracetree.Int(200)}),
			})
			if parent != 0 {
				spans[len(spans)-1].Parent = tracetree.SpanID{parent}
			}
		}
		add(1, 0, tracetree.KindServer, "GET /cart", 0, 100, caller, "http.method", "GET", "http.route", "/cart",
			"http.target", "/cart", "http.scheme", "http", "net.host.name", "cart", "http.flavor", "1.1")
		add(2, 1, tracetree.KindClient, "GET", 10, 60, caller, "http.method", "GET", "http.url", "http://stock/items",
			"net.peer.name", "stock")
		add(3, 2, tracetree.KindServer, "GET /items", 12, 58, callee, "http.method", "GET", "http.route", "/items",
			"http.target", "/items", "http.scheme", "http", "http.user_agent", "curl")
		add(4, 3, tracetree.KindClient, "SELECT items", 20, 50, callee, "db.system", "mysql", "db.statement",
			"SELECT * FROM items", "db.operation", "SELECT", "db.name", "shop")
	}
	return spans
}

// Each service with old names has one line, however many spans and names there are.
func TestFindingsOfManySpansFitOnAScreenOrTwo(t *testing.T) {
	spans := oldNames()
	forest := tracetree.Build(spans)
	checked := show.Checked{
		Checks: check.All(), Traces: show.TracesOf(forest), Spans: len(forest.Spans()),
		Result: check.Run(check.All(), check.Input{Forest: forest}, check.Config{}),
	}
	var b strings.Builder
	if err := checked.Write(&b, "text"); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if lines := strings.Count(text, "\n"); lines >= 120 {
		t.Errorf("%d lines, want less than 120:\n%s", lines, text)
	}
	old := 0
	for line := range strings.Lines(text) {
		if strings.Contains(line, "deprecated-attribute: service-") {
			old++
		}
	}
	if len(spans) != 500 || old != 15 {
		t.Errorf("%d lines about old names of 15 services in %d spans, want one each of 500:\n%s", old, len(spans), text)
	}
}
