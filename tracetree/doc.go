// Package tracetree turns the spans of distributed traces into trees, prints them in a text
// notation, and compares them with expectations written in the same notation:
//
//	api-gateway: POST /tasks (root)
//	  task-service: /tasks.TaskService/CreateTask
//	    db: PutItem (tasks table)
//	    sqs: SendMessage (task-events)
//	      worker: process task-created          ← linked span
//	        db: UpdateItem (tasks table)
//
// # Spans and forests
//
// A [Span] is a finished operation in the data model of OpenTelemetry, with its attributes as
// [Attr] and [Value] and its resource as [Origin]. [Build] arranges any number of spans, of any
// number of traces, as a [Forest]. Every span becomes a [Node] of exactly one tree, also in damaged
// traces: a missing parent makes an [Orphan], a cycle is cut, a repeated id is a [Duplicate]. A
// root with a link to another span is placed below that span.
//
// # Labels
//
// [MeaningOf] reads the semantic-convention attributes of a span, current and older names alike,
// and [Label] makes a short text of them: "db: PutItem (tasks table)". Instrumentations of
// different languages get the same label for the same operation.
//
// # Views
//
// [Format] prints a forest, [Lines] returns the same lines as data for other drawings. The compact
// view, which is the default, folds a CLIENT span into the SERVER span that it calls; with [Full],
// every span has a line.
//
// # Patterns
//
// [Parse] reads an expectation as a [Pattern], [Pattern.Match] compares it with a forest and
// returns a [Report] of the differences. Text printed by Format is a valid pattern and matches the
// forest that it was printed from. Patterns can also contain counts, wildcards, durations,
// conditions on attributes, "..." for any further siblings, and "... label" for a span at any
// depth. [Pattern.Lines] returns the syntax tree, and [Tidy] formats the text of a pattern, like
// gofmt. The notation is described in docs/notation.md.
//
// # Dependencies and concurrency
//
// The package uses the standard library only. Package codec reads and writes the formats of tracing
// backends and SDKs, package treetest connects tests with the OpenTelemetry SDK. Forests and
// patterns are immutable, and any number of goroutines may use them at the same time.
package tracetree
