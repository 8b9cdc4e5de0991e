package task

import (
	"encoding/json"
	"errors"
	"fmt"
)

// EventCreated is the type of the event that is published for a new task.
const EventCreated = "task-created"

// An Event is what the task service publishes and the worker consumes: the body of a message, as
// JSON. It names the task and leaves its contents to the database, so that a message that is
// delivered late or twice does no harm.
type Event struct {
	Type   string `json:"type"`
	TaskID string `json:"task_id"`
}

// Encode returns the event as a message body.
func (e Event) Encode() (string, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("encode event: %w", err)
	}
	return string(body), nil
}

// DecodeEvent reads a message body. It returns the event's type as far as it could be read, even
// with an error.
func DecodeEvent(body string) (Event, error) {
	var e Event
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		return e, fmt.Errorf("decode event: %w", err)
	}
	if e.Type == "" || e.TaskID == "" {
		return e, errors.New("decode event: type and task_id are required")
	}
	return e, nil
}
