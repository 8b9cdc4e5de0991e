package lab

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"tracelab/telemetry"
)

// A LogRecord is a log record of a service. TraceID and SpanID are those of the
// span in which it was written, as hex, or empty.
type LogRecord struct {
	Time    time.Time
	Level   slog.Level
	Service string
	Message string
	TraceID string
	SpanID  string
	Attrs   []slog.Attr
}

// logBook keeps log records.
type logBook struct {
	mu      sync.Mutex
	records []LogRecord
}

func (b *logBook) all() []LogRecord {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.records)
}

// logHandler writes into a logBook. Groups are spelled out in the keys.
type logHandler struct {
	book   *logBook
	attrs  []slog.Attr
	prefix string
}

func (logHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h logHandler) Handle(_ context.Context, r slog.Record) error {
	record := LogRecord{Time: r.Time, Level: r.Level, Message: r.Message}
	attrs := slices.Clone(h.attrs)
	r.Attrs(func(attr slog.Attr) bool {
		attr.Key = h.prefix + attr.Key
		attrs = append(attrs, attr)
		return true
	})
	for _, attr := range attrs {
		switch attr.Key {
		case "service.name":
			record.Service = attr.Value.String()
		case telemetry.LogTraceID:
			record.TraceID = attr.Value.String()
		case telemetry.LogSpanID:
			record.SpanID = attr.Value.String()
		default:
			record.Attrs = append(record.Attrs, attr)
		}
	}
	h.book.mu.Lock()
	defer h.book.mu.Unlock()
	h.book.records = append(h.book.records, record)
	return nil
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.attrs = slices.Clip(h.attrs)
	for _, attr := range attrs {
		attr.Key = h.prefix + attr.Key
		h.attrs = append(h.attrs, attr)
	}
	return h
}

func (h logHandler) WithGroup(name string) slog.Handler {
	h.prefix += name + "."
	return h
}
