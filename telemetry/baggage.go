package telemetry

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/internal/redact"
)

// maxBaggageValue is how many bytes of a baggage member a span keeps. W3C
// allows 8 KiB, which any client could make us store on
// every span.
const maxBaggageValue = 256

// baggageCopier puts the members of an allow-list onto each span as it starts. The first span of a
// request whose baggage could not be read is marked with [DroppedFieldsKey].
type baggageCopier struct{ keys []string }

func newBaggageCopier(keys []string) baggageCopier {
	return baggageCopier{keys: slices.Clone(keys)}
}

func (c baggageCopier) OnStart(parent context.Context, span sdktrace.ReadWriteSpan) {
	if caller := span.Parent(); caller.IsRemote() || !caller.IsValid() {
		if parent.Value(lostBaggage{}) != nil {
			span.SetAttributes(DroppedFieldsKey.StringSlice([]string{fieldBaggage}))
		}
	}
	if len(c.keys) == 0 {
		return
	}
	members := baggage.FromContext(parent)
	if members.Len() == 0 {
		return
	}
	for _, key := range c.keys {
		if value := members.Member(key).Value(); value != "" {
			span.SetAttributes(attribute.String(key, truncate(redact.Attribute(key, value), maxBaggageValue)))
		}
	}
}

func (baggageCopier) OnEnd(sdktrace.ReadOnlySpan)      {}
func (baggageCopier) Shutdown(context.Context) error   { return nil }
func (baggageCopier) ForceFlush(context.Context) error { return nil }

// truncate cuts s to at most n bytes, at the start of a rune.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
