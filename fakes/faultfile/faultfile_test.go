package faultfile_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tracelab/fakes"
	"tracelab/fakes/faultfile"
)

func parse(text string) (faultfile.Faults, error) {
	return faultfile.Parse("faults.yaml", text, []string{"tasks"}, []string{"events"})
}

func TestParseReadsAllFields(t *testing.T) {
	got, err := parse(`
- dynamodb: PutItem
  match: tasks
  about: a
  nth: 2
  times: -1
  error: throttled
  after: true
  delay: 100ms
- {"sqs": "SendMessage", "delivery_delay": "1s", "duplicate": 2}
- sqs: SendMessage
  drop: true
- sqs: ReceiveMessage
  swallow: true
`)
	if err != nil {
		t.Fatal(err)
	}
	want := faultfile.Faults{
		DynamoDB: []fakes.Fault{{
			Op: "PutItem", Match: "tasks", About: "a", Nth: 2, Times: -1, Err: fakes.Throttled, After: true,
			Delay: 100 * time.Millisecond,
		}},
		SQS: []fakes.Fault{
			{Op: "SendMessage", DeliveryDelay: time.Second, Duplicate: 2},
			{Op: "SendMessage", Drop: true},
			{Op: "ReceiveMessage", Swallow: true},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateErrors()); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestParseReportsMistakesWithTheirPlace(t *testing.T) {
	tests := []struct{ reason, text, want string }{
		{"both fakes", "- {dynamodb: PutItem, sqs: SendMessage, delay: 1s}", "faults.yaml:1:4: the fault names no fake"},
		{"unknown operation", "- dynamodb: Query\n  delay: 1s", `faults.yaml:1:13: unknown operation "Query"`},
		{"unknown field", "- dynamodb: PutItem\n  dealy: 1s", `faults.yaml:2:3: unknown field "dealy"`},
		{"unknown queue", "- sqs: SendMessage\n  match: tasks\n  drop: true", `queue "tasks", want one of events`},
		{"swallow of a send", "- sqs: SendMessage\n  swallow: true", "swallow: does not apply to SendMessage"},
		{"no effect", "- sqs: SendMessage", "the fault has no effect: want error, delay, delivery_delay"},
		{"no list", "dynamodb: PutItem", "faults.yaml:1:1: faults is an object: want a list"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			if _, err := parse(tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// Faults that are listed can be set again: their counts aside, they read as they were written.
func FuzzParse(f *testing.F) {
	f.Add("- dynamodb: PutItem\n  error: throttled\n  delay: 1.5s\n  nth: 3\n")
	f.Add("[{\"sqs\": \"SendMessage\", \"about\": \"x\", \"duplicate\": 1, \"delivery_delay\": \"1ms\"}]")
	f.Fuzz(func(t *testing.T, text string) {
		faults, err := parse(text)
		if err != nil {
			return
		}
		counted := func(all []fakes.Fault) (counts []fakes.FaultCount) {
			for _, f := range all {
				counts = append(counts, fakes.FaultCount{Fault: f})
			}
			return counts
		}
		listed, err := json.Marshal(faultfile.Counts(counted(faults.DynamoDB), counted(faults.SQS)))
		if err != nil {
			t.Fatal(err)
		}
		again, err := parse(strings.ReplaceAll(string(listed), `,"calls":0,"struck":0`, ""))
		if err != nil {
			t.Fatalf("%s: %v", listed, err)
		}
		if diff := cmp.Diff(faults, again, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("faults (-first +again):\n%s", diff)
		}
	})
}
