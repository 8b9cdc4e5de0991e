package api_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"tracelab/live/api"
	"tracelab/tracetree"
)

// A finding at thousands of spans has a small answer, and the rows and the details of each span
// refer to it.
func TestFindingsAtManySpans(t *testing.T) {
	const late = 3000 // spans outside of the time of their parent
	h, s := newAPI(t)
	id := func(n int) (id tracetree.SpanID) {
		binary.BigEndian.PutUint64(id[:], uint64(n))
		return id
	}
	trace := tracetree.TraceID{0xd, 15: 1}
	many := []tracetree.Span{{
		TraceID: trace, SpanID: id(1), Name: "all", Kind: tracetree.KindServer, Start: 1e18, End: 1e18 + 1e6,
		Origin: origin("shop"),
	}}
	for i := range late {
		many = append(many, tracetree.Span{
			TraceID: trace, SpanID: id(i + 2), Parent: id(1), Name: fmt.Sprint("late ", i), Start: 1e18 + 2e9, End: 1e18 + 3e9,
			Origin: many[0].Origin,
		})
	}
	s.Add(many)

	ask := func(path string, into any) (size int) {
		t.Helper()
		w := do(t, h, "GET", "/api/v1/traces/"+trace.String()+path, nil)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: status %d: %s", path, w.Code, w.Body)
		}
		size = w.Body.Len()
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			t.Fatal(err)
		}
		return size
	}
	var all api.Findings
	if size := ask("/findings", &all); size > 100_000 {
		t.Errorf("the answer has %d bytes, want less than 100,000", size)
	}
	at := slices.IndexFunc(all.Findings, func(f api.Finding) bool { return f.Check == "child-outside-parent" })
	if at < 0 {
		t.Fatalf("no finding about the late spans: %+v", all.Findings)
	}
	if f := all.Findings[at]; f.Others != late-1 || len(f.Also) != 100 {
		t.Errorf("the finding has %d others, of which %d are listed; want %d and 100", f.Others, len(f.Also), late-1)
	}
	var window api.Window
	ask("/rows?findings=true&from=2500&to=2600", &window)
	for _, row := range window.Rows {
		if !slices.Contains(row.Findings, at) {
			t.Errorf("row %d, %s, has the findings %v, want %d among them", row.Index, row.Text, row.Findings, at)
		}
	}
	ask("/rows?findings=true&to=1", &window)
	if slices.Contains(window.Rows[0].Findings, at) {
		t.Errorf("the root has the findings %v, want %d not among them", window.Rows[0].Findings, at)
	}
	window = api.Window{}
	ask("/rows?from=2500&to=2501", &window)
	if window.Rows[0].Findings != nil {
		t.Errorf("the row has the findings %v, want none unless they are asked for", window.Rows[0].Findings)
	}
	var span api.Span
	ask("/spans/"+id(2999).String()+"?findings=true", &span)
	if !slices.Contains(span.Findings, at) {
		t.Errorf("the span has the findings %v, want %d among them", span.Findings, at)
	}
}
