package taskpb

import "strings"

// StatusText returns the status as it is stored and shown: "PENDING".
func StatusText(s TaskStatus) string {
	return strings.TrimPrefix(s.String(), statusPrefix)
}

// ParseStatus is the inverse of [StatusText]; it returns TASK_STATUS_UNSPECIFIED for any other
// text.
func ParseStatus(text string) TaskStatus {
	return TaskStatus(TaskStatus_value[statusPrefix+text])
}

const statusPrefix = "TASK_STATUS_"
