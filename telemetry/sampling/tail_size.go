package sampling

import (
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// The sizes of things in memory, in bytes, without the texts in them. A benchmark
// compares the estimate with the heap.
const (
	spanSize      = 512 // the span itself, and its place in its trace
	attributeSize = 64
	eventSize     = 112
	linkSize      = 112
	traceSize     = 768 // a trace and a group, and their places in the maps
)

// sizeOf estimates how many bytes a span holds. Attribute keys are
// counted as constants of the program, which nearly all are;
// resources and scopes are shared by all spans of a service.
func sizeOf(span sdktrace.ReadOnlySpan) int {
	size := spanSize + len(span.Name()) + len(span.Status().Description) + sizeOfAttributes(span.Attributes())
	for _, event := range span.Events() {
		size += eventSize + sizeOfAttributes(event.Attributes)
	}
	for _, link := range span.Links() {
		size += linkSize + sizeOfAttributes(link.Attributes)
	}
	return size
}

func sizeOfAttributes(attrs []attribute.KeyValue) int {
	size := 0
	for i := range attrs {
		size += attributeSize
		switch value := attrs[i].Value; value.Type() {
		case attribute.STRING:
			size += len(value.AsString())
		case attribute.BOOL, attribute.INT64, attribute.FLOAT64:
		case attribute.STRINGSLICE:
			for _, text := range value.AsStringSlice() {
				size += 16 + len(text)
			}
		default:
			size += len(value.String())
		}
	}
	return size
}
