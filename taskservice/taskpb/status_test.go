package taskpb_test

import (
	"strings"
	"testing"

	"tracelab/taskservice/task"
	"tracelab/taskservice/taskpb"
)

func TestStatusesSurviveBeingStored(t *testing.T) {
	for number := range taskpb.TaskStatus_name {
		status := taskpb.TaskStatus(number)
		text := taskpb.StatusText(status)
		if got := taskpb.ParseStatus(text); got != status || strings.Contains(text, "TASK_STATUS") {
			t.Errorf("%s is stored as %s and read as %s", status, text, got)
		}
	}
	for _, text := range []string{"", "done", "TASK_STATUS_DONE", "LOST"} {
		if got := taskpb.ParseStatus(text); got != taskpb.TaskStatus_TASK_STATUS_UNSPECIFIED {
			t.Errorf("%q is read as %s", text, got)
		}
	}
}

// The worker writes statuses without the contract.
func TestStatusesOfTheTableAreThoseOfTheContract(t *testing.T) {
	for text, want := range map[string]taskpb.TaskStatus{
		task.StatusPending:   taskpb.TaskStatus_TASK_STATUS_PENDING,
		task.StatusProcessed: taskpb.TaskStatus_TASK_STATUS_PROCESSED,
		task.StatusDone:      taskpb.TaskStatus_TASK_STATUS_DONE,
	} {
		if got := taskpb.ParseStatus(text); got != want || taskpb.StatusText(want) != text {
			t.Errorf("%q is read as %s, want %s", text, got, want)
		}
	}
}
