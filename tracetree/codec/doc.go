// Package codec turns traces of other formats into spans of tracetree, and back.
//
// A [Reader] recognises a format by its content, never by a file's name:
//
//   - OTLP JSON: a document, a document on each line as the Collector's file exporter writes them, with metrics and logs
//     between, pretty-printed documents one after the other; what Jaeger's API v3 and Tempo answer;
//   - OTLP protobuf: a message alone, or messages behind their lengths, which are varints or four bytes;
//   - what the stdouttrace exporter of the OpenTelemetry Go SDK writes;
//   - Jaeger JSON: answers of its API and downloads of its page;
//   - Zipkin JSON, version 1 and 2;
//   - any of them compressed with gzip or zstd, and compressed again.
//
// A file may be of any size: a reader holds one batch of spans, and one span, resource or skipped token of the input at
// a time, each up to 64 MiB. Where an order of the input makes it wait it holds more: OTLP spans until the resource and
// the scope that come behind them, Jaeger's spans until the processes at the trace's end, and Zipkin's until it has seen
// 65536 further spans or the end, in which the other half of a shared span may be.
//
// What is unusual but can be read is a [Warning], said once with a count; what can't be read is an [*Error], which says
// where it is and what was expected.
//
// # What becomes of the formats
//
// Jaeger's and Zipkin's tags keep their names, except for those that stand for fields of OpenTelemetry: span.kind, error,
// otel.status_code, otel.status_description, otel.scope.name, otel.scope.version and w3c.tracestate. An error tag with a
// text is the status's message. Zipkin's endpoints are service.name of the resource, network.local.address,
// network.local.port, network.peer.address, network.peer.port and peer.service. Of Jaeger's references the first
// CHILD_OF of the same trace is the parent, or a FOLLOWS_FROM that is alone; all others are links.
//
// In Zipkin a client and its server can share a span id. Where both halves are there, the server's half gets an id that
// is derived from the shared one and its service, and becomes a child of the client's half; what is below the shared
// span and has the server's service moves below the server's half.
//
// A span with a start and without an end is unended in OTLP and stdouttrace, and of unknown duration in Jaeger and
// Zipkin. A span that ends before it starts is kept as it is. Of a member that is there twice the later one counts.
package codec
