// Package semconv holds what the checks know of OpenTelemetry's semantic
// conventions, as data: the type and the place of attributes, the older names
// and what they were renamed to, and which attributes a span of a class needs.
//
// It is of version 1.43 of the conventions, and knows the names of earlier
// versions that instrumentation still writes. Only what a check asks about is
// here, not the whole registry.
package semconv

// Version is the version of the conventions that the tables are of.
const Version = "1.43"
