package tracetree_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
)

func mustParse(t testing.TB, text string) *tracetree.Pattern {
	t.Helper()
	p, err := tracetree.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// lostContext are the spans of a CreateTask whose worker did not get the context.
func lostContext() []tracetree.Span {
	spans := courseSpans()
	for i := range spans[5:] {
		spans[5+i].TraceID = traceID(2)
	}
	spans[5].Parent, spans[5].Links = tracetree.SpanID{}, nil
	return spans
}

func TestReportShowsWhatDiffers(t *testing.T) {
	tests := []struct {
		reason  string
		spans   []tracetree.Span
		pattern string
		want    string
	}{
		{
			"lost context: a subtree stands elsewhere",
			lostContext(),
			strings.Replace(courseTree, "(tasks table)", "(tasks table) {db.operation=PutItem}", 1),
			`
  api-gateway: POST /tasks (root)
    task-service: /tasks.TaskService/CreateTask
~     db: PutItem (tasks table) {db.operation=PutItem}          db.operation: want PutItem, got (absent)
      sqs: SendMessage (task-events)
-       worker: process task-created          ← linked span
-         db: UpdateItem (tasks table)
+ worker: process task-created (root)          » moved: expected below sqs: SendMessage (task-events)
+   db: UpdateItem (tasks table)
1 attribute differs, 1 subtree moved. Context was lost between sqs: SendMessage (task-events) and worker: process task-created: worker's span starts a new trace.
`,
		},
		{
			"a missing line stands where the pattern has it",
			[]tracetree.Span{span(1, 0, "a"), span(3, 1, "c"), span(4, 1, "d")},
			"svc: a (root)\n  svc: b\n    svc: x\n  svc: c\n",
			`
  svc: a (root)
-   svc: b
-     svc: x
    svc: c
+   svc: d
2 spans are missing, 1 span is unexpected.
`,
		},
		{
			"marks, status and times",
			[]tracetree.Span{
				span(2, 1, "a", failed("timeout")), span(3, 2, "b"), span(4, 2, "c", linkTo(1, 2)),
				span(5, 2, "d", failed("")),
			},
			"svc: a (root) !error=refused\n  svc: b !error [>=1ms]\n  svc: c\n  svc: d\n",
			`
~ svc: a (root) !error=refused          want (root), got (orphan); want !error=refused, got !error=timeout
~   svc: b !error [>=1ms]          want !error, got status unset; want [>=1ms], got 1ns
~   svc: c          want no mark, got ← linked span
~   svc: d          want no error, got !error without error.type
2 spans are marked differently, 3 statuses differ, 1 time differs.
`,
		},
		{
			"attributes",
			[]tracetree.Span{span(1, 0, "a", with("k", "v w", "n", "12", "x", "1"))},
			`svc: a (root) {= k="v,w", n<10, m, !k, @kind=server}`,
			`
~ svc: a (root) {= k="v,w", n<10, m, !k, @kind=server}          k: want "v,w", got v w; n: want <10, got 12; m: want any value, got (absent); k: want (absent), got v w; @kind: want server, got internal; x: want (absent), got a value
6 attributes differ.
`,
		},
		{
			"counts",
			[]tracetree.Span{span(1, 0, "a"), span(2, 1, "b"), span(3, 1, "c"), span(4, 1, "c"), span(5, 1, "c")},
			"svc: a (root)\n  3x svc: b\n  1..2x svc: c\n",
			`
  svc: a (root)
    svc: b
-   3x svc: b          want 3x, got 1
    svc: c
    svc: c
+   svc: c
2 spans are missing, 1 span is unexpected.
`,
		},
		{
			"order",
			[]tracetree.Span{span(1, 0, "a"), span(2, 1, "c"), span(3, 1, "b")},
			"svc: a (root) (in order)\n  svc: b\n  svc: c\n",
			`
~ svc: a (root) (in order)          order: want the spans below in the order of the pattern
    svc: c
    svc: b
1 order differs.
`,
		},
		{
			"what is inserted moves what is below it",
			[]tracetree.Span{span(1, 0, "a"), span(2, 1, "new"), span(3, 2, "b"), span(4, 3, "c")},
			"svc: a (root)\n  svc: b\n    svc: c\n",
			`
  svc: a (root)
-   svc: b
-     svc: c
+   svc: new
+     svc: b          » moved: expected below svc: a
+       svc: c
1 span is unexpected, 1 subtree moved.
`,
		},
		{
			"one missing subtree explains one that is elsewhere",
			[]tracetree.Span{span(1, 0, "a"), span(2, 1, "b"), span(3, 2, "x"), span(4, 2, "x")},
			"svc: a (root)\n  svc: b\n  svc: x\n",
			`
  svc: a (root)
    svc: b
+     svc: x          » moved: expected below svc: a
+     svc: x
-   svc: x
1 span is unexpected, 1 subtree moved.
`,
		},
		{
			"of what is wild the report shows what was there",
			[]tracetree.Span{span(1, 0, "GET /a", failed(""))},
			"*: GET * (root)",
			`
~ svc: GET /a (root)          want no error, got !error without error.type
1 status differs.
`,
		},
		{
			"what is missing at any depth",
			[]tracetree.Span{span(1, 0, "a"), span(2, 1, "b"), span(3, 2, "c")},
			"svc: a (root)\n  ... 2x svc: c\n  ... svc: d\n    svc: e\n",
			`
  svc: a (root)
    svc: b
      svc: c
-   ... 2x svc: c          want 2x, got 1
-   ... svc: d
-     svc: e
3 spans are missing.
`,
		},
		{
			"too many at any depth",
			[]tracetree.Span{span(1, 0, "a"), span(2, 1, "b"), span(3, 2, "b")},
			"svc: a (root)\n  ... svc: b\n    ...\n",
			`
  svc: a (root)
    svc: b
      svc: b
+   ... svc: b          want 1x, got 2
1 span is unexpected.
`,
		},
		{
			"a subtree that is expected at any depth is elsewhere",
			[]tracetree.Span{span(1, 0, "a"), span(2, 1, "b"), span(3, 0, "c", inTrace(2)), span(4, 3, "d", inTrace(2))},
			"svc: a (root)\n  ... svc: c\n    svc: d\n",
			`
  svc: a (root)
    svc: b
-   ... svc: c
-     svc: d
+ svc: c (root)          » moved: expected at any depth below svc: a
+   svc: d
1 subtree moved. Context was lost between svc: a and svc: c: svc's span starts a new trace.
`,
		},
		{
			"every hop that was lost is named, and what is in its place below a moved span is not moved",
			[]tracetree.Span{
				span(1, 0, "a"), span(7, 1, "x"),
				span(2, 0, "b", inTrace(2)), span(3, 2, "c", inTrace(2)), span(4, 2, "d", inTrace(2)), span(8, 2, "y", inTrace(2)),
				span(5, 0, "e", inTrace(3)), span(6, 5, "f", inTrace(3)),
			},
			"svc: a (root)\n  svc: b\n    svc: c\n    svc: d\n      svc: e\n        svc: f\n",
			`
  svc: a (root)
-   svc: b
-     svc: c
-     svc: d
-       svc: e
-         svc: f
+   svc: x
+ svc: b (root)          » moved: expected below svc: a
+   svc: c
+   svc: d
+   svc: y
+ svc: e (root)          » moved: expected below svc: d
+   svc: f
2 spans are unexpected, 2 subtrees moved. Context was lost between svc: a and svc: b: svc's span starts a new trace. Context was lost between svc: d and svc: e: svc's span starts a new trace.
`,
		},
		{
			"a torn piece is placed although the one above it is found only later",
			[]tracetree.Span{
				span(1, 0, "a"),
				span(2, 0, "d", inTrace(2)), span(3, 2, "e", inTrace(2)),
				span(4, 0, "b", inTrace(3)), span(5, 4, "c", inTrace(3)),
			},
			"svc: a (root)\n  svc: b\n    svc: c\n      svc: d\n        svc: e\n",
			`
  svc: a (root)
-   svc: b
-     svc: c
-       svc: d
-         svc: e
+ svc: d (root)          » moved: expected below svc: c
+   svc: e
+ svc: b (root)          » moved: expected below svc: a
+   svc: c
2 subtrees moved. Context was lost between svc: c and svc: d: svc's span starts a new trace. Context was lost between svc: a and svc: b: svc's span starts a new trace.
`,
		},
		{
			"the calls of another request didn't move to this one",
			[]tracetree.Span{
				span(1, 0, "a"), span(2, 1, "b"), span(3, 1, "c"),
				span(4, 0, "a"), span(5, 4, "c"), span(6, 4, "c"), span(7, 4, "c"),
			},
			"svc: a (root)\n  svc: b\n  2x svc: c\n\nsvc: a (root)\n  2x svc: c\n",
			`
  svc: a (root)
    svc: b
    svc: c
-   2x svc: c          want 2x, got 1
  svc: a (root)
    svc: c
    svc: c
+   svc: c
1 span is missing, 1 span is unexpected.
`,
		},
		{
			"what ... stands for is no difference",
			[]tracetree.Span{span(1, 0, "a"), span(2, 1, "b"), span(3, 1, "c")},
			"svc: a (root)\n  ...\n  svc: d\n",
			`
  svc: a (root)
-   svc: d
    svc: b
    svc: c
1 span is missing.
`,
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			report := mustParse(t, test.pattern).Match(tracetree.Build(test.spans))
			if report == nil {
				t.Fatal("the pattern matches")
			}
			if diff := cmp.Diff(strings.TrimPrefix(test.want, "\n"), report.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNotesFollowTheSummary(t *testing.T) {
	report := mustParse(t, courseTree).Match(tracetree.Build(nil))
	report.Notes = append(report.Notes, "Nothing was seen.")
	if got, want := report.Summary(), "6 spans are missing. Nothing was seen."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A report of more lines than a screen has counts what repeats.
func TestLongReportsCountWhatRepeats(t *testing.T) {
	spans := []tracetree.Span{span(1, 0, "list")}
	for i := range uint64(20) {
		order := 100 + 10*i
		spans = append(spans, span(order, 1, "order"))
		for j := range uint64(3) {
			spans = append(spans, span(order+j+1, order, "get"))
		}
	}
	spans = append(spans, span(400, 1, "order"), span(401, 400, "get"), span(402, 1, "done"))
	const pattern = "svc: list (root)\n  19x svc: order\n    3x svc: get\n  5x svc: send\n  5x svc: send (mail)\n"
	const want = `  svc: list (root)
    19x svc: order
      3x svc: get
-   5x svc: send          want 5x, got 0
-   5x svc: send (mail)          want 5x, got 0
+   svc: order
+     3x svc: get
+   svc: order
+     svc: get
+   svc: done
10 spans are missing, 7 spans are unexpected.
`
	report := mustParse(t, pattern).Match(tracetree.Build(spans))
	if diff := cmp.Diff(want, report.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
