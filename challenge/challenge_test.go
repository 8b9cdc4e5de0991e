package challenge_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/challenge"
	"tracelab/internal/sample"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec"
)

// goodSpans returns the spans of the built-in system for one request.
func goodSpans(t *testing.T) []tracetree.Span {
	t.Helper()
	return sample.CreateTask(t)
}

func grade(spans []tracetree.Span, names challenge.Names) challenge.Grade {
	return challenge.Run(check.Input{Forest: tracetree.Build(spans)}, names.WithDefaults())
}

// open returns the IDs of the items that are not met; those that are not visible end with "?".
func open(g challenge.Grade) []string {
	ids := []string{}
	for _, v := range g.Verdicts {
		switch v.Status {
		case challenge.NotMet:
			ids = append(ids, v.Item.ID)
		case challenge.NotVisible:
			ids = append(ids, v.Item.ID+"?")
		}
	}
	return ids
}

// A mutant is the capture of a system without a piece of its instrumentation.
type mutant struct {
	spans []tracetree.Span
	next  byte // of the IDs of new traces
}

// index returns the index of the span with this label.
func (m *mutant) index(t *testing.T, label string) int {
	t.Helper()
	i := slices.IndexFunc(m.spans, func(s tracetree.Span) bool { return tracetree.Label(&s) == label })
	if i < 0 {
		t.Fatalf("no span %q", label)
	}
	return i
}

// remove takes a span away. The spans below it go to its parent.
func (m *mutant) remove(t *testing.T, label string) {
	t.Helper()
	i := m.index(t, label)
	gone := m.spans[i]
	m.spans = slices.Delete(slices.Clone(m.spans), i, i+1)
	for j := range m.spans {
		s := &m.spans[j]
		if s.Parent == gone.SpanID {
			s.Parent = gone.Parent
		}
		s.Links = slices.DeleteFunc(slices.Clone(s.Links), func(l tracetree.Link) bool { return l.SpanID == gone.SpanID })
	}
}

// lose makes a span the root of a trace of its own, as if its caller had sent no context.
func (m *mutant) lose(t *testing.T, label string) {
	t.Helper()
	i := m.index(t, label)
	m.spans = slices.Clone(m.spans)
	m.spans[i].Parent, m.spans[i].Links, m.spans[i].ParentRemote = tracetree.SpanID{}, nil, tracetree.RemoteNo
	m.next++
	moved := map[tracetree.SpanID]bool{m.spans[i].SpanID: true}
	for range m.spans { // until nothing below it is left
		for j := range m.spans {
			moved[m.spans[j].SpanID] = moved[m.spans[j].SpanID] || moved[m.spans[j].Parent]
		}
	}
	for j := range m.spans {
		if moved[m.spans[j].SpanID] {
			m.spans[j].TraceID = tracetree.TraceID{0xee, m.next}
		}
		m.spans[j].Links = slices.Clone(m.spans[j].Links)
		for k, l := range m.spans[j].Links {
			if moved[l.SpanID] {
				m.spans[j].Links[k].TraceID = tracetree.TraceID{0xee, m.next}
			}
		}
	}
}

// strip removes the attributes of a span whose keys begin with one of the prefixes.
func (m *mutant) strip(label string, prefixes ...string) {
	m.spans = slices.Clone(m.spans)
	for i := range m.spans {
		if s := &m.spans[i]; tracetree.Label(s) == label {
			s.Attributes = slices.DeleteFunc(slices.Clone(s.Attributes), func(a tracetree.Attr) bool {
				return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(a.Key, p) })
			})
		}
	}
}

const (
	entry   = "api-gateway: POST /tasks"
	client  = "api-gateway: grpc.client.CreateTask"
	server  = "task-service: /tasks.TaskService/CreateTask"
	insert  = "db: PutItem (tasks table)"
	send    = "sqs: SendMessage (task-events)"
	process = "worker: process task-created"
	update  = "db: UpdateItem (tasks table)"
)

