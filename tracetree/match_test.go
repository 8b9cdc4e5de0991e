package tracetree_test

import (
	"fmt"
	"strings"
	"testing"

	"tracelab/internal/slow"
	"tracelab/tracetree"
)

func TestMatchCompares(t *testing.T) {
	top := span(1, 0, "a")
	event := func(name string) func(*tracetree.Span) {
		return func(s *tracetree.Span) { s.Events = append(s.Events, tracetree.Event{Name: name}) }
	}
	lasting := func(start, end int64) func(*tracetree.Span) {
		return func(s *tracetree.Span) { s.Start, s.End = start, end }
	}
	scoped := func(s *tracetree.Span) { s.Origin = &tracetree.Origin{ScopeName: "lib"} }
	one := func(change ...func(*tracetree.Span)) []tracetree.Span {
		return []tracetree.Span{span(1, 0, "a", change...)}
	}
	tests := []struct {
		reason  string
		spans   []tracetree.Span
		pattern string
		want    bool
	}{
		{"an empty forest is what empty text expects", nil, "", true},
		{"anything else is not", one(), "", false},
		{"a root needs its mark", one(), "svc: a", false},
		{"another label", one(), "svc: b (root)", false},
		{"a quoted * is a *", one(), `svc: "*" (root)`, false},
		{"an unquoted one is any text", one(), "*: * (root)", true},
		{"no target is not any target", courseSpans()[:1], "api-gateway: POST /tasks (*) (root)", false},
		{"a failure needs its mark", one(failed("")), "svc: a (root)", false},
		{"the reverse", one(), "svc: a (root) !error", false},
		{"any type of error", one(failed("timeout")), "svc: a (root) !error", true},
		{"this type of error", one(failed("timeout")), "svc: a (root) !error=time*", true},
		{"another type of error", one(failed("timeout")), "svc: a (root) !error=refused", false},

		{"a span at any depth", courseSpans(), "api-gateway: POST /tasks (root)\n  ... db: UpdateItem (tasks table)", true},
		{
			"with what is below it", courseSpans(),
			"api-gateway: POST /tasks (root)\n  ... sqs: SendMessage (task-events)\n    worker: *  <- linked span\n      ...",
			true,
		},
		{"but not without it", courseSpans(), "api-gateway: POST /tasks (root)\n  ... sqs: SendMessage (task-events)", false},
		{
			"a child is at some depth, too", courseSpans(), "api-gateway: POST /tasks (root)\n  ... task-service: *\n    ...",
			true,
		},
		{
			"the line above is not below itself", courseSpans(),
			"api-gateway: POST /tasks (root)\n  ... api-gateway: * (root)\n    ...", false,
		},
		{"all of a sort", courseSpans(), "api-gateway: POST /tasks (root)\n  ... 2x db: *Item (tasks table)", true},
		{"not one of two", courseSpans(), "api-gateway: POST /tasks (root)\n  ... db: *Item (tasks table)", false},
		{"at least one of two", courseSpans(), "api-gateway: POST /tasks (root)\n  ... +x db: *Item (tasks table)", true},
		{"at most one, and there is none", courseSpans(), "api-gateway: POST /tasks (root)\n  ... ?x db: Query", true},
		{"anywhere in the forest", courseSpans(), "... db: UpdateItem (tasks table)", true},
		{"nowhere in the forest", courseSpans(), "... db: Query", false},
		{
			"a span at no depth", courseSpans(),
			"api-gateway: POST /tasks (root)\n  ... 0x db: DeleteItem (tasks table)", true,
		},
		{
			"a span at no depth, that is deep below", courseSpans(),
			"api-gateway: POST /tasks (root)\n  ... 0x db: UpdateItem (tasks table)", false,
		},
		{"a span at no depth below, that is above", courseSpans(), "*: * (root)\n  ... 0x api-gateway: *", true},
		{"nothing failed anywhere", courseSpans(), "... 0x *: * !error\n\n... 0x *: * (*) !error", true},
		{
			"two lines at any depth may mean one span", courseSpans(),
			"... db: Update* (tasks table)\n\n... db: *dateItem (tasks table)", true,
		},
		{
			"other siblings have their own lines", courseSpans(),
			"api-gateway: POST /tasks (root)\n  task-service: *\n    db: PutItem (tasks table)\n" +
				"    ... db: UpdateItem (tasks table)", true,
		},
		{
			"such a line needs its own span, too", courseSpans(),
			"api-gateway: POST /tasks (root)\n  task-service: *\n    db: Query\n    ... db: UpdateItem (tasks table)", false,
		},

		{"an attribute", one(with("k", "v")), "svc: a (root) {k=v}", true},
		{
			"a number is compared by its text",
			one(func(s *tracetree.Span) { s.Attributes = []tracetree.Attr{{Key: "k", Value: tracetree.Int(7)}} }),
			"svc: a (root) {k=7}", true,
		},
		{"another value", one(with("k", "v")), "svc: a (root) {k!=v}", false},
		{"an absent attribute has no other value", one(), "svc: a (root) {k!=v}", false},
		{"an attribute that must not be", one(with("k", "v")), "svc: a (root) {!k}", false},
		{"a number below", one(with("k", "9")), "svc: a (root) {k<10}", true},
		{"text is not below a number", one(with("k", "x")), "svc: a (root) {k<10}", false},
		{"a regular expression", one(with("k", "abc")), `svc: a (root) {k~"^a.c$"}`, true},
		{"exactly these", one(with("k", "v", "l", "w")), "svc: a (root) {= k=v, l}", true},
		{"not exactly these", one(with("k", "v", "l", "w")), "svc: a (root) {= k=v}", false},
		{"none at all", one(with("k", "v")), "svc: a (root) {=}", false},
		{"the kind", one(kind(tracetree.KindServer)), "svc: a (root) {@kind=server}", true},
		{"the status", one(), "svc: a (root) {@status=unset}", true},
		{"the service", one(), "svc: a (root) {@service=s*}", true},
		{"the name", one(), "svc: a (root) {@name=b}", false},
		{"the scope", one(scoped), "*: a (root) {@scope=lib}", true},
		{"no scope", one(), "svc: a (root) {!@scope}", true},
		{"one of the events", one(event("x"), event("y")), "svc: a (root) {@event=y}", true},
		{"no event", one(event("x")), "svc: a (root) {!@event}", false},
		{"a root starts a trace", one(), "svc: a (root) {@trace=new}", true},
		{
			"so does a linked root",
			[]tracetree.Span{top, span(2, 0, "b", inTrace(2), linkTo(1, 1))},
			"svc: a (root)\n  svc: b {@trace=new} <- linked span", true,
		},
		{
			"a child does not",
			[]tracetree.Span{top, span(2, 1, "b")},
			"svc: a (root)\n  svc: b {@trace=new}", false,
		},

		{"below a bound", one(lasting(100, 149)), "svc: a (root) [<50ns]", true},
		{"not below it", one(lasting(100, 150)), "svc: a (root) [<50ns]", false},
		{"at least", one(lasting(100, 150)), "svc: a (root) [>=50ns]", true},
		{"at most", one(lasting(100, 150)), "svc: a (root) [<=50ns]", true},
		{"above", one(lasting(100, 150)), "svc: a (root) [>50ns]", false},
		{"in a range", one(lasting(100, 150)), "svc: a (root) [50ns..1s]", true},
		{"exactly", one(lasting(100, 150)), "svc: a (root) [=50ns]", true},
		{"a note is not compared", one(lasting(100, 150)), "svc: a (root) [7s]", true},
		{"an unknown duration is not short", one(lasting(0, 150)), "svc: a (root) [<1h]", false},
		{
			"the start, from the start of the span above",
			[]tracetree.Span{top, span(2, 1, "b", lasting(4, 9))},
			"svc: a (root)\n  svc: b [=5ns at +3ns]", true,
		},
		{
			"another start",
			[]tracetree.Span{top, span(2, 1, "b", lasting(5, 10))},
			"svc: a (root)\n  svc: b [=5ns at +3ns]", false,
		},

		{
			"the wild line leaves the other its only span",
			[]tracetree.Span{top, span(2, 1, "b"), span(3, 1, "c")},
			"svc: a (root)\n  svc: *\n  svc: b", true,
		},
		{
			"no span serves two lines",
			[]tracetree.Span{top, span(2, 1, "b")},
			"svc: a (root)\n  svc: *\n  svc: b", false,
		},
		{
			"order, where it is stated",
			[]tracetree.Span{top, span(2, 1, "c"), span(3, 1, "b")},
			"svc: a (root) (in order)\n  svc: c\n  svc: b", true,
		},
		{
			"rest between ordered lines",
			[]tracetree.Span{top, span(2, 1, "c"), span(3, 1, "x"), span(4, 1, "b")},
			"svc: a (root) (in order)\n  svc: c\n  ...\n  svc: b", true,
		},
		{
			"rest only where it stands",
			[]tracetree.Span{top, span(2, 1, "x"), span(3, 1, "c"), span(4, 1, "b")},
			"svc: a (root) (in order)\n  svc: c\n  ...\n  svc: b", false,
		},
		{"rest among the trees", []tracetree.Span{top, span(2, 0, "b", inTrace(2))}, "svc: a (root)\n\n...", true},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			report := mustParse(t, test.pattern).Match(tracetree.Build(test.spans))
			if got := report == nil; got != test.want {
				t.Errorf("matches: %v, want %v\n%v", got, test.want, report)
			}
		})
	}
}

