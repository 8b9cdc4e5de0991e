// Package codec reads spans of tracetree from trace files of other programs, and writes them.
//
// A [Reader] recognizes the format by its content, never by a file's name:
//
//   - OTLP JSON: documents, one or many, on a line each or pretty-printed, with metrics and logs
//     between them; in the answers of Jaeger, Tempo and Grafana; in snake case and as Go's structs;
//     parts of a document by themselves;
//   - OTLP protobuf: a message alone, messages with their lengths in front, answers of Tempo;
//   - Jaeger JSON: answers of its API and downloads of its page;
//   - Zipkin JSON, version 1 and 2;
//   - the output of the stdouttrace exporter of the OpenTelemetry Go SDK, and of the
//     ConsoleSpanExporter of the Python and JavaScript SDKs;
//   - any of them compressed with gzip or zstd, in UTF-16, and in zip or tar archives.
//
// # Bad input
//
// A bad value is skipped at the smallest cost: an optional field or an attribute is left out, and
// so is a span if its ids or times can't be read, or the rest of a document that is cut off. Lines
// and documents that aren't traces are skipped. Each of these is a [Warning], reported once for
// each kind with its place and a count. An input without any readable span, and one that can't be
// read, is an [*Error], which contains the place, what was found and what was wanted. With Strict
// set, a Reader returns an *Error for all of them.
//
// # Memory
//
// A file may be of any size: a reader holds one batch of spans, and one span, resource or skipped
// token of the input at a time, each up to 64 MiB. It holds more where the input's order demands
// it: spans of OTLP until what follows them in their resource, at most 4096; Jaeger's spans until
// the processes at the trace's end; Zipkin's until 65536 further spans have been read, among which
// the other pieces of a span may be; and zip archives as a whole.
//
// # How formats are mapped
//
// Jaeger's and Zipkin's tags keep their names, except for those that represent fields of
// OpenTelemetry: span.kind, error, otel.status_code, otel.status_description, otel.scope.name,
// otel.scope.version, w3c.tracestate and otlp.link.N. An error tag with a text is the status's
// message. Zipkin's endpoints become service.name of the resource, network.local.address,
// network.local.port, network.peer.address, network.peer.port and peer.service.
//
// The parent of a span of Jaeger is its first CHILD_OF reference of the same trace, else its first
// FOLLOWS_FROM. All others are links, and so is a FOLLOWS_FROM of the parent: the parent doesn't
// wait for that span.
//
// In Zipkin, records with one id and one program are pieces of a span. A client and its servers can
// share an id as well: each server's half then gets an id that is derived from the shared one, and
// becomes a child of the client's half; what is below the shared span moves below the half of its
// own program.
//
// A span with a start and without an end is unended in OTLP and stdouttrace, and of unknown
// duration in Jaeger and Zipkin. A span that ends before it starts is kept as it is. The last of
// duplicate members counts.
package codec
