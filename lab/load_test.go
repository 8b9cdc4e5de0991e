package lab_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"tracelab/lab"
	"tracelab/tracetree"
)

func TestThousandConcurrentCreatesGiveAsManyWholeTraces(t *testing.T) {
	const n = 1000
	l := start(t, lab.Config{})
	ids := make([]string, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/tasks",
				strings.NewReader(fmt.Sprintf(`{"title": "task %d"}`, i)))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			l.Handler().ServeHTTP(w, r)
			var task struct{ ID string }
			if err := json.Unmarshal(w.Body.Bytes(), &task); err != nil || w.Code != http.StatusCreated {
				t.Errorf("status %d: %s", w.Code, w.Body)
			}
			ids[i] = task.ID
		})
	}
	group.Wait()
	settle(t, l)

	forest := l.Forest()
	if forest.NumTops() != n || len(forest.Spans()) != 7*n {
		t.Errorf("%d trees of %d spans in all, want %d of %d", forest.NumTops(), len(forest.Spans()), n, 7*n)
	}
	want := strings.Repeat(lab.ExpectedTree+"\n", n)
	if got := tracetree.Format(forest) + "\n"; got != want {
		t.Errorf("not all trees are the expected one:\n%.2000s", got)
	}

	tasks := allTasks(t, l)
	if len(tasks) != n {
		t.Errorf("%d tasks are stored, want %d", len(tasks), n)
	}
	for _, id := range ids {
		if tasks[id] != "PROCESSED" {
			t.Errorf("task %s is %q, want PROCESSED", id, tasks[id])
		}
	}
}

// allTasks returns the status of each task, by id, from all pages of the list.
func allTasks(t *testing.T, l *lab.Lab) map[string]string {
	t.Helper()
	tasks := map[string]string{}
	for token := ""; ; {
		response := ask(t, l, lab.Request{Method: "GET", Path: "/tasks?page_size=100&page_token=" + token})
		var page struct {
			Tasks         []struct{ ID, Status string }
			NextPageToken string `json:"next_page_token"`
		}
		if err := json.Unmarshal(response.Body, &page); err != nil {
			t.Fatalf("%v: %s", err, response.Body)
		}
		for _, task := range page.Tasks {
			if _, twice := tasks[task.ID]; twice {
				t.Errorf("task %s is on two pages", task.ID)
			}
			tasks[task.ID] = task.Status
		}
		if token = page.NextPageToken; token == "" {
			return tasks
		}
	}
}

func TestIdempotencyKeyMakesARetryReturnTheFirstResult(t *testing.T) {
	l := start(t, lab.Config{})
	first := ask(t, l, with(post(`{"title": "once"}`), "Idempotency-Key", "k1"))
	again := ask(t, l, with(post(`{"title": "once"}`), "Idempotency-Key", "k1"))
	other := ask(t, l, with(post(`{"title": "other"}`), "Idempotency-Key", "k1"))
	if first.Status != http.StatusCreated || again.Status != http.StatusCreated {
		t.Errorf("statuses %d and %d, want 201 twice", first.Status, again.Status)
	}
	if first.Header.Get("Location") != again.Header.Get("Location") {
		t.Errorf("locations %q and %q", first.Header.Get("Location"), again.Header.Get("Location"))
	}
	if again.Header.Get("Idempotency-Replayed") != "true" || first.Header.Get("Idempotency-Replayed") != "" {
		t.Error("the second answer, and it alone, should say that it was replayed")
	}
	if other.Status != http.StatusUnprocessableEntity {
		t.Errorf("status %d for another request under the key, want 422: %s", other.Status, other.Body)
	}
	if n := len(allTasks(t, l)); n != 1 {
		t.Errorf("%d tasks, want 1", n)
	}
	if n := len(named(l.Spans(), "send task-events")); n != 1 {
		t.Errorf("%d events were sent, want 1", n)
	}
}
