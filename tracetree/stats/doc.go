// Package stats computes figures from trace trees: who calls whom ([ServiceMap]), rate, errors and
// duration of each operation ([Operations]), the time that spans spend themselves ([SelfTime]),
// what a trace's duration is made of ([CriticalPath]), and a table of traces for captures that are
// too large to hold ([Summary]).
//
// Everything is computed from a [tracetree.Forest] or from spans. Outputs have a total order, so
// that the same spans give the same bytes, and they can be marshalled to JSON: durations are in
// nanoseconds, and their names end in "_ns".
//
// A time that isn't known never counts as zero. A span has known times when its start and its end
// are known and the end isn't before the start; other spans are counted, but add no durations. A
// span with the ids of an earlier one was sent twice, and isn't counted again.
//
// Work below a message is asynchronous: a CONSUMER below the span that sent its message, a CONSUMER
// below a span of another service, and a root that is shown below a span because it links to it. So
// is a span that links to its own parent, as OpenTracing's FOLLOWS_FROM is read. No span waits for
// those, so they neither reduce a self time nor are on the critical path of the trace that started
// them.
//
// The functions are safe for concurrent use; so is the forest that they read.
package stats
