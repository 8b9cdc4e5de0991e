package taskservice_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"tracelab/taskservice"
	"tracelab/taskservice/taskpb"
)

// update returns a request that writes the fields of a mask, separated by commas.
func update(id, mask string, task *taskpb.Task) *taskpb.UpdateTaskRequest {
	task.Id = id
	in := &taskpb.UpdateTaskRequest{Task: task, UpdateMask: &fieldmaskpb.FieldMask{}}
	if mask != "" {
		in.UpdateMask.Paths = strings.Split(mask, ",")
	}
	return in
}

func TestUpdateWritesWhatTheMaskNames(t *testing.T) {
	done := taskpb.TaskStatus_TASK_STATUS_DONE
	tests := []struct {
		mask, want, reason string
	}{
		{"title", "new|old|PENDING", ""},
		{"description", "old|new|PENDING", ""},
		{"status", "old|old|DONE", ""},
		{"title,description,status", "new|new|DONE", ""},
		{"status,title", "new|old|DONE", "in any order"},
	}
	for _, test := range tests {
		t.Run(test.mask, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSystem(t, taskservice.Config{})
				out, err := s.CreateTask(t.Context(), &taskpb.CreateTaskRequest{Title: "old", Description: "old"})
				if err != nil {
					t.Fatal(err)
				}
				created := out.GetTask()
				pass(time.Second)
				answered, err := s.UpdateTask(
					t.Context(),
					update(created.GetId(), test.mask, &taskpb.Task{Title: "new", Description: "new", Status: done}),
				)
				if err != nil {
					t.Fatal(err)
				}
				stored, err := s.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: created.GetId()})
				if err != nil {
					t.Fatal(err)
				}
				for _, got := range []*taskpb.Task{answered, stored} {
					text := got.GetTitle() + "|" + got.GetDescription() + "|" + taskpb.StatusText(got.GetStatus())
					if text != test.want {
						t.Errorf("the task is %s, want %s: %s", text, test.want, test.reason)
					}
					if d := got.GetUpdatedAt().AsTime().Sub(created.GetUpdatedAt().AsTime()); d != time.Second ||
						!got.GetCreatedAt().AsTime().Equal(created.GetCreatedAt().AsTime()) {
						t.Errorf("updated after %s, created at %s", d, got.GetCreatedAt().AsTime())
					}
				}
			})
		})
	}
}

func TestUpdateThatIsInvalidNamesItsFields(t *testing.T) {
	tests := []struct {
		name   string
		in     *taskpb.UpdateTaskRequest
		fields string
		reason string
	}{
		{"no mask", &taskpb.UpdateTaskRequest{Task: &taskpb.Task{Id: "a"}}, "update_mask", ""},
		{
			"no task",
			&taskpb.UpdateTaskRequest{UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}}},
			"task.id title",
			"everything that is wrong is said at once",
		},
		{"unknown path", update("a", "id", &taskpb.Task{}), "update_mask", "the id is not for changing"},
		{"twice", update("a", "title,title", &taskpb.Task{Title: "t"}), "update_mask", ""},
		{
			"pending",
			update("a", "status", &taskpb.Task{Status: taskpb.TaskStatus_TASK_STATUS_PENDING}),
			"status",
			"its event is over and done with",
		},
		{"unknown status", update("a", "status", &taskpb.Task{Status: 99}), "status", ""},
	}
	s := newSystem(t, taskservice.Config{})
	for _, test := range tests {
		_, err := s.UpdateTask(t.Context(), test.in)
		wantCode(t, err, codes.InvalidArgument)
		var fields []string
		for _, detail := range status.Convert(err).Details() {
			if bad, ok := detail.(*errdetails.BadRequest); ok {
				for _, violation := range bad.GetFieldViolations() {
					fields = append(fields, violation.GetField())
				}
			}
		}
		if got := strings.Join(fields, " "); got != test.fields {
			t.Errorf("%s: fields %q, want %q: %s", test.name, got, test.fields, test.reason)
		}
	}
}

func TestTaskThatIsNotThereIsNotFound(t *testing.T) {
	s := newSystem(t, taskservice.Config{})
	_, err := s.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: "none"})
	wantCode(t, err, codes.NotFound)
	_, err = s.UpdateTask(t.Context(), update("none", "title", &taskpb.Task{Title: "t"}))
	wantCode(t, err, codes.NotFound)
	_, err = s.DeleteTask(t.Context(), &taskpb.DeleteTaskRequest{Id: "none"})
	wantCode(t, err, codes.NotFound)
	if n := s.stored(t); n != 0 {
		t.Errorf("%d items: an update must not create", n)
	}
}

func TestDeletedTaskIsGone(t *testing.T) {
	s := newSystem(t, taskservice.Config{})
	id := s.create(t, "Buy milk")
	if _, err := s.DeleteTask(t.Context(), &taskpb.DeleteTaskRequest{Id: id}); err != nil {
		t.Fatal(err)
	}
	_, err := s.DeleteTask(t.Context(), &taskpb.DeleteTaskRequest{Id: id})
	wantCode(t, err, codes.NotFound)
}

func TestIDsThatNoTaskHasAreTheCallersFault(t *testing.T) {
	s := newSystem(t, taskservice.Config{})
	for _, id := range []string{"", strings.Repeat("x", 2049), "\xff"} {
		_, err := s.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: id})
		wantCode(t, err, codes.InvalidArgument)
		_, err = s.DeleteTask(t.Context(), &taskpb.DeleteTaskRequest{Id: id})
		wantCode(t, err, codes.InvalidArgument)
		_, err = s.UpdateTask(t.Context(), update(id, "title", &taskpb.Task{Title: "t"}))
		wantCode(t, err, codes.InvalidArgument)
	}
	_, err := s.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: strings.Repeat("x", 2048)})
	wantCode(t, err, codes.NotFound)
}
