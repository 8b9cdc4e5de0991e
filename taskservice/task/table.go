package task

import "time"

// Key is the hash key of the table, an attribute of type S: a task's ID.
const Key = "id"

// The statuses as they are stored and shown.
const (
	StatusPending   = "PENDING"   // stored; the worker has not processed its event yet
	StatusProcessed = "PROCESSED" // the worker has processed its event
	StatusDone      = "DONE"      // marked as done by a client
)

// TimeLayout has a fixed width, so that times compare as the text they are stored as.
const TimeLayout = "2006-01-02T15:04:05.000000000Z"

// TimeText returns a time as it is stored.
func TimeText(t time.Time) string { return t.UTC().Format(TimeLayout) }
