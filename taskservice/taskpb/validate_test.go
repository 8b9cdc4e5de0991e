package taskpb_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"tracelab/taskservice/task"
	"tracelab/taskservice/taskpb"
)

func TestValidateNamesTheFieldsThatBreakTheContract(t *testing.T) {
	create := func(title, description, key string) *taskpb.CreateTaskRequest {
		return &taskpb.CreateTaskRequest{Title: title, Description: description, IdempotencyKey: key}
	}
	update := func(id string, task *taskpb.Task, paths ...string) *taskpb.UpdateTaskRequest {
		task.Id = id
		return &taskpb.UpdateTaskRequest{Task: task, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}}
	}
	n := strings.Repeat
	tests := []struct {
		name   string
		in     interface{ Validate() []task.Violation }
		want   string // the fields, in order
		reason string
	}{
		{"fine", create("a", "", ""), "", ""},
		{
			"at every bound", create(n("é", 200), n("é", 4000), n("k", 255)), "",
			"characters are counted, but the key's bytes",
		},
		{"title over", create(n("é", 201), "", ""), "title", ""},
		{"no title", create("", "", ""), "title", ""},
		{"blank title", create(" \t\n\u2003", "", ""), "title", "any blanks"},
		{"description over", create("a", n("é", 4001), ""), "description", ""},
		{"key over", create("a", "", n("é", 128)), "idempotency_key", "256 bytes"},
		{"all over", create("", n("x", 4001), n("k", 256)), "title description idempotency_key", "said at once"},

		{"first page", &taskpb.ListTasksRequest{}, "", "0 stands for the default"},
		{"greatest page", &taskpb.ListTasksRequest{PageSize: 100}, "", ""},
		{"page over", &taskpb.ListTasksRequest{PageSize: 101}, "page_size", ""},
		{"page under", &taskpb.ListTasksRequest{PageSize: -1}, "page_size", ""},
		{"broken token", &taskpb.ListTasksRequest{PageSize: -1, PageToken: "\xff"}, "page_size page_token", "said at once"},

		{"get", &taskpb.GetTaskRequest{Id: "a"}, "", ""},
		{"longest id", &taskpb.GetTaskRequest{Id: n("x", 2048)}, "", ""},
		{"no id", &taskpb.GetTaskRequest{}, "id", ""},
		{"id over", &taskpb.GetTaskRequest{Id: n("x", 2049)}, "id", ""},
		{"broken id", &taskpb.GetTaskRequest{Id: "\xff"}, "id", "gRPC could not carry it"},
		{"id with a NUL", &taskpb.GetTaskRequest{Id: "a\x00"}, "id", "no task has one, and logs and terminals suffer"},
		{"id with a C1 control", &taskpb.DeleteTaskRequest{Id: "\u0085"}, "id", ""},
		{"delete", &taskpb.DeleteTaskRequest{Id: "a"}, "", ""},
		{"delete nothing", &taskpb.DeleteTaskRequest{}, "id", ""},

		{"update", update("a", &taskpb.Task{Title: "t"}, "title"), "", ""},
		{"update to nothing", update("a", &taskpb.Task{}, "description"), "", "a description may be empty"},
		{
			"title not named",
			update("a", &taskpb.Task{Title: n("x", 201)}, "description"),
			"",
			"what isn't written isn't looked at",
		},
		{"processed", update("a", &taskpb.Task{Status: taskpb.TaskStatus_TASK_STATUS_PROCESSED}, "status"), "", ""},
		{
			"pending",
			update("a", &taskpb.Task{Status: taskpb.TaskStatus_TASK_STATUS_PENDING}, "status"),
			"status",
			"its event is over and done with",
		},
		{"no status", update("a", &taskpb.Task{}, "status"), "status", ""},
		{"no mask", update("a", &taskpb.Task{}), "update_mask", ""},
		{"unknown path", update("a", &taskpb.Task{}, "created_at"), "update_mask", ""},
		{"the same path twice", update("a", &taskpb.Task{}, "description", "description"), "update_mask", ""},
		{"update nothing", &taskpb.UpdateTaskRequest{}, "task.id update_mask", "said at once"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var fields []string
			for _, violation := range test.in.Validate() {
				fields = append(fields, violation.Field)
				if violation.Description == "" {
					t.Errorf("%s is refused without a word", violation.Field)
				}
			}
			if got := strings.Join(fields, " "); got != test.want {
				t.Errorf("fields %q, want %q: %s", got, test.want, test.reason)
			}
		})
	}
}
