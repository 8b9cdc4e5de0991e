package tracetree_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
)

// courseTree is what a CreateTask of the services of this project looks like.
const courseTree = `api-gateway: POST /tasks (root)
  task-service: /tasks.TaskService/CreateTask
    db: PutItem (tasks table)
    sqs: SendMessage (task-events)
      worker: process task-created          ← linked span
        db: UpdateItem (tasks table)
`

func traceID(n uint64) (id tracetree.TraceID) {
	binary.BigEndian.PutUint64(id[8:], n)
	return id
}

func spanID(n uint64) (id tracetree.SpanID) {
	binary.BigEndian.PutUint64(id[:], n)
	return id
}

func origin(service string) *tracetree.Origin {
	return &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String(service)}}}
}

// attrs makes string attributes of keys and values.
func attrs(pairs ...string) []tracetree.Attr {
	var list []tracetree.Attr
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, tracetree.Attr{Key: pairs[i], Value: tracetree.String(pairs[i+1])})
	}
	return list
}

// span makes a span of trace 1 that starts at its own id.
func span(id, parent uint64, name string, change ...func(*tracetree.Span)) tracetree.Span {
	s := tracetree.Span{
		TraceID: traceID(1), SpanID: spanID(id), Name: name, Start: int64(id), End: int64(id) + 1, Origin: origin("svc"),
		Kind: tracetree.KindInternal,
	}
	if parent != 0 {
		s.Parent = spanID(parent)
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

//go:noinline
func inTrace(n uint64) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.TraceID = traceID(n) }
}

func startingAt(start int64) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.Start = start }
}

func kind(k tracetree.Kind) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.Kind = k }
}

func remote(r tracetree.Remote) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.ParentRemote = r }
}

func service(name string) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.Origin = origin(name) }
}

//go:noinline
func with(pairs ...string) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.Attributes = append(s.Attributes, attrs(pairs...)...) }
}

//go:noinline
func linkTo(trace, id uint64) func(*tracetree.Span) {
	return func(s *tracetree.Span) {
		s.Links = append(s.Links, tracetree.Link{TraceID: traceID(trace), SpanID: spanID(id)})
	}
}

func failed(errorType string) func(*tracetree.Span) {
	return func(s *tracetree.Span) {
		s.Status = tracetree.StatusError
		if errorType != "" {
			s.Attributes = append(s.Attributes, attrs("error.type", errorType)...)
		}
	}
}

// courseSpans are the spans of a CreateTask as the services make them.
func courseSpans() []tracetree.Span {
	return []tracetree.Span{
		span(1, 0, "POST /tasks", service("api-gateway"), kind(tracetree.KindServer),
			with("http.request.method", "POST", "http.route", "/tasks", "http.method", "POST")),
		span(2, 1, "tasks.TaskService/CreateTask", service("api-gateway"), kind(tracetree.KindClient),
			with("rpc.system.name", "grpc", "rpc.method", "tasks.TaskService/CreateTask")),
		span(3, 2, "tasks.TaskService/CreateTask", service("task-service"), kind(tracetree.KindServer),
			remote(tracetree.RemoteYes),
			with("rpc.system.name", "grpc", "rpc.method", "tasks.TaskService/CreateTask")),
		span(4, 3, "DynamoDB.PutItem", service("task-service"), kind(tracetree.KindClient),
			with("rpc.system.name", "aws-api", "rpc.method", "DynamoDB/PutItem", "db.system.name", "aws.dynamodb",
				"db.operation.name", "PutItem", "db.collection.name", "tasks")),
		span(5, 3, "send task-events", service("task-service"), kind(tracetree.KindProducer),
			with("rpc.system.name", "aws-api", "rpc.method", "SQS/SendMessage", "messaging.system", "aws_sqs",
				"messaging.operation.name", "send", "messaging.operation.type", "send",
				"messaging.destination.name", "task-events")),
		span(6, 5, "process task-created", service("worker"), kind(tracetree.KindConsumer), remote(tracetree.RemoteYes),
			linkTo(1, 5),
			with("messaging.system", "aws_sqs", "messaging.operation.name", "process", "messaging.operation.type", "process",
				"messaging.destination.name", "task-events", "cloudevents.event_type", "task-created")),
		span(7, 6, "DynamoDB.UpdateItem", service("worker"), kind(tracetree.KindClient),
			with("rpc.system.name", "aws-api", "rpc.method", "DynamoDB/UpdateItem", "db.system.name", "aws.dynamodb",
				"db.operation.name", "UpdateItem", "db.collection.name", "tasks")),
	}
}

func TestCreateTaskIsPrintedAsTheCourseExpectsIt(t *testing.T) {
	forest := tracetree.Build(courseSpans())
	if diff := cmp.Diff(courseTree, tracetree.Format(forest)); diff != "" {
		t.Errorf("compact view (-want +got):\n%s", diff)
	}
	pattern, err := tracetree.Parse(courseTree)
	if err != nil {
		t.Fatal(err)
	}
	if report := pattern.Match(forest); report != nil {
		t.Errorf("the tree does not match its own spans:\n%v", report)
	}
}

