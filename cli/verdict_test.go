package cli

import (
	"context"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/propagation"

	"tracelab/fakes"
	"tracelab/lab"
)

// The output is what was observed: with a part of the instrumentation or of the system broken, the
// tree is different, and the last line reports it.
func TestLastLineReportsAnUnexpectedTree(t *testing.T) {
	tests := []struct {
		name   string
		config lab.Config
		line   string // of the tree
		last   string
	}{
		{
			"nothing is broken",
			lab.Config{},
			"      worker: process task-created          ← linked span",
			"This is the expected tree.",
		},
		{
			"the worker does not extract",
			lab.Config{WorkerPropagator: propagation.NewCompositeTextMapPropagator()},
			"worker: process task-created (root)",
			"This is not the expected tree: 1 subtree moved. Context was lost between sqs: SendMessage (task-events) and " +
				"worker: process task-created: worker's span starts a new trace. See run --expect.",
		},
		{
			"PutItem fails",
			lab.Config{DynamoDBFaults: []fakes.Fault{{Op: "PutItem", Err: fakes.Internal}}},
			"    db: PutItem (tasks table) !error=InternalServerError",
			"This is not the expected tree: 3 spans are missing, 3 statuses differ. See run --expect.",
		},
		{
			"the gRPC client has no handler",
			lab.Config{GatewayWithoutClientSpans: true},
			"task-service: /tasks.TaskService/CreateTask (root)",
			"This is not the expected tree: 1 subtree moved. Context was lost between api-gateway: POST /tasks and " +
				"task-service: /tasks.TaskService/CreateTask: task-service's span starts a new trace. See run --expect.",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			system, err := lab.Start(t.Context(), test.config)
			if err != nil {
				t.Fatal(err)
			}
			defer system.Close(context.Background())
			request, err := lab.CreateTask("x")
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			command := runCommand{Format: "tree"}
			if err := command.show(t.Context(), &environment{stdout: colorWriter(&out, "never"), width: 120}, system,
				request); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			found := false
			for _, line := range lines {
				before, _, _ := strings.Cut(line, " │")
				found = found || strings.TrimRight(before, " ") == test.line
			}
			if !found {
				t.Errorf("there is no line %q in\n%s", test.line, out.String())
			}
			if last := lines[len(lines)-1]; !strings.HasSuffix(last, test.last) {
				t.Errorf("the last line is %q, want it to end in %q", last, test.last)
			}
		})
	}
}
