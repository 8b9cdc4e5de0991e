package tracetree_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/tracetree"
)

// words are names that are likely to meet, and names that try to be something else.
var words = []string{
	"a", "b", "POST /tasks", "tasks.S/M", "GET /tasks/{id}", "", " ", "a ", " a", "3x", "3x a", "?x a", "1..2x a", "...",
	"... a", "65> a",
	"a: b", "a:", ":", "*", "a*", "a (root)", "(root)", "root", "in order", "a (b", "a) b", "a)", "{a}", "a {b}", "[1ms]",
	"!error",
	"a !error", "← linked span", "a ← linked span", "<- linked span", "a<-b", "# a", "a # b", "a  # b", "a#", `"a"`, "`a`",
	`a"`, "a, b",
	"a}", "a=b", "│", "a │ b", "↪ a", "\x1b[31mred", "a\nb", "a\tb", "\xff", "é", "日本", "\u00a0", "\u202e", "@kind", "~",
	"process a",
}

func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(words), rapid.SampledFrom(words[:4]), rapid.String())
}

func anyValue() *rapid.Generator[tracetree.Value] {
	return rapid.OneOf(
		rapid.Map(anyText(), tracetree.String),
		rapid.Map(rapid.Int64(), tracetree.Int),
		rapid.Map(rapid.Float64(), tracetree.Float),
		rapid.Map(rapid.Bool(), tracetree.Bool),
		rapid.SampledFrom([]tracetree.Value{{}, tracetree.JSON(`["a","b"]`), tracetree.JSON(`[]`)}),
	)
}

var labelKeys = []string{
	"messaging.system", "messaging.operation", "messaging.destination", "cloudevents.event_type", "db.system",
	"db.operation",
	"db.collection.name", "rpc.system", "rpc.method", "rpc.service", "rpc.grpc.status_code", "http.request.method",
	"http.route",
	"http.status_code", "server.address", "error.type", "aws.dynamodb.table_names", "messaging.operation.type",
	"express.type",
}

func anySpan() *rapid.Generator[tracetree.Span] {
	id := rapid.Uint64Range(0, 6)
	return rapid.Custom(func(t *rapid.T) tracetree.Span {
		s := tracetree.Span{
			TraceID:      traceID(rapid.Uint64Range(0, 2).Draw(t, "trace")),
			SpanID:       spanID(id.Draw(t, "id")),
			Parent:       spanID(id.Draw(t, "parent")),
			Name:         anyText().Draw(t, "name"),
			Start:        rapid.Int64Range(-1, 4).Draw(t, "start"),
			End:          rapid.Int64Range(-1, 6).Draw(t, "end"),
			Kind:         tracetree.Kind(rapid.IntRange(0, 5).Draw(t, "kind")),
			Status:       tracetree.Status(rapid.IntRange(0, 2).Draw(t, "status")),
			ParentRemote: tracetree.Remote(rapid.IntRange(0, 2).Draw(t, "remote")),
		}
		if rapid.Bool().Draw(t, "has origin") {
			s.Origin = origin(anyText().Draw(t, "service"))
		}
		key := rapid.OneOf(rapid.SampledFrom(labelKeys), anyText())
		for range rapid.IntRange(0, 4).Draw(t, "attributes") {
			s.Attributes = append(s.Attributes, tracetree.Attr{Key: key.Draw(t, "key"), Value: anyValue().Draw(t, "value")})
		}
		for range rapid.IntRange(0, 2).Draw(t, "links") {
			linkTo(rapid.Uint64Range(0, 3).Draw(t, "link trace"), id.Draw(t, "link span"))(&s)
		}
		return s
	})
}

// anySpans are the spans of damaged traces: ids meet, parents are missing, times lie.
func anySpans() *rapid.Generator[[]tracetree.Span] {
	return rapid.SliceOfN(anySpan(), 0, 12)
}

var views = [][]tracetree.Option{
	{}, {tracetree.Full}, {tracetree.Attributes}, {tracetree.Full, tracetree.Attributes},
}

// unprintable reports what could do harm to a terminal.
func unprintable(r rune) bool { return r != '\n' && !strconv.IsPrint(r) }

