// Package task holds what the task service and the worker agree on without a call between them: the
// event that one publishes and the other consumes, how the table that both write stores statuses
// and times, and the bounds of a task's fields. The gRPC contract is package taskpb.
package task
