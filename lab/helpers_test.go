package lab_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/fakes"
	"tracelab/lab"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/fromsdk"
)

// wantTreeOf compares the trees of some spans with their text.
func wantTreeOf(t testing.TB, spans []sdktrace.ReadOnlySpan, want string) {
	t.Helper()
	if diff := cmp.Diff(dedent(want), tracetree.Format(tracetree.Build(fromsdk.Spans(spans)))); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}

// named returns the spans of a name.
func named(spans []sdktrace.ReadOnlySpan, name string) []sdktrace.ReadOnlySpan {
	var found []sdktrace.ReadOnlySpan
	for _, span := range spans {
		if span.Name() == name {
			found = append(found, span)
		}
	}
	return found
}

// one returns the only span of a name.
func one(t testing.TB, spans []sdktrace.ReadOnlySpan, name string) sdktrace.ReadOnlySpan {
	t.Helper()
	found := named(spans, name)
	if len(found) != 1 {
		t.Fatalf("%d spans are named %q, want 1", len(found), name)
	}
	return found[0]
}

func attributesOf(span sdktrace.ReadOnlySpan) map[attribute.Key]attribute.Value {
	attrs := map[attribute.Key]attribute.Value{}
	for _, attr := range span.Attributes() {
		attrs[attr.Key] = attr.Value
	}
	return attrs
}

func serviceOf(span sdktrace.ReadOnlySpan) string {
	value, _ := span.Resource().Set().Value("service.name")
	return value.AsString()
}

// queued returns how many messages wait in a queue.
func queued(t testing.TB, l *lab.Lab, queue string) int {
	t.Helper()
	out, err := l.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl:       aws.String(fakes.QueueURL(queue)),
		AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(out.Attributes[string(types.QueueAttributeNameApproximateNumberOfMessages)])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// wantStatus reads a task and compares its status.
func wantStatus(t testing.TB, l *lab.Lab, id, want string) {
	t.Helper()
	response := ask(t, l, lab.Request{Method: "GET", Path: "/tasks/" + id})
	var task struct{ Status string }
	if err := json.Unmarshal(response.Body, &task); err != nil {
		t.Fatalf("%v: %s", err, response.Body)
	}
	if task.Status != want {
		t.Errorf("task %s is %s, want %s", id, task.Status, want)
	}
}

// sleepUntilSwept lets a bubble's time go on until the second sweep is over:
// the first comes too early for a task that was created just after the start.
func sleepUntilSwept(t testing.TB, l *lab.Lab) {
	t.Helper()
	<-time.After(5 * time.Minute) // no time at all, in a bubble
	settle(t, l)
}