func TestLawWhatIsPrintedMatches(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		forest := tracetree.Build(anySpans().Draw(t, "spans"))
		for _, view := range views {
			text := tracetree.Format(forest, view...)
			if at := strings.IndexFunc(text, unprintable); at >= 0 {
				t.Fatalf("view %v has an unprintable character at %d: %q", view, at, text)
			}
			pattern, err := tracetree.Parse(text)
			if err != nil {
				t.Fatalf("view %v: %v\nof:\n%s", view, err, text)
			}
			if report := pattern.Match(forest, view...); report != nil {
				t.Fatalf("view %v of:\n%s\nreport:\n%s", view, text, report)
			}
			if diff := cmp.Diff(text, pattern.String()); diff != "" {
				t.Fatalf("view %v: the pattern is printed differently (-forest +pattern):\n%s", view, diff)
			}
		}
	})
}

func TestLawEverySpanHasOneLineOfTheFullView(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		spans := anySpans().Draw(t, "spans")
		before := slices.Clone(spans)
		forest := tracetree.Build(spans)
		if diff := cmp.Diff(before, spans, cmp.Comparer(func(a, b tracetree.Value) bool { return a == b })); diff != "" {
			t.Fatalf("Build changed spans:\n%s", diff)
		}
		lines := tracetree.Lines(forest, tracetree.Full)
		seen := make([]int, len(spans))
		var b strings.Builder
		for i, l := range lines {
			seen[l.Node.Index()]++
			if i > 0 && l.Depth == 0 {
				b.WriteByte('\n')
			}
			b.WriteString(l.Text + "\n")
		}
		for i, n := range seen {
			if n != 1 {
				t.Errorf("span %d has %d lines", i, n)
			}
		}
		if diff := cmp.Diff(tracetree.Format(forest, tracetree.Full), b.String()); diff != "" {
			t.Errorf("Lines are not what Format prints (-format +lines):\n%s", diff)
		}
	})
}

func TestLawCompactViewShowsOrFoldsEverySpan(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		spans := anySpans().Draw(t, "spans")
		shown := make(map[int]int)
		for _, l := range tracetree.Lines(tracetree.Build(spans)) {
			shown[l.Node.Index()]++
			if !l.Folded.IsZero() {
				shown[-1-l.Folded.Index()]++
			}
			for _, n := range l.Inner {
				if shown[-1-n.Index()]++; shown[-1-n.Index()] > 1 {
					t.Errorf("span %d is an inner one of %d lines", n.Index(), shown[-1-n.Index()])
				}
			}
		}
		for i := range spans {
			if folded := shown[-1-i] > 0; folded == (shown[i] == 1) || shown[i] > 1 {
				t.Errorf("span %d has %d lines and is folded into %d", i, shown[i], shown[-1-i])
			}
		}
	})
}

func TestLawAnotherForestIsReported(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		expected := tracetree.Build(anySpans().Draw(t, "expected"))
		seen := tracetree.Build(anySpans().Draw(t, "seen"))
		pattern, err := tracetree.Parse(tracetree.Format(expected))
		if err != nil {
			t.Fatal(err)
		}
		report := pattern.Match(seen)
		if report == nil {
			return
		}
		if report.Differences == (tracetree.Differences{}) {
			t.Fatalf("a report without a difference:\n%v", report)
		}
		if text := report.String(); strings.ContainsFunc(text, unprintable) {
			t.Fatalf("a report with an unprintable character: %q", text)
		}
		d := report.Differences
		if d.Missing < 0 || d.Unexpected < 0 {
			t.Fatalf("negative counts: %+v\n%v", d, report)
		}
		shown := 0
		for _, l := range report.Lines {
			if l.Op != '-' {
				shown++
			}
		}
		if want := len(tracetree.Lines(seen)); shown != want {
			t.Fatalf("the report shows %d spans of %d:\n%v", shown, want, report)
		}
	})
}

func TestLawLinesOrderDoesNotMatter(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 8).Draw(t, "children")
		spans := []tracetree.Span{span(1, 0, "top")}
		for i := range n {
			parent := rapid.Uint64Range(1, uint64(i+1)).Draw(t, "parent")
			spans = append(spans, span(uint64(i+2), parent, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name")))
		}
		shuffled := slices.Clone(spans)
		for i := range shuffled {
			shuffled[i].Start = rapid.Int64Range(1, 100).Draw(t, "start")
		}
		pattern, err := tracetree.Parse(tracetree.Format(tracetree.Build(spans)))
		if err != nil {
			t.Fatal(err)
		}
		if report := pattern.Match(tracetree.Build(shuffled)); report != nil {
			t.Fatalf("times of siblings changed the match:\n%v", report)
		}
	})
}
