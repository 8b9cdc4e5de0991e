package telemetry

import (
	"context"
	"log/slog"
	"math"

	"go.opentelemetry.io/otel/trace"

	"tracelab/internal/redact"
)

// Keys under which [NewLogHandler] names the current span.
const (
	LogTraceID = "trace_id"
	LogSpanID  = "span_id"
)

// NewLogHandler returns a handler that adds the trace_id and span_id of the
// context's span to each record, masks what looks like a secret in the message
// and in every attribute, and passes the record on to next.
//
// With a group open, the ids are in it, as everything in slog is. Only the *Context and LogAttrs
// methods of a logger pass a context on: a record of the others has no ids.
func NewLogHandler(next slog.Handler) slog.Handler {
	return logHandler{next}
}

type logHandler struct{ next slog.Handler }

func (h logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h logHandler) Handle(ctx context.Context, record slog.Record) error {
	out := slog.NewRecord(record.Time, record.Level, redact.Text(record.Message), record.PC)
	record.Attrs(func(attr slog.Attr) bool {
		out.AddAttrs(masked(attr))
		return true
	})
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
		out.AddAttrs(
			slog.String(LogTraceID, sc.TraceID().String()),
			slog.String(LogSpanID, sc.SpanID().String()))
	}
	return h.next.Handle(ctx, out)
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := make([]slog.Attr, len(attrs))
	for i, attr := range attrs {
		out[i] = masked(attr)
	}
	return logHandler{h.next.WithAttrs(out)}
}

func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.next.WithGroup(name)}
}

// masked returns the attribute with its secrets masked, by the same rules as a span's. Values that
// are neither text, nor numbers, nor a group of such can't hold one; any other value is logged as
// the text that it prints as.
func masked(attr slog.Attr) slog.Attr { return maskedBy(redact.RuleOf(attr.Key), attr) }

func maskedBy(rule redact.Rule, attr slog.Attr) slog.Attr {
	if attr.Equal(slog.Attr{}) {
		return attr // for next to ignore
	}
	value := attr.Value.Resolve()
	secret := false
	switch value.Kind() {
	case slog.KindGroup:
		group := value.Group()
		out := make([]slog.Attr, len(group))
		for i, member := range group {
			own := redact.RuleOf(member.Key)
			own.Secret = own.Secret || rule.Secret
			out[i] = maskedBy(own, member)
		}
		return slog.Attr{Key: rule.Key, Value: slog.GroupValue(out...)}
	case slog.KindString, slog.KindAny:
		text, _ := rule.String(value.String())
		return slog.String(rule.Key, text)
	case slog.KindInt64:
		secret = rule.Int(value.Int64())
	case slog.KindUint64:
		secret = rule.Int(int64(min(value.Uint64(), math.MaxInt64)))
	case slog.KindFloat64:
		secret = rule.Float(value.Float64())
	case slog.KindDuration, slog.KindTime:
		secret = rule.Secret
	case slog.KindBool, slog.KindLogValuer:
	}
	if secret {
		return slog.String(rule.Key, redact.Mask)
	}
	return slog.Attr{Key: rule.Key, Value: value}
}
