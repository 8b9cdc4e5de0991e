// Package worker consumes task-created events and marks their tasks as PROCESSED.
//
// A trace crosses the queue in its span. The producer's context arrives in the message's
// attributes; whether the consumer's span becomes a child of the producer's, or starts a trace of
// its own that links back, is a choice that each team makes once: see [Consumer].
//
// worker.go receives and settles messages, process.go processes them in their spans, and
// attributes.go has the spans' names and attributes.
package worker
