package task_test

import (
	"strings"
	"testing"

	"tracelab/taskservice/task"
)

func TestEventHasTheFormThatConsumersRelyOn(t *testing.T) {
	got, err := task.Event{Type: task.EventCreated, TaskID: "42"}.Encode()
	if want := `{"type":"task-created","task_id":"42"}`; err != nil || got != want {
		t.Errorf("body is %s, error %v, want %s", got, err, want)
	}
}

func TestDecodeEvent(t *testing.T) {
	tests := []struct {
		body   string
		want   task.Event
		err    string
		reason string
	}{
		{`{"type":"task-created","task_id":"42"}`, task.Event{Type: "task-created", TaskID: "42"}, "", ""},
		{
			`{"type":"task-created","task_id":"42","new":1}`,
			task.Event{Type: "task-created", TaskID: "42"},
			"",
			"producers may be newer",
		},
		{
			`{"type":"other","task_id":"42"}`,
			task.Event{Type: "other", TaskID: "42"},
			"",
			"which types there are is the consumer's business",
		},
		{
			`{"type":"task-created"}`,
			task.Event{Type: "task-created"},
			"type and task_id are required",
			"the type that could be read is still told",
		},
		{`{"task_id":"42"}`, task.Event{TaskID: "42"}, "type and task_id are required", ""},
		{
			`{"type":"task-created","task_id":7}`,
			task.Event{Type: "task-created"},
			"decode event: ",
			"the type that could be read is still told",
		},
		{``, task.Event{}, "decode event: ", ""},
		{`null`, task.Event{}, "type and task_id are required", ""},
		{`{"type":"a"}{`, task.Event{}, "decode event: ", "one object and nothing more"},
	}
	for _, test := range tests {
		got, err := task.DecodeEvent(test.body)
		if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s is %+v, error %v, want %+v, %q: %s", test.body, got, err, test.want, test.err, test.reason)
		}
	}
}

// An event that is decoded without an error is complete, and encodes to the same event.
func FuzzDecodeEvent(f *testing.F) {
	for _, seed := range []string{
		`{"type":"task-created","task_id":"42"}`, `{"type":"a","task_id":"\ud800"}`, `{"TYPE":"a","Task_ID":"b"}`,
		`{}`, `null`, `[]`, `{"type":1}`, "\xff", `{"type":"a","type":"b","task_id":"c"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		event, err := task.DecodeEvent(body)
		if err != nil {
			return
		}
		if event.Type == "" || event.TaskID == "" {
			t.Errorf("%q is %+v, without an error", body, event)
		}
		encoded, err := event.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := task.DecodeEvent(encoded); err != nil || again != event {
			t.Errorf("%q is %+v, but %q is %+v, error %v", body, event, encoded, again, err)
		}
	})
}
