package lab_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tracelab/lab"
	"tracelab/tracetree"
)

func TestMain(m *testing.M) {
	// otelgrpc reads it, and would write other attributes.
	os.Unsetenv("OTEL_SEMCONV_STABILITY_OPT_IN")
	goleak.VerifyTestMain(m)
}

// start runs the system for one test.
func start(t testing.TB, config lab.Config) *lab.Lab {
	t.Helper()
	l, err := lab.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, l) })
	return l
}

func stop(t testing.TB, l *lab.Lab) {
	t.Helper()
	// The test's own context has ended when its cleanup runs.
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := l.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}

// ask sends a request, waits until all that follows from it is done, and
// returns the answer.
func ask(t testing.TB, l *lab.Lab, request lab.Request) *lab.Response {
	t.Helper()
	response, err := l.Do(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	settle(t, l)
	return response
}

// settle waits for at most an hour, which in a synctest bubble is no time, and
// in a test that is in order isn't waited for.
func settle(t testing.TB, l *lab.Lab) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if err := l.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

// createTask creates a task and returns its id.
func createTask(t testing.TB, l *lab.Lab) string {
	t.Helper()
	response := ask(t, l, createRequest)
	if response.Status != http.StatusCreated {
		t.Fatalf("status %d: %s", response.Status, response.Body)
	}
	var task struct{ ID string }
	if err := json.Unmarshal(response.Body, &task); err != nil {
		t.Fatal(err)
	}
	return task.ID
}

var createRequest = lab.Request{Method: http.MethodPost, Path: "/tasks", Body: `{"title": "Learn tracing"}`}

// wantTree compares the whole forest with its text, which may be indented as
// the test is.
func wantTree(t testing.TB, l *lab.Lab, want string, opts ...tracetree.Option) {
	t.Helper()
	if diff := cmp.Diff(dedent(want), tracetree.Format(l.Forest(), opts...)); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}

// dedent removes the indentation of a literal: that of its first line.
func dedent(text string) string {
	text = strings.Trim(text, "\n\t ")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimLeft(line, "\t")
	}
	return strings.Join(lines, "\n") + "\n"
}
