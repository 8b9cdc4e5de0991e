package translators

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
)

// span is what is compared of a span.
type span struct {
	Trace, ID, Parent, Name string
	Kind                    tracetree.Kind
	Status                  tracetree.Status
	Message, State          string
	Start, End              int64
	Flags                   uint32
	Attributes, Resource    map[string]string
	Scope                   [2]string // name and version
	Events, Links           []string
}

// spansOf returns spans by their trace, id and kind, which no two generated spans share.
func spansOf(spans []tracetree.Span) map[string]*span {
	all := make(map[string]*span, len(spans))
	for i := range spans {
		s := &spans[i]
		to := &span{
			Trace: s.TraceID.String(), ID: s.SpanID.String(), Parent: s.Parent.String(), Name: s.Name, Kind: s.Kind,
			Status: s.Status, Message: s.StatusMessage, Start: s.Start, End: s.End, Flags: s.Flags,
			Attributes: valuesOf(s.Attributes),
		}
		if s.Rare != nil {
			to.State = s.Rare.TraceState
		}
		if o := s.Origin; o != nil {
			to.Resource, to.Scope = valuesOf(o.Resource), [2]string{o.ScopeName, o.ScopeVersion}
		}
		for _, e := range s.Events {
			to.Events = append(to.Events, fmt.Sprintf("%s at %d %q -%d", e.Name, e.Time, valuesOf(e.Attributes),
				e.DroppedAttributes))
		}
		for _, l := range s.Links {
			to.Links = append(to.Links, fmt.Sprintf("%s %s %q %q -%d", l.TraceID, l.SpanID, l.TraceState,
				valuesOf(l.Attributes), l.DroppedAttributes))
		}
		all[to.Trace+to.ID+to.Name] = to
	}
	return all
}

// valuesOf returns attributes with their types, which are part of what is compared.
func valuesOf(attrs []tracetree.Attr) map[string]string {
	values := make(map[string]string)
	for _, a := range attrs {
		values[a.Key] = a.Value.Kind().String() + " " + a.Value.Text()
	}
	return values
}

// difference is one that is wanted.
type difference struct {
	name, reason string
	// apply makes of a span of the Collector what package codec is to make of the record that it is
	// from, and reports whether that is another one.
	apply func(theirs *span, record record) bool
}

var keepsStatusCode = difference{
	"`http.status_code` keeps its name", "people look for what is in the file; newer translators rename it",
	func(theirs *span, _ record) bool {
		value, has := theirs.Attributes["http.response.status_code"]
		if has {
			delete(theirs.Attributes, "http.response.status_code")
			theirs.Attributes["http.status_code"] = value
		}
		return has
	},
}

var descriptionIsTheMessage = difference{
	"`otel.status_description` is the message without a code too", "a description has no other meaning",
	func(theirs *span, _ record) bool {
		text, has := theirs.Attributes["otel.status_description"]
		if has {
			delete(theirs.Attributes, "otel.status_description")
			theirs.Message = strings.TrimPrefix(text, "string ")
		}
		return has
	},
}

// record is a generated span, as its format names what is in it.
type record struct {
	tags, process map[string]any
	references    []reference
	fields        map[string]any // of Zipkin's JSON
	logs          []map[string]any
}

type reference struct {
	follows     bool
	trace, span string
}

// compare compares the spans of both sides, and counts the differences that were needed.
func compare(t *testing.T, ours, theirs map[string]*span, records map[string]record, wanted []difference,
	used map[string]int, text string,
) {
	t.Helper()
	for key, s := range theirs {
		for _, d := range wanted {
			if d.apply(s, records[key]) {
				used[d.name]++
			}
		}
	}
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Fatalf("(-Collector +codec):\n%s\nof:\n%s", diff, text)
	}
}

// wantAllUsed fails for differences that no generated trace has, and compares the table in
// docs/translations.md with these, which are its source.
func wantAllUsed(t *testing.T, format string, wanted []difference, used map[string]int, update bool) {
	t.Helper()
	var table strings.Builder
	for _, d := range wanted {
		if used[d.name] == 0 {
			t.Errorf("no trace has the difference %q: it is not generated, or no longer a difference", d.name)
		}
		fmt.Fprintf(&table, "| %s | %s |\n", d.name, d.reason)
	}
	t.Logf("differences: %v", slices.Sorted(maps.Keys(used)))
	path := filepath.Join("..", "..", "docs", "translations.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin := "<!-- " + format + " -->\n\n| difference | reason |\n| --- | --- |\n"
	head, rest, ok := strings.Cut(string(text), begin)
	if !ok {
		t.Fatalf("%s has no line %q", path, begin)
	}
	old := rest[:len(rest)-len(afterTable(rest))]
	if update {
		if err := os.WriteFile(path, []byte(head+begin+table.String()+afterTable(rest)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(table.String(), old); diff != "" {
		t.Errorf("%s is stale, run the test with -update (-want +got):\n%s", path, diff)
	}
}

// afterTable returns what follows the rows of a table.
func afterTable(text string) string {
	for strings.HasPrefix(text, "|") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}
