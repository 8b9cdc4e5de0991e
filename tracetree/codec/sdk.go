// Package codec decodes spans of several formats.
package codec

import (
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/tracetree"
)

// FromSDK converts the spans of the Go SDK.
func FromSDK(spans []sdktrace.ReadOnlySpan) []tracetree.Span { return nil }