func TestBuildPlacesSpans(t *testing.T) {
	server, consumer, client := kind(tracetree.KindServer), kind(tracetree.KindConsumer), kind(tracetree.KindClient)
	yes, no := remote(tracetree.RemoteYes), remote(tracetree.RemoteNo)
	tests := []struct {
		reason string
		spans  []tracetree.Span
		want   []string
	}{
		{"no spans", nil, nil},
		{
			"children stand by start, whatever the order of the slice",
			[]tracetree.Span{span(3, 1, "c"), span(2, 1, "b"), span(1, 0, "a")},
			[]string{"svc: a (root)", "  svc: b", "  svc: c"},
		},
		{
			"with equal starts, in the order of the slice",
			[]tracetree.Span{span(9, 1, "b", startingAt(5)), span(2, 1, "c", startingAt(5)), span(1, 0, "a")},
			[]string{"svc: a (root)", "  svc: b", "  svc: c"},
		},
		{
			"a parent of another trace is no parent",
			[]tracetree.Span{span(1, 0, "a"), span(2, 1, "b", inTrace(2))},
			[]string{"svc: a (root)", "", "svc: b (orphan)"},
		},
		{
			"a SERVER alone on top is the entry",
			[]tracetree.Span{span(2, 1, "a", server), span(3, 2, "b")},
			[]string{"svc: a (root)", "  svc: b"},
		},
		{
			"so is a CONSUMER",
			[]tracetree.Span{span(2, 1, "process a", consumer)},
			[]string{"svc: process a (root)"},
		},
		{
			"and any span below a parent that is known to be remote",
			[]tracetree.Span{span(2, 1, "a", yes)},
			[]string{"svc: a (root)"},
		},
		{
			"an INTERNAL whose parent is not known to be remote is an orphan",
			[]tracetree.Span{span(2, 1, "a"), span(4, 3, "b", no, inTrace(2))},
			[]string{"svc: a (orphan)", "", "svc: b (orphan)"},
		},
		{
			"of two without a parent neither is the entry",
			[]tracetree.Span{span(2, 1, "a", server), span(4, 3, "b", server)},
			[]string{"svc: a (orphan)", "", "svc: b (orphan)"},
		},
		{
			"nor is one next to the root",
			[]tracetree.Span{span(1, 0, "a"), span(4, 3, "b", server)},
			[]string{"svc: a (root)", "", "svc: b (orphan)"},
		},
		{
			"nor next to the root that is shown elsewhere",
			[]tracetree.Span{span(1, 0, "a"), span(2, 0, "b", inTrace(2), linkTo(1, 1)), span(4, 3, "c", inTrace(2), server)},
			[]string{"svc: a (root)", "  svc: b          ← linked span", "", "svc: c (orphan)"},
		},
		{
			"a cycle is cut at its earliest span",
			[]tracetree.Span{span(3, 2, "c"), span(2, 1, "b"), span(1, 3, "a"), span(4, 3, "d")},
			[]string{"svc: a (cycle)", "  svc: b", "    svc: c", "      svc: d"},
		},
		{
			"a span can be its own parent",
			[]tracetree.Span{span(1, 1, "a")},
			[]string{"svc: a (cycle)"},
		},
		{
			"children go to the first of duplicates",
			[]tracetree.Span{span(1, 0, "a"), span(2, 1, "b"), span(2, 1, "c", startingAt(1)), span(3, 2, "d")},
			[]string{"svc: a (root)", "  svc: c (duplicate)", "  svc: b", "    svc: d"},
		},
		{
			"a root that is there twice stays a root",
			[]tracetree.Span{span(2, 1, "a", server), span(2, 1, "a", server)},
			[]string{"svc: a (root)", "", "svc: a (root) (duplicate)"},
		},
		{
			"a linked root stands below the earliest span that it links to",
			[]tracetree.Span{
				span(1, 0, "a"), span(2, 0, "b", inTrace(2)),
				span(3, 0, "c", inTrace(3), linkTo(2, 2), linkTo(1, 1)),
			},
			[]string{"svc: a (root)", "  svc: c          ← linked span", "", "svc: b (root)"},
		},
		{
			"an entry is placed like a root",
			[]tracetree.Span{span(1, 0, "a"), span(3, 9, "process c", consumer, inTrace(3), linkTo(1, 1))},
			[]string{"svc: a (root)", "  svc: process c          ← linked span"},
		},
		{
			"a link to what is not there changes nothing",
			[]tracetree.Span{span(1, 0, "a", linkTo(7, 7))},
			[]string{"svc: a (root)"},
		},
		{
			"nor does a link to itself",
			[]tracetree.Span{span(1, 0, "a", linkTo(1, 1))},
			[]string{"svc: a (root)"},
		},
		{
			"a child keeps its parent and has the mark only for a link to it",
			[]tracetree.Span{span(1, 0, "a"), span(2, 1, "b"), span(3, 1, "c", linkTo(1, 2)), span(4, 1, "d", linkTo(1, 1))},
			[]string{"svc: a (root)", "  svc: b", "  svc: c", "  svc: d          ← linked span"},
		},
		{
			"two roots that link to each other are cut at the earlier",
			[]tracetree.Span{span(2, 0, "b", inTrace(2), linkTo(1, 1)), span(1, 0, "a", linkTo(2, 2))},
			[]string{"svc: a (cycle)", "  svc: b          ← linked span"},
		},
		{
			"a root that links to what is below it is cut",
			[]tracetree.Span{span(1, 0, "a", linkTo(1, 2)), span(2, 1, "b")},
			[]string{"svc: a (cycle)", "  svc: b"},
		},
		{
			"a CLIENT is folded only where its attributes say RPC or HTTP",
			[]tracetree.Span{span(1, 0, "a", client), span(2, 1, "b", server)},
			[]string{"svc: a (root)", "  svc: b"},
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			got := tracetree.Format(tracetree.Build(test.spans))
			want := strings.Join(append(test.want, ""), "\n")
			if test.want == nil {
				want = ""
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
