package taskpb

// ErrorDomain and the reasons are in the ErrorInfo of errors that a client can act on, where their
// code doesn't suffice.
const (
	ErrorDomain = "tasks.TaskService"

	// ReasonKeyReused: the idempotency key was used for a different request.
	ReasonKeyReused = "IDEMPOTENCY_KEY_REUSED"
	// ReasonNotAnnounced: the task is stored and its event is not sent yet. The task's id is in the
	// metadata under MetadataTaskID. A repeated call with the same idempotency key returns the
	// task; one without it creates another task.
	ReasonNotAnnounced = "EVENT_NOT_PUBLISHED"
	// ReasonUnreadable: the stored item is not a task.
	ReasonUnreadable = "TASK_UNREADABLE"

	MetadataTaskID = "task_id"
)
