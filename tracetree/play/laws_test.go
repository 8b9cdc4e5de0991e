package play_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/play"
)

// matchesInAView reports whether spans match a text in one of the two views.
func matchesInAView(pattern *tracetree.Pattern, spans []tracetree.Span) bool {
	forest := tracetree.Build(spans)
	return pattern.Match(forest) == nil || pattern.Match(forest, tracetree.Full) == nil
}

// names are names of spans, and texts that look like a different part of the notation.
var names = []string{
	"a", "b", "GET /tasks", "POST /tasks/{id}", "/tasks.S/M", "tasks.S/M", "process a", "process ", "grpc.client.M",
	"http.client.GET host",
	"http.client.", "", " ", "3x a", "...", "a: b", "*", "a (root)", "!error", "← linked span", "a # b", `"a"`, "a\nb",
	"\u202e", "é", "/a/b/c", "db",
	"sqs", "kafka", "SendMessage", "PutItem", "receive", "orders", "x table", "POST", "_OTHER", "500", "404", "NOT_FOUND",
	"OK", "grpc", "aws-api", "aws_sqs",
}

var keys = []string{
	"messaging.system", "messaging.operation.name", "messaging.operation.type", "messaging.destination.name",
	"cloudevents.event_type",
	"db.system.name", "db.operation.name", "db.collection.name", "db.sql.table", "aws.dynamodb.table_names",
	"rpc.system.name", "rpc.method",
	"rpc.service", "rpc.response.status_code", "http.request.method", "http.route", "http.response.status_code",
	"server.address", "url.full",
	"error.type", "k",
}

func traceID(n uint64) (id tracetree.TraceID) {
	binary.BigEndian.PutUint64(id[8:], n)
	return id
}

func spanID(n uint64) (id tracetree.SpanID) {
	binary.BigEndian.PutUint64(id[:], n)
	return id
}

// anySpans generates the spans of traces with every kind of damage.
func anySpans() *rapid.Generator[[]tracetree.Span] {
	name := rapid.SampledFrom(names)
	id := rapid.Uint64Range(0, 12)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) tracetree.Span {
		s := tracetree.Span{
			TraceID:      traceID(rapid.Uint64Range(1, 2).Draw(t, "trace")),
			SpanID:       spanID(rapid.Uint64Range(1, 500).Draw(t, "id")),
			Parent:       spanID(id.Draw(t, "parent")),
			Name:         name.Draw(t, "name"),
			Start:        rapid.Int64Range(1, 9).Draw(t, "start"),
			Kind:         tracetree.Kind(rapid.IntRange(0, 5).Draw(t, "kind")),
			Status:       tracetree.Status(rapid.IntRange(0, 2).Draw(t, "status")),
			ParentRemote: tracetree.Remote(rapid.IntRange(0, 2).Draw(t, "remote")),
		}
		if rapid.Bool().Draw(t, "small id") {
			s.SpanID = spanID(id.Draw(t, "own"))
		}
		s.Origin = &tracetree.Origin{Resource: []tracetree.Attr{
			{
				Key:   "service.name",
				Value: tracetree.String(rapid.SampledFrom([]string{"a", "b", "db", "kafka"}).Draw(t, "service")),
			},
		}}
		for range rapid.IntRange(0, 4).Draw(t, "attributes") {
			s.Attributes = append(s.Attributes, tracetree.Attr{
				Key: rapid.SampledFrom(keys).Draw(t, "key"), Value: tracetree.String(name.Draw(t, "value")),
			})
		}
		for range rapid.IntRange(0, 1).Draw(t, "links") {
			s.Links = append(s.Links, tracetree.Link{TraceID: s.TraceID, SpanID: spanID(id.Draw(t, "link"))})
		}
		return s
	}), 0, 8)
}

func TestLawWhatWasSeenCanBePlayed(t *testing.T) {
	refused, played := 0, 0
	law.Check(t, func(t *rapid.T) {
		forest := tracetree.Build(anySpans().Draw(t, "spans"))
		opts := rapid.SampledFrom([][]tracetree.Option{{}, {tracetree.Full}}).Draw(t, "view")
		text := tracetree.Format(forest, opts...)
		spans, err := tryPlay(t, text, telemetry.Config{}, play.Config{})
		if isDamaged(forest) != (err != nil) && !readsAsImpossible(parse(t, text)) {
			t.Fatalf("the error is: %v\nof:\n%s", err, text)
		}
		if err != nil {
			refused++
			return
		}
		played++
		if !matchesInAView(parse(t, text), spans) {
			t.Fatalf("played:\n%sof:\n%s", tracetree.Format(tracetree.Build(spans), opts...), text)
		}
	})
	t.Logf("%d texts were played, %d refused", played, refused)
	if played == 0 || refused == 0 {
		t.Error("the law says nothing about one of them")
	}
}

// isDamaged reports whether a forest contains something that no program can cause.
func isDamaged(forest *tracetree.Forest) bool {
	for i := range len(forest.Spans()) {
		if n := forest.Node(i); n.Has(tracetree.Cycle) || n.Has(tracetree.Duplicate) {
			return true
		}
	}
	return false
}

