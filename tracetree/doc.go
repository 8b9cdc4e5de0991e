// Package tracetree turns the spans of distributed traces into trees, prints them in a small text notation, and
// compares them with expectations written in the same notation:
//
//	api-gateway: POST /tasks (root)
//	  task-service: /tasks.TaskService/CreateTask
//	    db: PutItem (tasks table)
//	    sqs: SendMessage (task-events)
//	      worker: process task-created          ← linked span
//	        db: UpdateItem (tasks table)
//
// [Build] arranges spans as a [Forest], [Format] and [Lines] print it, [Parse] reads a [Pattern], and
// [Pattern.Match] compares the two. The notation is described in docs/notation.md.
//
// The package imports the standard library only. Decoders are in tracetree/codec, helpers for go test in
// tracetree/treetest.
package tracetree
