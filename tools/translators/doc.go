// Package translators compares what package codec reads of Jaeger's and Zipkin's JSON with what the
// translators of the OpenTelemetry Collector make of the same traces. It is a test only, in a
// module of its own, so that neither the program nor the tools depend on the Collector: `make
// oracle` runs it.
//
// Traces are generated. Jaeger's own code writes the JSON that its API answers with; Zipkin's JSON
// is what clients send. Both sides become spans of package tracetree, and have to be equal, except
// for the differences in the tables of the tests: each has a reason, and each has to occur.
package translators