func TestMissingInstrumentationLeavesItsItemsOpen(t *testing.T) {
	good := goodSpans(t)
	tests := []struct {
		name   string
		change func(*testing.T, *mutant)
		want   []string
		reason string
	}{
		{
			"nothing is missing", func(*testing.T, *mutant) {},
			nil, "the built-in system is the course's solution",
		},
		{
			"HTTP server", func(t *testing.T, m *mutant) { m.remove(t, entry) },
			[]string{"gateway-server", "gateway-spans", "verify-operation", "verify-duration?", "verify-tree"},
			"the gRPC call is the root; it still reaches the task service",
		},
		{
			"gRPC client", func(t *testing.T, m *mutant) { m.remove(t, client); m.lose(t, server) },
			[]string{"gateway-propagation", "gateway-spans", "verify-tree"},
			"the client's instrumentation makes the span and sends the context; without it, the checks see two requests",
		},
		{
			"gRPC client, propagation only", func(t *testing.T, m *mutant) { m.lose(t, server) },
			[]string{"gateway-propagation", "verify-tree", "self-one-root"},
			"the CLIENT span is there",
		},
		{
			"gRPC server", func(t *testing.T, m *mutant) { m.remove(t, server); m.lose(t, insert); m.lose(t, send) },
			[]string{"gateway-propagation?", "task-server", "verify-tree"},
			"without a SERVER span, it can't be seen whether the call carried a context",
		},
		{
			"database of the task service", func(t *testing.T, m *mutant) { m.remove(t, insert) },
			[]string{"task-database", "verify-tree"},
			"nothing else depends on a leaf",
		},
		{
			"send", func(t *testing.T, m *mutant) { m.remove(t, send); m.lose(t, process) },
			[]string{"task-publish", "worker-extract?", "worker-consumer", "verify-tree", "self-consumer-link"},
			"without the send, no context was in the message",
		},
		{
			"extraction in the worker", func(t *testing.T, m *mutant) { m.lose(t, process) },
			[]string{"worker-extract", "worker-consumer", "verify-tree", "self-one-root", "self-consumer-link"},
			"the span is there, and in a trace of its own",
		},
		{
			"CONSUMER span", func(t *testing.T, m *mutant) { m.remove(t, process) },
			[]string{"worker-consumer", "verify-tree"},
			"the update is in the request's trace, so the context was extracted",
		},
		{
			"attributes of databases", func(_ *testing.T, m *mutant) {
				m.strip(insert, "db.", "rpc.", "aws.")
				m.strip(update, "db.", "rpc.", "aws.")
			},
			[]string{"task-database", "worker-database", "verify-tree"},
			"the spans are there, and can't be recognized without attributes",
		},
		{
			"attributes of the send", func(_ *testing.T, m *mutant) { m.strip(send, "messaging.", "rpc.", "aws.") },
			[]string{"task-publish"},
			"the kind PRODUCER shows that it is the send",
		},
		{
			"kind and link of the consumer", func(t *testing.T, m *mutant) {
				i := m.index(t, process)
				m.spans = slices.Clone(m.spans)
				m.spans[i].Kind, m.spans[i].Links = tracetree.KindInternal, nil
			},
			[]string{"worker-consumer", "verify-tree"},
			"it is a child of the send, so the context was extracted",
		},
		{
			"link of the consumer", func(t *testing.T, m *mutant) {
				i := m.index(t, process)
				m.spans = slices.Clone(m.spans)
				m.spans[i].Links = nil
			},
			nil, "a child of the send needs no link",
		},
		{
			"gRPC server, while the context arrives", func(t *testing.T, m *mutant) { m.remove(t, server) },
			[]string{"task-server", "verify-tree"},
			"the task service's calls are in the gateway's trace",
		},
		{
			"database of the worker", func(t *testing.T, m *mutant) { m.remove(t, update) },
			[]string{"worker-database", "verify-tree"},
			"nothing else depends on a leaf",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := &mutant{spans: good}
			test.change(t, m)
			g := grade(m.spans, challenge.Names{})
			if diff := cmp.Diff(append([]string{}, test.want...), open(g)); diff != "" {
				t.Errorf("%s: open items (-want +got):\n%s", test.reason, diff)
				for _, v := range g.Verdicts {
					if v.Status != challenge.Met {
						t.Logf("%s: %s, at %s", v.Item.ID, v.Seen, v.At.Label)
					}
				}
			}
			for _, v := range g.Verdicts {
				if v.Status != challenge.Met && v.Seen == "" {
					t.Errorf("%s is open without what was seen", v.Item.ID)
				}
			}
		})
	}
}

func readCapture(t *testing.T, name string) []tracetree.Span {
	t.Helper()
	path := filepath.Join("..", "tracetree", "testdata", "languages", name)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	spans, _, err := codec.ReadAll(f, path)
	if err != nil {
		t.Fatal(err)
	}
	return spans
}

