package taskpb

import (
	"strings"
	"time"
)

// How the tasks table holds a status and a time. The task service and the
// worker write the same items, so they share this beside the contract.

// StatusText returns the status as it is stored and shown: "PENDING".
func StatusText(s TaskStatus) string {
	return strings.TrimPrefix(s.String(), statusPrefix)
}

// ParseStatus is the inverse of [StatusText]; it returns
// TASK_STATUS_UNSPECIFIED for any other text.
func ParseStatus(text string) TaskStatus {
	return TaskStatus(TaskStatus_value[statusPrefix+text])
}

const statusPrefix = "TASK_STATUS_"

// TimeLayout has a fixed width, so that times compare as the text they are
// stored as.
const TimeLayout = "2006-01-02T15:04:05.000000000Z"

// TimeText returns a time as it is stored.
func TimeText(t time.Time) string { return t.UTC().Format(TimeLayout) }
