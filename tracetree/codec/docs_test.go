package codec_test

import (
	"os"
	"strings"
	"testing"

	"tracelab/tracetree/codec"
)

func TestFormatsAndWarningsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	formats := codec.Formats()
	if len(formats) < 7 {
		t.Errorf("%d formats", len(formats))
	}
	for _, format := range formats {
		if !strings.Contains(string(text), "| `"+string(format)+"` |") {
			t.Errorf("docs/formats.md has no row for %s", format)
		}
	}
	for _, kind := range []codec.WarningKind{
		codec.BadField, codec.BadSpan, codec.InvalidID, codec.CutDocument, codec.NotATrace, codec.InvalidParent,
		codec.InvalidLink,
		codec.TimeAsText, codec.TimeOutOfRange, codec.SkippedSignal, codec.Base64IDs, codec.DerivedID, codec.Microseconds,
		codec.ProducerWarning,
	} {
		_, row, ok := strings.Cut(string(text), "`"+string(kind)+"`")
		row, _, _ = strings.Cut(row, "\n")
		want := "| 0 |"
		if (codec.Warning{Kind: kind}).Lost() {
			want = "| 1 |"
		}
		if !ok || !strings.HasSuffix(row, want) {
			t.Errorf("docs/formats.md: the row of %s ends with %q, want %q", kind, row, want)
		}
	}
}
