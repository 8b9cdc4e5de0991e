package tracetree_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/internal/kinds"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// TestViewsOfInstrumentations compares compact views of spans as the instrumentations of Node.js,
// Python and Java made them before those in testdata/languages, and of spans that nearly are.
func TestViewsOfInstrumentations(t *testing.T) {
	const view = `api-gateway: POST /tasks (root)
  task-service: /tasks.TaskService/CreateTask
    db: PutItem (tasks table)
    sqs: SendMessage (task-events)
      worker: process task-events          ← linked span
        db: UpdateItem (tasks table)
`
	unlinked := strings.Replace(view, "          ← linked span", "", 1)
	file := func(name string) string {
		text, err := os.ReadFile(filepath.Join("check", "testdata", "cases", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	edit := func(name string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(file(name)) }
	tests := []struct {
		kind               kinds.Input
		reason, text, want string
	}{
		{kinds.In("node"), "older names", file("node"), view},
		{
			kinds.In("node"), "newer names", edit("node", "messaging.destination\"", "messaging.destination.name\"",
				"aws.sqs", "aws_sqs", "messaging.message_id", "messaging.message.id", "http.method", "http.request.method",
				"http.url", "url.full"), view,
		},
		{
			kinds.Near("node"), "HTTP that isn't the transport of a call",
			edit("node", `"parentSpanId": "000000000000000a"`, `"parentSpanId": "0000000000000007"`),
			view + "    task-service: http.client.POST sqs.us-east-1.amazonaws.com\n",
		},
		{kinds.In("python"), "older names", file("python"), view},
		{
			kinds.In("python"), "newer names", edit("python", "messaging.destination\"", "messaging.destination.name\"",
				"aws.sqs", "aws_sqs"), view,
		},
		{
			kinds.Near("python"), "a processing that is named poll is no receiving",
			edit("python", "task-events process", "poll"), view,
		},
		{kinds.In("java"), "the agent's names", file("java"), unlinked},
		{
			kinds.In("java"), "the system's older name", edit("java", "aws_sqs", "AmazonSQS",
				"messaging.destination.name", "messaging.destination"), unlinked,
		},
		{
			kinds.Near("java"), "a topic is no queue",
			edit("java", `"Sqs"`, `"Sns"`, "aws_sqs", "aws.sns", "SendMessage", "Publish"),
			strings.Replace(unlinked, "sqs: SendMessage", "sns: Publish", 1),
		},
	}
	var inputs []kinds.Input
	for _, test := range tests {
		inputs = append(inputs, test.kind)
		t.Run(test.kind.Kind+": "+test.reason, func(t *testing.T) {
			spans, _, err := codec.ReadAll(strings.NewReader(test.text), test.kind.Kind)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, tracetree.Format(tracetree.Build(spans))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	kinds.Complete(t, "languages", inputs)
}
