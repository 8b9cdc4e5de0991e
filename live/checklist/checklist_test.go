package checklist_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tracelab/challenge"
	"tracelab/internal/sample"
	"tracelab/live/checklist"
	"tracelab/live/store"
	"tracelab/tracetree"
)

var names = challenge.Names{}.WithDefaults()

// answer is the checklist as a client decodes it.
type answer struct {
	Headings []checklist.Heading
	Trace    string `json:"trace_id"`
	Requests int
	Met      int
	Items    []struct{ ID, Status string }
	Tree     string
	LeftOut  int `json:"left_out"`
}

// read returns the answer of the handler.
func read(t *testing.T, c *checklist.Checklist) (a answer) {
	t.Helper()
	return readWith(t.Context(), t, c)
}

func readWith(ctx context.Context, t *testing.T, c *checklist.Checklist) (a answer) {
	t.Helper()
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", checklist.Path, nil))
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != 200 {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return a
}

func TestItemsAreMetWhenSpansArrive(t *testing.T) {
	s := store.New(store.Config{})
	list := checklist.New(s, names, tracetree.TraceID{})
	spans := sample.CreateTask(t)
	before := read(t, list)
	if before.Requests != 0 || before.Met != 0 || len(before.Items) != len(before.Headings) || before.Trace != "" {
		t.Errorf("%+v, want no item met", before)
	}
	s.Add(spans[:1])
	half := read(t, list)
	s.Add(spans[1:])
	whole := read(t, list)
	if half.Met <= before.Met || half.Met >= whole.Met || whole.Met != len(whole.Headings) {
		t.Errorf("%d items are met without spans, %d with one, %d of %d with all: want more each time, and all",
			before.Met, half.Met, whole.Met, len(whole.Headings))
	}
	if whole.Trace != spans[0].TraceID.String() || !strings.Contains(whole.Tree, "worker: process task-created") {
		t.Errorf("trace %s with the tree %s", whole.Trace, whole.Tree)
	}
	for i, item := range whole.Items {
		if item.ID != whole.Headings[i].ID || item.Status != "met" {
			t.Errorf("item %d is %+v, want %s to be met", i, item, whole.Headings[i].ID)
		}
	}
}

// TestOneRequestIsGraded tests that with a trace ID, a better request doesn't count, and nothing
// pushes the trace out.
func TestOneRequestIsGraded(t *testing.T) {
	s := store.New(store.Config{})
	spans := sample.CreateTask(t)
	one := sample.Copy(spans, 1)[:1]
	s.Add(one)
	for i := range 300 { // more spans than are graded
		s.Add(sample.Copy(spans, i+2))
	}
	if all := read(t, checklist.New(s, names, tracetree.TraceID{})); all.Met != len(all.Headings) || all.LeftOut != 0 {
		t.Errorf("%d items are met, and %d traces left out", all.Met, all.LeftOut)
	}
	only := read(t, checklist.New(s, names, one[0].TraceID))
	if only.Trace != one[0].TraceID.String() || only.Met == len(only.Headings) || only.Requests != 1 {
		t.Errorf("trace %s, %d items are met, %d requests: want the one of %v", only.Trace, only.Met, only.Requests,
			one[0].TraceID)
	}
}

func TestLargeTracesAreLeftOut(t *testing.T) {
	s := store.New(store.Config{})
	spans := sample.CreateTask(t)
	s.Add(spans)
	for i := range 3000 {
		s.Add([]tracetree.Span{{
			TraceID: tracetree.TraceID{9}, SpanID: tracetree.SpanID{1, byte(i >> 8), byte(i)}, Start: 1, End: 2,
			Name: "loop", Origin: spans[0].Origin,
		}})
	}
	if got := read(t, checklist.New(s, names, tracetree.TraceID{})); got.LeftOut != 1 || got.Met != len(got.Headings) {
		t.Errorf("%d traces are left out, %d items met: want the large one left out, and all met", got.LeftOut, got.Met)
	}
}

func TestOpenItemsNameTheirSpanWithoutSecrets(t *testing.T) {
	s := store.New(store.Config{})
	spans := sample.CreateTask(t)
	for i := range spans {
		spans[i].Attributes = nil
		spans[i].Name += " password=hunter2-correct-horse"
	}
	s.Add(spans)
	list := checklist.New(s, names, tracetree.TraceID{})
	graded, _ := list.Grade()
	grade := checklist.NewGrade(&graded, 0)
	pointed := 0
	for _, item := range grade.Items {
		if item.Status != challenge.Met && item.Span != "" {
			pointed++
			if item.Label == "" || item.Trace != spans[0].TraceID.String() {
				t.Errorf("%+v: want the label and the trace of its span", item)
			}
		}
		if item.Status != challenge.Met && (item.Seen == "" || item.Advice == "") {
			t.Errorf("%+v: want what was seen, and advice", item)
		}
	}
	if pointed == 0 {
		t.Error("no open item names its span")
	}
	text, err := json.Marshal(grade)
	if err != nil || strings.Contains(string(text), "hunter2") {
		t.Errorf("%v: the grade has the secret: %s", err, text)
	}
}

// TestGradingRests tests that many readers of changing traces share grades, and that each gets one
// of what had come.
func TestGradingRests(t *testing.T) {
	spans := sample.CreateTask(t) // in real time, for its durations
	synctest.Test(t, func(t *testing.T) {
		s := store.New(store.Config{})
		list := checklist.New(s, names, tracetree.TraceID{})
		began := time.Now()
		read(t, list)
		read(t, list)
		if took := time.Since(began); took != 0 {
			t.Errorf("two grades of the same took %v, want no wait", took)
		}
		s.Add(spans)
		var readers sync.WaitGroup
		for range 40 {
			readers.Go(func() {
				if grade := read(t, list); grade.Met != len(grade.Items) {
					t.Errorf("%d items are met after all spans have come", grade.Met)
				}
			})
		}
		readers.Wait()
		if took := time.Since(began); took != checklist.MinRest {
			t.Errorf("40 readers waited %v, want %v", took, checklist.MinRest)
		}
		s.Add(sample.Copy(spans, 1))
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if grade := readWith(gone, t, list); grade.Requests != 1 || time.Since(began) != checklist.MinRest {
			t.Errorf("a reader that has gone gets %d requests, want the last grade at once", grade.Requests)
		}
		if grade, _ := list.Grade(); grade.Requests != 2 || time.Since(began) != checklist.MinRest {
			t.Errorf("the command gets %d requests, want the grade of all spans at once", grade.Requests)
		}
	})
}

func TestRefusals(t *testing.T) {
	h := checklist.New(store.New(store.Config{}), names, tracetree.TraceID{}).Handler()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "DELETE", checklist.Path, nil))
	if w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("DELETE: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil || !strings.Contains(string(text), "| `GET "+checklist.Path+"` |") {
		t.Errorf("docs/api.md has no row for GET %s: %v", checklist.Path, err)
	}
}
