package challenge

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/internal/slow"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// isBelow reports by walking up whether a span is in the subtree of another one, or in that of a
// span which links to it.
func (r *request) isBelow(n, above tracetree.Node) bool {
	for {
		for _, l := range n.Span().Links {
			if linked, ok := r.forest.Lookup(l.TraceID, l.SpanID); ok && linked == above {
				return true
			}
		}
		parent, ok := n.Parent()
		if !ok || parent == above {
			return ok
		}
		n = parent
	}
}

// search finds the branch by trying all spans.
func (r *request) search(b *branch, above tracetree.Node, list []piece, found [][]span) outcome {
	o := notMet(above, "%s is missing", list[b.piece].what)
	for i, s := range found[b.piece] {
		if !above.IsZero() && !r.isBelow(s.Node, above) {
			if i == 0 {
				o = notMet(s.Node, "it is not below %s", tracetree.Label(above.Span()))
			}
			continue
		}
		all := true
		for _, part := range b.below {
			if missing := r.search(part, s.Node, list, found); missing.status != Met {
				o, all = missing, false
				break
			}
		}
		if all {
			return met(s.Node)
		}
	}
	return o
}

// kinds are spans of the pieces, and of nothing.
var kinds = []struct {
	service, name string
	kind          tracetree.Kind
	attributes    []tracetree.Attr
}{
	{"api-gateway", "POST /tasks", tracetree.KindServer, nil},
	{"api-gateway", "tasks.TaskService/CreateTask", tracetree.KindClient, nil},
	{"task-service", "tasks.TaskService/CreateTask", tracetree.KindServer, nil},
	{"task-service", "PutItem", tracetree.KindClient, texts("db.system", "dynamodb", "db.operation", "PutItem")},
	{
		"task-service", "send task-events", tracetree.KindProducer,
		texts("messaging.system", "aws_sqs", "messaging.operation.type", "send"),
	},
	{
		"worker", "process", tracetree.KindConsumer,
		texts("messaging.system", "aws_sqs", "messaging.operation.type", "process"),
	},
	{"worker", "UpdateItem", tracetree.KindClient, texts("db.system", "dynamodb", "db.operation", "UpdateItem")},
	{"worker", "work", tracetree.KindInternal, nil},
}

func texts(pairs ...string) (attributes []tracetree.Attr) {
	for i := 0; i < len(pairs); i += 2 {
		attributes = append(attributes, tracetree.Attr{Key: pairs[i], Value: tracetree.String(pairs[i+1])})
	}
	return attributes
}

func spanOf(kind, id int) tracetree.Span {
	k := kinds[kind]
	return tracetree.Span{
		TraceID: tracetree.TraceID{1}, SpanID: spanID(id), Name: k.name, Kind: k.kind, Attributes: k.attributes,
		Start: int64(id) + 1, End: int64(id) + 1000,
		Origin: &tracetree.Origin{Resource: texts("service.name", k.service)},
	}
}

func spanID(id int) tracetree.SpanID {
	return tracetree.SpanID{1, byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}
}

// The tree is found, and its first missing piece, as by trying all spans.
func TestTreeIsFoundAsByTryingAllSpans(t *testing.T) {
	statuses := make(map[Status]int)
	law.Check(t, func(t *rapid.T) {
		var spans []tracetree.Span
		n := rapid.IntRange(1, 14).Draw(t, "spans")
		for i := range n {
			// Complete trees are frequent: a span is the next piece, below its cause, unless a draw
			// changes that.
			kind, parent := i%len(kinds), [...]int{-1, 0, 1, 2, 2, 4, 5, 6}[i%len(kinds)]
			if rapid.IntRange(0, 9).Draw(t, "other kind") == 9 {
				kind = rapid.IntRange(0, len(kinds)-1).Draw(t, "kind")
			}
			if rapid.IntRange(0, 9).Draw(t, "other parent") == 9 {
				parent = rapid.IntRange(-1, i-1).Draw(t, "parent")
			}
			s := spanOf(kind, i)
			if parent >= 0 {
				s.Parent = spanID(parent)
			}
			for range rapid.IntRange(0, 3).Draw(t, "links") / 2 {
				s.Links = append(s.Links, tracetree.Link{TraceID: s.TraceID, SpanID: spanID(rapid.IntRange(0, n).Draw(t, "link"))})
			}
			spans = append(spans, s)
		}
		forest, names := tracetree.Build(spans), Names{}.WithDefaults()
		chosen, _ := choose(forest, names, tracetree.TraceID{})
		r := newRequest(forest, names, chosen)
		list := pieces(&names)
		found := make([][]span, len(list))
		for i, p := range list {
			found[i] = r.where(p.is)
		}
		if len(r.spans) == 0 {
			return
		}
		got, want := gradeTree(r), r.search(expected(), tracetree.Node{}, list, found)
		if got != want {
			t.Fatalf("%v %q at %v, want %v %q at %v\n%s", got.status, got.seen, got.at, want.status, want.seen, want.at,
				tracetree.Format(forest, tracetree.Full))
		}
		statuses[got.status]++
	})
	if statuses[Met] == 0 || statuses[NotMet] == 0 {
		t.Errorf("the law was tested with %v only", statuses)
	}
}

// A tree that is as deep as it has spans, each of which is a piece with links, takes linear time.
// It reports the time per span, for few spans and for many.
func BenchmarkDeepTree(b *testing.B) {
	grade := func(spans int) func(b *testing.B) {
		return func(b *testing.B) {
			var all []tracetree.Span
			for i := range spans {
				s := spanOf(max(i*len(kinds)/spans, 0), i)
				if i > 0 {
					s.Parent = spanID(i - 1)
					s.Links = []tracetree.Link{{TraceID: s.TraceID, SpanID: spanID(i / 2)}}
				}
				all = append(all, s)
			}
			forest, names := tracetree.Build(all), Names{}.WithDefaults()
			for b.Loop() {
				chosen, _ := choose(forest, names, tracetree.TraceID{})
				r := newRequest(forest, names, chosen)
				r.findings = []check.Finding{} // the checks have their own benchmark
				for _, item := range Items(names) {
					item.grade(r)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(spans), "ns/span")
		}
	}
	for _, spans := range []int{2_000, slow.Times(200_000, 20_000)} {
		b.Run(fmt.Sprint(spans), grade(spans))
	}
}
