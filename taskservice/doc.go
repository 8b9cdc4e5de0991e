// Package taskservice is the gRPC service that owns the tasks: it stores them in DynamoDB and
// announces each new one on SQS. Package taskpb is its contract, package task what it shares with
// the worker.
//
// A new task is stored as PENDING and then announced. If the announcement fails, the caller gets an
// error, and nothing is lost: PENDING is the mark by which [Service.Sweep] finds the task later and
// announces it again.
//
// service.go has the calls, store.go the requests to DynamoDB with the items of record.go,
// events.go the message, sweep.go the second announcement, errors.go the codes of errors, and
// run.go the server.
package taskservice
