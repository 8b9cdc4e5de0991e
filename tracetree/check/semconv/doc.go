// Package semconv holds the part of OpenTelemetry's semantic conventions that the
// checks need, as data: the type and the place of attributes, the older names and
// their replacements, and which attributes a span of a class needs.
//
// It follows version 1.43 of the conventions, and includes the names of earlier
// versions that instrumentation still writes.
package semconv

// Version is the version of the conventions.
const Version = "1.43"
