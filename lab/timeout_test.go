package lab_test

import (
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"tracelab/fakes"
	"tracelab/internal/slow"
	"tracelab/lab"
)

// The deadlines of a request's calls are one moment, and what arrives first is different each time.
// The spans of the task service are the same nevertheless.
func TestSpansOfATimedOutRequestAreTheSameEachTime(t *testing.T) {
	for range slow.Times(300, 30) {
		synctest.Test(t, func(t *testing.T) {
			config := lab.Config{DynamoDBFaults: []fakes.Fault{{Op: "PutItem", Delay: time.Minute}}}
			r, err := lab.Run(t.Context(), config, createRequest)
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{
				"POST /tasks": "504", "DynamoDB.PutItem": "deadline_exceeded",
			} {
				if got := attributesOf(one(t, r.Spans, name))["error.type"]; got != attribute.StringValue(want) {
					t.Errorf("%s has error.type %q, want %q", name, got.AsString(), want)
				}
			}
		})
	}
}
