package telemetry

import (
	"context"
	"log/slog"

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
// With a group open, the ids stand in it, as slog has it. Only the *Context and LogAttrs methods of a logger hand a context on: a
// record of the others has no ids.
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

// masked returns the attribute with its secrets masked. Values that are
// neither text nor a group of such (numbers, times) can't hold one; any other
// value is logged as the text that it prints as.
func masked(attr slog.Attr) slog.Attr {
	if attr.Equal(slog.Attr{}) {
		return attr // for next to ignore
	}
	value := attr.Value.Resolve()
	switch value.Kind() {
	case slog.KindGroup:
		if redact.Key(attr.Key) {
			return slog.String(attr.Key, redact.Mask)
		}
		group := value.Group()
		out := make([]slog.Attr, len(group))
		for i, member := range group {
			out[i] = masked(member)
		}
		return slog.Attr{Key: attr.Key, Value: slog.GroupValue(out...)}
	case slog.KindString, slog.KindAny:
		return slog.String(attr.Key, redact.Attribute(attr.Key, value.String()))
	case slog.KindBool, slog.KindDuration, slog.KindFloat64, slog.KindInt64, slog.KindTime, slog.KindUint64, slog.KindLogValuer:
		if redact.Key(attr.Key) {
			return slog.String(attr.Key, redact.Mask)
		}
	}
	return slog.Attr{Key: attr.Key, Value: value}
}