func TestAnyFindsOneOfTheTrees(t *testing.T) {
	forest := tracetree.Build([]tracetree.Span{span(1, 0, "a"), span(2, 0, "b", inTrace(2))})
	pattern := mustParse(t, "svc: b (root)")
	if pattern.Match(forest) == nil {
		t.Error("matches without the option")
	}
	if report := pattern.Match(forest, tracetree.Any); report != nil {
		t.Errorf("does not match with it:\n%v", report)
	}
	if mustParse(t, "svc: c (root)").Match(forest, tracetree.Any) == nil {
		t.Error("matches a tree that is not there")
	}
}

// TestManySiblingsMatch is about time: without merging, or with a matching of single spans, it
// would not end.
func TestManySiblingsMatch(t *testing.T) {
	n := slow.Times(100_000, 10_000)
	spans := []tracetree.Span{span(1, 0, "a")}
	var distinct strings.Builder
	distinct.WriteString("svc: a (root)\n  svc: *\n")
	for i := range uint64(n) {
		name := fmt.Sprintf("b%d", i)
		if i > 0 {
			distinct.WriteString("  svc: " + name + "\n")
		}
		spans = append(spans, span(i+2, 1, name))
	}
	if mustParse(t, distinct.String()).Match(tracetree.Build(spans)) != nil {
		t.Error("distinct siblings do not match")
	}
	for i := range spans[1:] {
		spans[1+i].Name = "b"
	}
	forest := tracetree.Build(spans)
	if report := mustParse(t, fmt.Sprintf("svc: a (root)\n  %dx svc: b\n", n)).Match(forest); report != nil {
		t.Errorf("equal siblings do not match: %s", report.Summary())
	}
	equal := "svc: a (root)\n" + strings.Repeat("  svc: b\n", n-1)
	if got, want := mustParse(t, equal).Match(forest).Summary(), "1 span is unexpected."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestManyTracesMatch is about time, too: each with each would be 10¹⁰ comparisons.
func TestManyTracesMatch(t *testing.T) {
	var spans []tracetree.Span
	for i := range uint64(slow.Times(50_000, 5_000)) {
		spans = append(spans, span(3*i+1, 0, "a", inTrace(i)), span(3*i+2, 3*i+1, fmt.Sprintf("b%d", i), inTrace(i)))
	}
	pattern := mustParse(t, tracetree.Format(tracetree.Build(spans)))
	if report := pattern.Match(tracetree.Build(spans)); report != nil {
		t.Errorf("does not match: %s", report.Summary())
	}
	spans[1].Name = "c"
	if got, want := pattern.Match(tracetree.Build(spans)).Summary(),
		"1 span is missing, 1 span is unexpected."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestManyMovedSubtreesAreReported is about time as well: subtrees with one label at another place,
// and the ends of a deep tree, each of them moved.
func TestManyMovedSubtreesAreReported(t *testing.T) {
	n := uint64(slow.Times(50_000, 2_000))
	wide := []tracetree.Span{span(1, 0, "root")}
	for i := range n {
		wide = append(wide, span(2*i+2, 1, "a"), span(2*i+3, 2*i+2, fmt.Sprint("b", i)))
	}
	deep := []tracetree.Span{}
	for i := range n {
		deep = append(deep, span(2*i+1, max(2*i, 1)-1, "a"), span(2*i+2, 2*i+1, fmt.Sprint("b", i)))
	}
	for name, spans := range map[string][]tracetree.Span{"wide": wide, "deep": deep} {
		pattern := mustParse(t, tracetree.Format(tracetree.Build(spans)))
		var moved []tracetree.Span
		for _, s := range spans {
			if s.Name[0] == 'a' && name == "deep" {
				continue
			}
			if s.Name == "a" || name == "deep" {
				s.Parent = tracetree.SpanID{}
			}
			s.Start = int64(3*n) - s.Start // the last one is looked for first
			moved = append(moved, s)
		}
		report := pattern.Match(tracetree.Build(moved))
		if report == nil || report.Differences.Moved < 100 {
			t.Errorf("%s: %v, want many moved spans", name, report.Summary())
		}
	}
}

func TestDeepTracesAreBuiltPrintedAndMatched(t *testing.T) {
	depth := slow.Times(10_000, 3_000)
	spans := make([]tracetree.Span, depth)
	for i := range uint64(depth) {
		spans[i] = span(i+1, i, "a")
	}
	forest := tracetree.Build(spans)
	text := tracetree.Format(forest)
	if got := strings.Count(text, "\n"); got != depth {
		t.Fatalf("%d lines, want %d", got, depth)
	}
	pattern := mustParse(t, text)
	if report := pattern.Match(forest); report != nil {
		t.Errorf("does not match: %s", report.Summary())
	}
	spans[depth-1].Name = "b"
	if got, want := pattern.Match(tracetree.Build(spans)).Summary(),
		"1 span is missing, 1 span is unexpected."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
