// Package telemetry is everything that a service needs in order to be traced:
// a [Pipeline] that gives each service its own TracerProvider and resource over
// shared exporters, propagation for HTTP, gRPC and SQS message attributes, and
// decorators that put spans around DynamoDB and SQS calls.
//
// Nothing here is global. A [Service] carries the tracer provider, the
// propagator and the logger of one service, and is passed to whatever makes
// spans in its name. The package never calls otel.SetTracerProvider or its
// siblings.
//
// Exported spans are masked first: see [Redacting].
//
// Spans have the attributes of the current semantic conventions (version 1.43), and
// also the older names that many dashboards and courses still use.
package telemetry
