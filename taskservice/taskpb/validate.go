package taskpb

import (
	"unicode/utf8"

	"tracelab/taskservice/task"
)

// Validate returns what is wrong with the request; nothing when it is fine.
func (x *CreateTaskRequest) Validate() []task.Violation {
	v := task.CheckTitle(nil, x.GetTitle())
	v = task.CheckDescription(v, x.GetDescription())
	if n := len(x.GetIdempotencyKey()); n > task.MaxIdempotencyKey {
		v = append(v, task.Violationf("idempotency_key", "must have at most %d bytes, has %d", task.MaxIdempotencyKey, n))
	}
	return v
}

// Validate returns what is wrong with the request; nothing when it is fine.
func (x *GetTaskRequest) Validate() []task.Violation { return task.CheckID(nil, "id", x.GetId()) }

// Validate returns what is wrong with the request; nothing when it is fine.
func (x *DeleteTaskRequest) Validate() []task.Violation { return task.CheckID(nil, "id", x.GetId()) }

// Validate returns what is wrong with the request; nothing when it is fine.
func (x *ListTasksRequest) Validate() []task.Violation {
	var v []task.Violation
	if n := x.GetPageSize(); n < 0 || n > task.MaxPageSize {
		v = append(
			v,
			task.Violationf("page_size", "must be from 1 to %d, or 0 for %d; is %d", task.MaxPageSize, task.DefaultPageSize, n),
		)
	}
	if !utf8.ValidString(x.GetPageToken()) {
		v = append(v, task.Violationf("page_token", "must be the next_page_token of an earlier answer"))
	}
	return v
}

// Validate returns what is wrong with the request; nothing when it is fine.
func (x *UpdateTaskRequest) Validate() []task.Violation {
	in, paths := x.GetTask(), x.GetUpdateMask().GetPaths()
	v := task.CheckID(nil, "task.id", in.GetId())
	if len(paths) == 0 {
		v = append(v, task.Violationf("update_mask", "must name at least one of title, description, status"))
	}
	seen := map[string]bool{}
	for _, path := range paths {
		if seen[path] {
			v = append(v, task.Violationf("update_mask", "names %s twice", path))
		}
		seen[path] = true
		switch path {
		case "title":
			v = task.CheckTitle(v, in.GetTitle())
		case "description":
			v = task.CheckDescription(v, in.GetDescription())
		case "status":
			if s := in.GetStatus(); s != TaskStatus_TASK_STATUS_PROCESSED && s != TaskStatus_TASK_STATUS_DONE {
				v = append(
					v,
					task.Violationf("status", "must be PROCESSED or DONE: PENDING is for tasks that the worker has not seen"),
				)
			}
		default:
			v = append(v, task.Violationf("update_mask", "must name only title, description, status; names %q", path))
		}
	}
	return v
}