func TestLanguagesDontMatterWhereTheSubstanceIsThere(t *testing.T) {
	// In these captures the gateway writes to the database and sends the message.
	withoutTasks := map[string]string{
		"gateway-propagation?": "the program has no task service", "gateway-spans": "it makes no gRPC call",
		"task-server?": "the program has no task service", "task-database?": "the program has no task service",
		"task-publish?": "the program has no task service", "verify-tree": "the program has no task service",
		"worker-extract?": "the gateway sends, not a task service", "worker-consumer": "as worker-extract",
	}
	kafka := challenge.Names{Database: "postgresql", Insert: "INSERT", Update: "UPDATE", Messaging: "kafka"}
	tests := []struct {
		file, language string
		names          challenge.Names
		open           map[string]string // items that are not met, and why that is right
	}{
		{file: "go.jsonl", language: "go"},
		{file: "node.jsonl", language: "node"},
		{file: "python.json", language: "python"},
		{file: "java.json", language: "java"},
		{file: "java-receive.json", language: "java"},
		{file: "dotnet.json", language: "dotnet"},
		{file: "dotnet-grpc.json", language: "dotnet"},
		{file: "rust.json", language: "rust", open: map[string]string{
			"task-publish": "the AWS SDK for Rust records no queue, and the item is about it",
		}},
		{file: "node-kafka.json", language: "node", names: kafka, open: withoutTasks},
		{file: "node-pg-kafkajs.jsonl", language: "node", names: kafka, open: withoutTasks},
		{file: "go-messages.jsonl", language: "go", names: kafka, open: withoutTasks},
		{file: "python-kafka.json", language: "python", names: kafka, open: withoutTasks},
		{
			file: "node-mongodb-amqplib.jsonl", language: "node", open: withoutTasks,
			names: challenge.Names{Database: "mongodb", Insert: "insert", Update: "update", Messaging: "rabbitmq"},
		},
		{
			file: "python-celery.json", language: "python", open: withoutTasks,
			names: challenge.Names{Database: "mongodb", Insert: "insert", Update: "update", Messaging: "celery"},
		},
	}
	if files, err := filepath.Glob("../tracetree/testdata/languages/*.json*"); err != nil || len(files) != len(tests) {
		t.Errorf("%d captures, %d rows: %v", len(files), len(tests), err)
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			g := grade(readCapture(t, test.file), test.names)
			got := open(g)
			for _, id := range got {
				if test.open[id] == "" {
					t.Errorf("%s is open without a reason", id)
				}
			}
			if len(got) != len(test.open) {
				t.Errorf("%d items are open, the table has reasons for %d: %v", len(got), len(test.open), got)
			}
			for _, v := range g.Verdicts {
				if v.Language != test.language && v.Status == challenge.NotMet && v.At.Service != "" {
					t.Errorf("%s: language is %q: want %q", v.Item.ID, v.Language, test.language)
				}
				if t.Failed() && v.Status != challenge.Met {
					t.Logf("%s: %s, at %s", v.Item.ID, v.Seen, v.At.Label)
				}
			}
		})
	}
}

func TestTheBestAndLatestRequestIsGraded(t *testing.T) {
	good := goodSpans(t)
	shift := func(spans []tracetree.Span, id byte) []tracetree.Span {
		m := slices.Clone(spans)
		for i := range m {
			m[i].TraceID = tracetree.TraceID{id}
			m[i].Start += int64(id) * 1e9
			m[i].End += int64(id) * 1e9
			m[i].Links = slices.Clone(m[i].Links)
			for k := range m[i].Links {
				m[i].Links[k].TraceID = tracetree.TraceID{id}
			}
		}
		return m
	}
	broken := &mutant{spans: good}
	broken.remove(t, update)
	spans := slices.Concat(shift(good, 1), shift(good, 2), shift(broken.spans, 3))
	g := grade(spans, challenge.Names{})
	if g.Requests != 3 || g.Trace != (tracetree.TraceID{2}) {
		t.Errorf("graded trace %s of %d requests: want the second of 3, the latest that is complete", g.Trace, g.Requests)
	}
	if ids := open(g); len(ids) > 0 {
		t.Errorf("open: %v", ids)
	}
}

// later returns the spans as those of another request, some seconds later.
func later(spans []tracetree.Span, seconds byte) []tracetree.Span {
	moved := slices.Clone(spans)
	for i := range moved {
		s := &moved[i]
		s.TraceID[15] ^= seconds
		s.Start, s.End = s.Start+int64(seconds)*1e9, s.End+int64(seconds)*1e9
		s.Links = slices.Clone(s.Links)
		for k := range s.Links {
			s.Links[k].TraceID[15] ^= seconds
		}
	}
	return moved
}

// If every request lost its context, each has the spans of its own time.
func TestLostSpansAreTheNearestOnes(t *testing.T) {
	m := &mutant{spans: goodSpans(t)}
	m.lose(t, process)
	spans := slices.Concat(m.spans, later(m.spans, 1), later(m.spans, 2))
	g := grade(spans, challenge.Names{})
	for _, v := range g.Verdicts {
		if want := (tracetree.TraceID{0: 0xee, 1: 1, 15: 2}).String(); v.Item.ID == "worker-extract" && v.At.Trace != want {
			t.Errorf("%s is about trace %s: want %s, of the third request as %s is", v.Item.ID, v.At.Trace, want, g.Trace)
		}
	}
}

