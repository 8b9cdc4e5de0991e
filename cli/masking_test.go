package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/cli"
	"tracelab/telemetry"
)

// A value is masked in a log record, in an exported span and in what commands print, or in none of
// them, whatever its type is.
func TestLogsExportAndDisplayMaskAlike(t *testing.T) {
	const card, notCard = int64(4111111111111111), int64(4111111111111112)
	for _, tt := range []struct {
		reason string
		attr   attribute.KeyValue
		masked bool
	}{
		{"a card as a number", attribute.Int64("n", card), true},
		{"a card as text", attribute.String("n", "4111111111111111"), true},
		{"a card as a float", attribute.Float64("n", float64(card)), true},
		{"a card of 15 digits", attribute.Int64("n", 378282246310005), true},
		{"a card in a list", attribute.Int64Slice("n", []int64{card}), true},
		{"a wrong check digit", attribute.Int64("n", notCard), false},
		{"a wrong check digit as text", attribute.String("n", "4111111111111112"), false},
		{"a negative number", attribute.Int64("n", -card), false},
		{"an ID of as many digits", attribute.Int64("order_id", card), false},
		{"a time", attribute.Int64("at", 1763627505123456789), false},
		{"a number under a secret's name", attribute.Int64("password", 1234), true},
		{"whether there is a password", attribute.Bool("has_password", true), false},
		{"a count", attribute.Int64("token_count", 1234), false},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			got := map[string]string{
				"the log":    loggedAttribute(t, tt.attr),
				"the export": exportedAttribute(t, tt.attr),
				"view":       printedAttribute(t, tt.attr),
			}
			for place, text := range got {
				if masked := strings.Contains(text, "[redacted]"); masked != tt.masked {
					t.Errorf("%s has %s: masked %v, want %v", place, text, masked, tt.masked)
				}
				if plain := fmt.Sprint(tt.attr.Value.AsInterface()); tt.masked && strings.Contains(text, plain) {
					t.Errorf("%s has the value: %s", place, text)
				}
			}
		})
	}
}

// loggedAttribute returns a record with the attribute.
func loggedAttribute(t *testing.T, attr attribute.KeyValue) string {
	var out bytes.Buffer
	slog.New(telemetry.NewLogHandler(slog.NewJSONHandler(&out, nil))).
		LogAttrs(t.Context(), slog.LevelInfo, "m", slog.Any(string(attr.Key), attr.Value.AsInterface()))
	var record map[string]json.RawMessage
	if err := json.Unmarshal(out.Bytes(), &record); err != nil {
		t.Fatal(err)
	}
	return string(record[string(attr.Key)])
}

// exportedAttribute returns the attribute of a span as an exporter gets it.
func exportedAttribute(t *testing.T, attr attribute.KeyValue) string {
	next := &attributeExporter{key: attr.Key}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(telemetry.Redacting(next)))
	_, span := provider.Tracer("test").Start(t.Context(), "work")
	span.SetAttributes(attr)
	span.End()
	return next.text
}

// attributeExporter keeps the text of one attribute.
type attributeExporter struct {
	key  attribute.Key
	text string
}

func (e *attributeExporter) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, attr := range spans[0].Attributes() {
		if attr.Key == e.key {
			e.text = attr.Value.String()
		}
	}
	return nil
}

func (*attributeExporter) Shutdown(context.Context) error { return nil }

// printedAttribute returns the line with the attribute that view prints of a file, which has the
// value as it is.
func printedAttribute(t *testing.T, attr attribute.KeyValue) string {
	var file, out, errs bytes.Buffer
	exporter, err := stdouttrace.New(stdouttrace.WithWriter(&file))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	_, span := provider.Tracer("test").Start(t.Context(), "work")
	span.SetAttributes(attr)
	span.End()
	code := cli.Run(t.Context(), []string{"view", "-", "--attributes"}, &file, &out, &errs)
	if code != 0 || errs.Len() > 0 {
		t.Fatalf("view ended with %d: %s", code, &errs)
	}
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, string(attr.Key)+"=") {
			return strings.TrimSpace(line)
		}
	}
	t.Fatalf("view prints no %s:\n%s", attr.Key, &out)
	return ""
}
