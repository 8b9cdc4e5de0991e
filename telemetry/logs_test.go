package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/propagation"

	"tracelab/telemetry"
)

func TestLogHandlerKeepsTheContractOfSlog(t *testing.T) {
	var out bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out.Reset()
		return telemetry.NewLogHandler(slog.NewJSONHandler(&out, nil))
	}, func(t *testing.T) map[string]any {
		var record map[string]any
		if err := json.Unmarshal(out.Bytes(), &record); err != nil {
			t.Fatalf("%v: %s", err, out.Bytes())
		}
		return record
	})
}

// logged returns the record that is logged, without its time and level.
func logged(t testing.TB, log func(*slog.Logger)) map[string]any {
	t.Helper()
	var out buffer
	log(slog.New(telemetry.NewLogHandler(logTo(&out).Handler())))
	var record map[string]any
	if err := json.Unmarshal([]byte(out.String()), &record); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	delete(record, slog.LevelKey)
	return record
}

func callerContext(t testing.TB) context.Context {
	t.Helper()
	return telemetry.Propagator().Extract(t.Context(), propagation.MapCarrier{"traceparent": callerParent})
}

func TestRecordsHaveTheIDsOfTheCurrentSpan(t *testing.T) {
	ids := map[string]any{"msg": "hello", "trace_id": callerTrace, "span_id": callerSpan}
	tests := []struct {
		name   string
		log    func(*slog.Logger)
		want   map[string]any
		reason string
	}{
		{"LogAttrs", func(l *slog.Logger) { l.LogAttrs(callerContext(t), slog.LevelInfo, "hello") }, ids, ""},
		{"InfoContext", func(l *slog.Logger) { l.InfoContext(callerContext(t), "hello") }, ids, ""},
		{
			"With", func(l *slog.Logger) { l.With().InfoContext(callerContext(t), "hello") }, ids,
			"a derived logger is the same",
		},
		{"Info", func(l *slog.Logger) { l.Info("hello") }, map[string]any{"msg": "hello"}, "it hands no context on"},
		{
			"no span", func(l *slog.Logger) { l.InfoContext(t.Context(), "hello") },
			map[string]any{"msg": "hello"},
			"zeros would be an id that nothing has",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, logged(t, test.log)); diff != "" {
				t.Errorf("record (-want +got), %s:\n%s", test.reason, diff)
			}
		})
	}
}

// secret is a value that prints as one.
type secret struct{}

func (secret) LogValue() slog.Value { return slog.StringValue("Bearer abcdefghijklmnop1234") }

type connection struct{ URL string }

func TestSecretsAreMaskedWhereverARecordHasThem(t *testing.T) {
	const masked = "[redacted]"
	with := func(more map[string]any) map[string]any {
		more["msg"] = "m"
		return more
	}
	tests := []struct {
		name   string
		log    func(*slog.Logger)
		want   map[string]any
		reason string
	}{
		{"message", func(l *slog.Logger) { l.Info("password=hunter22") }, map[string]any{"msg": "password=" + masked}, ""},
		{"text", func(l *slog.Logger) { l.Info("m", "user", "ann@example.com") }, with(map[string]any{"user": masked}), ""},
		{
			"sensitive key", func(l *slog.Logger) { l.Info("m", "password", "x") }, with(map[string]any{"password": masked}),
			"the key alone gives it away",
		},
		{
			"number under a sensitive key", func(l *slog.Logger) { l.Info("m", "password", 1234) },
			with(map[string]any{"password": masked}), "secrets may be numbers",
		},
		{
			"card as a number", func(l *slog.Logger) { l.Info("m", "number", int64(4111111111111111)) },
			with(map[string]any{"number": masked}), "as in spans",
		},
		{
			"card as an unsigned number", func(l *slog.Logger) { l.Info("m", "number", uint64(4111111111111111)) },
			with(map[string]any{"number": masked}), "",
		},
		{
			"card as a float", func(l *slog.Logger) { l.Info("m", "number", 4111111111111111.0) },
			with(map[string]any{"number": masked}), "JavaScript's numbers",
		},
		{
			"card in a group", func(l *slog.Logger) { l.Info("m", slog.Group("a", "number", int64(4111111111111111))) },
			with(map[string]any{"a": map[string]any{"number": masked}}), "",
		},
		{
			"id of as many digits", func(l *slog.Logger) { l.Info("m", "order_id", int64(4111111111111111)) },
			with(map[string]any{"order_id": 4111111111111111.0}), "as in spans",
		},
		{
			"address as a key", func(l *slog.Logger) { l.Info("m", "ann@example.com", 1) }, with(map[string]any{masked: 1.0}),
			"as in spans",
		},
		{
			"group of a sensitive name",
			func(l *slog.Logger) { l.Info("m", slog.Group("credentials", "user", "ann", "n", 7, "ok", true)) },
			with(map[string]any{"credentials": map[string]any{"user": masked, "n": masked, "ok": true}}),
			"each of its members",
		},
		{
			"group", func(l *slog.Logger) { l.Info("m", slog.Group("a", slog.Group("b", slog.String("token", "x")))) },
			with(map[string]any{"a": map[string]any{"b": map[string]any{"token": masked}}}), "however deep",
		},
		{"With", func(l *slog.Logger) { l.With("api_key", "x").Info("m") }, with(map[string]any{"api_key": masked}), ""},
		{
			"WithGroup", func(l *slog.Logger) { l.WithGroup("a").Info("m", "api_key", "x") },
			with(map[string]any{"a": map[string]any{"api_key": masked}}), "",
		},
		{
			"LogValuer", func(l *slog.Logger) { l.Info("m", "header", secret{}) },
			with(map[string]any{"header": "Bearer " + masked}), "what it prints as counts",
		},
		{
			"error", func(l *slog.Logger) { l.Info("m", "error", errors.New("dial https://ann:hunter22@db/")) },
			with(map[string]any{"error": "dial https://" + masked + "@db/"}), "",
		},
		{
			"struct", func(l *slog.Logger) { l.Info("m", "connection", connection{"https://ann:hunter22@db/"}) },
			with(map[string]any{"connection": "{https://" + masked + "@db/}"}), "any value is logged as its text",
		},
		{
			"nothing sensitive", func(l *slog.Logger) {
				l.Info("m", "n", 1, "d", time.Second, "b", true, "f", 0.5, "s", "text", "token_count", 3)
			}, with(map[string]any{"n": 1.0, "d": 1e9, "b": true, "f": 0.5, "s": "text", "token_count": 3.0}),
			"other kinds of values stay what they are",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, logged(t, test.log)); diff != "" {
				t.Errorf("record (-want +got), %s:\n%s", test.reason, diff)
			}
		})
	}
}

func TestLogHandlerLeavesLevelsToTheNext(t *testing.T) {
	var out strings.Builder
	logger := slog.New(telemetry.NewLogHandler(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn})))
	logger.Info("quiet")
	if logger.Enabled(t.Context(), slog.LevelInfo) || out.Len() != 0 {
		t.Errorf("a level that the next handler leaves out is logged: %q", out.String())
	}
}