// The checks report a mistake once for all requests of a capture. It counts for each of them.
func TestMistakeOfEveryRequestIsFound(t *testing.T) {
	spans := slices.Clone(goodSpans(t))
	for i := range spans {
		if s := &spans[i]; tracetree.Label(s) == insert {
			s.End = s.Start - 1000
		}
	}
	for _, capture := range [][]tracetree.Span{spans, slices.Concat(spans, later(spans, 1))} {
		got := open(grade(capture, challenge.Names{}))
		if diff := cmp.Diff([]string{"self-negative-duration"}, got); diff != "" {
			t.Errorf("open of %d spans (-want +got):\n%s", len(capture), diff)
		}
	}
	// The mistakes of another request don't.
	capture := slices.Concat(spans, later(goodSpans(t), 1))
	if got := open(grade(capture, challenge.Names{})); len(got) > 0 {
		t.Errorf("open because of another request: %v", got)
	}
}

// The consumer of a batch is shown below one producer, and belongs to all of them.
func TestBatchBelongsToEachOfItsRequests(t *testing.T) {
	good := goodSpans(t)
	second := slices.Clone(good)
	for i := range second {
		second[i].TraceID = tracetree.TraceID{2}
		second[i].Start, second[i].End = second[i].Start+1000, second[i].End+1000
	}
	m := &mutant{spans: second}
	m.remove(t, update)
	m.remove(t, process)
	sent := m.spans[m.index(t, send)]
	batch := &mutant{spans: slices.Clone(good)}
	at := batch.index(t, process)
	batch.spans[at].Links = append(slices.Clone(batch.spans[at].Links),
		tracetree.Link{TraceID: sent.TraceID, SpanID: sent.SpanID})
	for _, label := range []string{entry, server, insert} { // so that the second request has more pieces
		batch.remove(t, label)
	}
	g := grade(slices.Concat(batch.spans, m.spans), challenge.Names{})
	if g.Trace != (tracetree.TraceID{2}) {
		t.Fatalf("graded trace %s: want the second", g.Trace)
	}
	for _, v := range g.Verdicts {
		if v.Item.Group == "Worker" && v.Status != challenge.Met {
			t.Errorf("%s: %s: %s", v.Item.ID, v.Status, v.Seen)
		}
	}
}

func TestOtherNames(t *testing.T) {
	spans := slices.Clone(goodSpans(t))
	const ours = `gateway: edge
task_service: orders
worker: shipper
`
	renamed := map[string]string{"api-gateway": "edge", "task-service": "orders", "worker": "shipper"}
	for i := range spans {
		origin := *spans[i].Origin
		origin.Resource = slices.Clone(origin.Resource)
		for j, a := range origin.Resource {
			if a.Key == "service.name" {
				origin.Resource[j].Value = tracetree.String(renamed[a.Value.Text()])
			}
		}
		spans[i].Origin = &origin
	}
	names, err := challenge.ReadNames("names.yaml", ours)
	if err != nil {
		t.Fatal(err)
	}
	if ids := open(grade(spans, names)); len(ids) > 0 {
		t.Errorf("with their names, open: %v", ids)
	}
	g := grade(spans, challenge.Names{})
	if v := g.Verdicts[0]; v.Status != challenge.NotVisible || !strings.Contains(v.Seen, "edge, orders, shipper") {
		t.Errorf("with the course's names: %s: %q, want the services' names", v.Status, v.Seen)
	}
}

func TestNamesHavePlacesOfMistakes(t *testing.T) {
	tests := []struct{ text, want string }{
		{"gateway: edge\nqeue: x\n", `n.yaml:2:1: unknown field "qeue" in the file of names`},
		{"operation: tasks\n", `n.yaml:1:12: operation: found "tasks": want a method and a route`},
		{"queue:\n", "n.yaml:1:7: queue is empty"},
	}
	for _, test := range tests {
		_, err := challenge.ReadNames("n.yaml", test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error is %v: want %s", test.text, err, test.want)
		}
	}
}

func TestNothingToGrade(t *testing.T) {
	g := grade(nil, challenge.Names{})
	if g.Requests != 0 || g.Open() != len(g.Verdicts) {
		t.Errorf("%d requests, %d of %d items open: want all open", g.Requests, g.Open(), len(g.Verdicts))
	}
	for _, v := range g.Verdicts {
		if v.Status != challenge.NotVisible {
			t.Errorf("%s: %s: want not visible", v.Item.ID, v.Status)
		}
	}
}

func TestEveryItemHasAdviceForEveryLanguage(t *testing.T) {
	seen := map[string]bool{}
	for _, item := range challenge.Items(challenge.Names{}.WithDefaults()) {
		if seen[item.ID] {
			t.Errorf("%s occurs twice", item.ID)
		}
		seen[item.ID] = true
		for _, l := range challenge.Languages() {
			if item.AdviceFor(l.ID) == "" {
				t.Errorf("%s has no advice for %s", item.ID, l.Name)
			}
		}
	}
}