// readsAsImpossible reports whether a printed text is read as a description of other spans, which
// are impossible. A service with the name db that sends something has the label of a database call
// without a table. A span with the name "process x" that isn't a CONSUMER can be a lone orphan,
// which a CONSUMER can't.
func readsAsImpossible(pattern *tracetree.Pattern) bool {
	lines := pattern.Lines()
	tops := 0
	for _, l := range lines {
		if l.Actor.Text == "db" && l.Target.Text != "" && !strings.HasSuffix(l.Target.Text, " table") {
			return true
		}
		if l.Depth == 0 {
			tops++
		}
	}
	return tops == 1 && lines[0].Marks&tracetree.Orphan != 0 && strings.HasPrefix(lines[0].Operation.Text, "process ")
}

// The parts of lines that the program never prints.
var (
	counts = []string{"", "", "", "2x ", "1..3x ", "?x ", "+x ", "*x "}
	labels = []string{
		"shop: GET /cart", "stock: /stock.Stock/Take", "stock: refresh", "shop: step", "db: Query (carts table)", "db: ping",
		"sqs: SendMessage (orders)", "kafka: send (orders)", "mailer: process order", "shop: http.client.GET host",
		"shop: grpc.client.Take",
		"mailer: on order", "rabbitmq: publish",
	}
	marks    = []string{"", "", "", " <- linked span", " <- linked span {@trace=new}"}
	failures = []string{"", "", "", " !error", " !error=timeout", " !error=503", " !error=NOT_FOUND", " !error=*"}
	timings  = []string{
		"", "", "", " [12ms]", " [<50ms]", " [<=3ms]", " [>5ms]", " [>=5ms]", " [10ms..50ms]",
		" [=12ms]", " [=2ms at +3ms]", " [0s]",
	}
	conditions = []string{
		"k", "!k", "n=3", "n<3", "n>1.5", "n>3, n<3.5", `s~"^a[0-9]{2}(b|c)$"`, "s!=any", "@event=retry", "@event", "!@event",
		"@scope=lib",
		"list=\"[1,2]\"", "f=1.5", "ok=true", "@kind=internal", "@kind!=server", "@status=ok", "@status!=ok",
		"http.response.status_code=404",
		"rpc.response.status_code=NOT_FOUND", "db.system.name=postgresql", "@name=x", "@service=x", "http.route=/x",
		"messaging.message.id=m1",
		"error.type=x", "!error.type", "!cloudevents.event_type", "@kind=consumer", "@kind=client", "server.address=*.local",
	}
)

func anyLines(t *rapid.T, b *strings.Builder, depth, most int) {
	for range rapid.IntRange(0, most).Draw(t, "siblings") {
		indent := strings.Repeat("  ", depth)
		if depth > 0 && rapid.IntRange(0, 9).Draw(t, "rest") == 0 {
			b.WriteString(indent + "...\n")
			continue
		}
		draw := func(from []string, what string) string { return rapid.SampledFrom(from).Draw(t, what) }
		mark, order := " (root)", ""
		if depth > 0 {
			mark = draw(marks, "mark")
		} else if rapid.IntRange(0, 4).Draw(t, "orphan") == 0 {
			mark = " (orphan)"
		}
		if rapid.Bool().Draw(t, "ordered") {
			order = " (in order)"
		}
		line := indent + draw(counts, "count") + draw(labels, "label") + order + draw(failures, "failure") +
			draw(timings, "timing") + mark
		if !strings.Contains(mark, "{") {
			list := rapid.SliceOfN(rapid.SampledFrom(conditions), 0, 2).Draw(t, "conditions")
			exact := ""
			if rapid.IntRange(0, 9).Draw(t, "exact") == 0 {
				exact = "="
			}
			if len(list) > 0 || exact != "" {
				line += " {" + exact + strings.Join(list, ", ") + "}"
			}
		}
		b.WriteString(line + "\n")
		if depth < 3 {
			anyLines(t, b, depth+1, 3)
		}
		if depth == 0 {
			b.WriteString("\n")
		}
	}
}

func TestLawWhatIsPlayedMatchesTheText(t *testing.T) {
	refused, played := 0, 0
	law.Check(t, func(t *rapid.T) {
		var b strings.Builder
		anyLines(t, &b, 0, 3)
		text := b.String()
		spans, err := tryPlay(t, text, telemetry.Config{}, play.Config{})
		if err != nil {
			refused++
			if len(spans) > 0 {
				t.Fatalf("%d spans were played, and then: %v", len(spans), err)
			}
			return
		}
		played++
		if !matchesInAView(parse(t, text), spans) {
			t.Fatalf("played:\n%sof:\n%s", tracetree.Format(tracetree.Build(spans), tracetree.Attributes), text)
		}
	})
	t.Logf("%d texts were played, %d refused", played, refused)
	if played < refused {
		t.Error("the law says nothing about most of the texts")
	}
}

func TestLawRepetitionsAreEqual(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 5).Draw(t, "count")
		spans, err := tryPlay(t, courseTree, telemetry.Config{}, play.Config{Count: count})
		if err != nil {
			t.Fatal(err)
		}
		pattern := parse(t, strings.Repeat(courseTree+"\n", count))
		if report := pattern.Match(tracetree.Build(spans)); report != nil {
			t.Fatal(fmt.Sprint(report))
		}
	})
}
