package lab_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"tracelab/fakes"
	"tracelab/lab"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

func TestRunRecordsEverythingOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := lab.Run(t.Context(), lab.Config{Wire: true, Logs: true, Latency: lab.RealisticLatency}, createRequest,
			lab.Request{Method: http.MethodGet, Path: "/tasks/" + lab.NewestTask})
		if err != nil {
			t.Fatal(err)
		}
		want := dedent(lab.ExpectedTree) + `
api-gateway: GET /tasks/:id (root)
  task-service: /tasks.TaskService/GetTask
    db: GetItem (tasks table)
`
		if diff := cmp.Diff(want, tracetree.Format(r.Forest)); diff != "" {
			t.Errorf("tree (-want +got):\n%s", diff)
		}
		if len(r.Answers) != 2 || r.Answers[0].Status != http.StatusCreated || r.Answers[1].Status != http.StatusOK {
			t.Errorf("answers are %v", r.Answers)
		}
		if r.Forest != r.Checked {
			t.Error("nothing was masked, and there are two forests")
		}
		if len(r.Findings.Findings) > 0 {
			t.Errorf("findings: %v", r.Findings.Findings)
		}
		if len(r.Logs) == 0 {
			t.Error("no log records")
		}
		var hops []string
		for _, hop := range r.Wire {
			hops = append(hops, hop.From+" → "+hop.To)
		}
		wantHops := []string{
			"client → api-gateway", "api-gateway → task-service", "task-service → task-events", "task-events → worker",
			"api-gateway → client",
			"client → api-gateway", "api-gateway → task-service", "api-gateway → client",
		}
		if diff := cmp.Diff(wantHops, hops); diff != "" {
			t.Errorf("hops (-want +got):\n%s", diff)
		}
	})
}

func TestRecordingKeepsSecretsForTheChecksOnly(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	_, span := provider.Tracer("test").Start(t.Context(), "work",
		trace.WithAttributes(attribute.String("db.password", "hunter22")))
	span.End()
	has := func(forest *tracetree.Forest) bool {
		value, _ := forest.Spans()[0].Attr("db.password")
		return value.Text() == "hunter22"
	}
	for _, test := range []struct {
		reason         string
		masked         bool
		checked, found bool
	}{
		{"the checks see what was recorded", false, true, true},
		{"the checks see what is exported", true, false, false},
	} {
		r := lab.NewRecording(recorder.Ended(), check.Config{}, test.masked)
		found := slices.ContainsFunc(r.Findings.Findings,
			func(f check.Finding) bool { return f.Check == "sensitive-attribute" })
		if has(r.Forest) || has(r.Checked) != test.checked || found != test.found {
			t.Errorf("%s: secret in Forest %v, in Checked %v, found %v", test.reason, has(r.Forest), has(r.Checked), found)
		}
		if got := attributesOf(r.Spans[0])["db.password"].AsString(); got == "hunter22" {
			t.Errorf("%s: secret in Spans", test.reason)
		}
	}
}

func TestRunReturnsWhatThereIsWhenItDoesNotSettle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := lab.Run(t.Context(),
			lab.Config{Drain: time.Second, DynamoDBFaults: []fakes.Fault{{Op: "UpdateItem", Delay: time.Hour}}}, createRequest,
			createRequest)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "1× DynamoDB.UpdateItem") {
			t.Errorf("the error is %v, want the deadline and what is open", err)
		}
		if r == nil || len(r.Answers) != 1 || len(r.Forest.Spans()) == 0 {
			t.Errorf("the recording is %+v, want the first answer and its spans", r)
		}
	})
}

func TestRunNeedsATaskForItsID(t *testing.T) {
	_, err := lab.Run(t.Context(), lab.Config{}, lab.Request{Method: http.MethodGet, Path: "/tasks/" + lab.NewestTask})
	if err == nil || !strings.Contains(err.Error(), "no task was created yet") {
		t.Errorf("the error is %v", err)
	}
}

func TestRunReleasesAHeldWorkerAfterTheLastRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := lab.Run(t.Context(), lab.Config{HoldWorker: true, Consumer: "batch"}, createRequest, createRequest)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(tracetree.Format(r.Forest), "worker: process"); got != 1 {
			t.Errorf("%d spans of the worker, want one for both messages:\n%s", got, tracetree.Format(r.Forest))
		}
	})
}
