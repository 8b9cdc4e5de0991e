package taskpb

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The bounds of a task's fields, which both sides of the contract hold.
const (
	MaxID             = 2048 // bytes, as DynamoDB bounds a key
	MaxTitle          = 200  // characters
	MaxDescription    = 4000 // characters
	MaxIdempotencyKey = 255  // bytes
	MaxPageSize       = 100
	DefaultPageSize   = 20
)

// A Violation is a field of a request that breaks the contract.
type Violation struct{ Field, Description string }

// Validate returns what is wrong with the request; nothing when it is fine.
func (x *CreateTaskRequest) Validate() []Violation {
	v := checkTitle(nil, x.GetTitle())
	v = checkDescription(v, x.GetDescription())
	if n := len(x.GetIdempotencyKey()); n > MaxIdempotencyKey {
		v = append(v, Violation{"idempotency_key", fmt.Sprintf("must have at most %d bytes, has %d", MaxIdempotencyKey, n)})
	}
	return v
}

// Validate returns what is wrong with the request; nothing when it is fine.
func (x *GetTaskRequest) Validate() []Violation { return checkID(nil, "id", x.GetId()) }

// Validate returns what is wrong with the request; nothing when it is fine.
func (x *DeleteTaskRequest) Validate() []Violation { return checkID(nil, "id", x.GetId()) }

// Validate returns what is wrong with the request; nothing when it is fine.
func (x *ListTasksRequest) Validate() []Violation {
	var v []Violation
	if n := x.GetPageSize(); n < 0 || n > MaxPageSize {
		v = append(v, Violation{"page_size", fmt.Sprintf("must be from 1 to %d, or 0 for %d; is %d", MaxPageSize, DefaultPageSize, n)})
	}
	if !utf8.ValidString(x.GetPageToken()) {
		v = append(v, Violation{"page_token", "must be the next_page_token of an earlier answer"})
	}
	return v
}

// Validate returns what is wrong with the request; nothing when it is fine.
func (x *UpdateTaskRequest) Validate() []Violation {
	task, paths := x.GetTask(), x.GetUpdateMask().GetPaths()
	v := checkID(nil, "task.id", task.GetId())
	if len(paths) == 0 {
		v = append(v, Violation{"update_mask", "must name at least one of title, description, status"})
	}
	seen := map[string]bool{}
	for _, path := range paths {
		if seen[path] {
			v = append(v, Violation{"update_mask", fmt.Sprintf("names %s twice", path)})
		}
		seen[path] = true
		switch path {
		case "title":
			v = checkTitle(v, task.GetTitle())
		case "description":
			v = checkDescription(v, task.GetDescription())
		case "status":
			if s := task.GetStatus(); s != TaskStatus_TASK_STATUS_PROCESSED && s != TaskStatus_TASK_STATUS_DONE {
				v = append(v, Violation{"status", "must be PROCESSED or DONE: PENDING is for tasks that the worker has not seen"})
			}
		default:
			v = append(v, Violation{"update_mask", fmt.Sprintf("must name only title, description, status; names %q", path)})
		}
	}
	return v
}

func checkID(v []Violation, field, id string) []Violation {
	switch n := len(id); {
	case n == 0:
		return append(v, Violation{field, "must not be empty"})
	case n > MaxID:
		return append(v, Violation{field, fmt.Sprintf("must have at most %d bytes, has %d", MaxID, n)})
	case !utf8.ValidString(id):
		return append(v, Violation{field, "must be UTF-8"})
	}
	return v
}

func checkTitle(v []Violation, title string) []Violation {
	switch n := utf8.RuneCountInString(title); {
	case strings.TrimSpace(title) == "":
		return append(v, Violation{"title", "must not be empty"})
	case n > MaxTitle:
		return append(v, Violation{"title", fmt.Sprintf("must have at most %d characters, has %d", MaxTitle, n)})
	}
	return v
}

func checkDescription(v []Violation, description string) []Violation {
	if n := utf8.RuneCountInString(description); n > MaxDescription {
		return append(v, Violation{"description", fmt.Sprintf("must have at most %d characters, has %d", MaxDescription, n)})
	}
	return v
}
