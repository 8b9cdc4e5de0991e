package codec_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"

	"tracelab/tracetree/codec"
)

func gzipped(t testing.TB, input []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(input); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t testing.TB, input []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(input, nil)
}

func utf16le(text string) []byte { return encoded(text, binary.LittleEndian) }
func utf16be(text string) []byte { return encoded(text, binary.BigEndian) }

func encoded(text string, order binary.AppendByteOrder) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return b
}

func TestUTF16KeepsLettersOutsideOfASCII(t *testing.T) {
	spans, _ := read(t, string(utf16le("\ufeff"+span(`"name":"größe 😀"`))))
	if len(spans) != 1 || spans[0].Name != "größe 😀" {
		t.Errorf("got %+v", spans)
	}
}

// bzip2ed returns otlpLine as bzip2 compresses it; Go's library can't.
func bzip2ed(t testing.TB) []byte {
	t.Helper()
	packed, err := base64.StdEncoding.DecodeString("QlpoOTFBWSZTWXD4BZQAAC3/gAAYAAgQBHAQACAICi4D3gogAFRGlGCYhiYa" +
		"agkpNBmoeoaBppbElKZu" +
		"ceqOliECjjCgO9wu2U06vrhUGjrQ1onNcUDDHlgjTavmD9MNTYUM/F3JFOFCQcPgFlA=")
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

func prefixed(input []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(input))), input...)
}

func TestCompressionIsRecognisedByContent(t *testing.T) {
	line := []byte(otlpLine + "\n")
	message := marshal(t, someSpans(t))
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	tests := []struct {
		reason string
		input  []byte
		spans  int
		format codec.Format
	}{
		{"gzip", gzipped(t, line), 1, codec.OTLPJSON},
		{"zstd", zstandard(t, line), 1, codec.OTLPJSON},
		{"UTF-16 of Windows", utf16le("\ufeff" + otlpLine + "\r\n"), 1, codec.OTLPJSON},
		{"UTF-16 without a byte order mark", utf16le(otlpLine), 1, codec.OTLPJSON},
		{"UTF-16 with the higher byte first", utf16be("\ufeff[" + zipkinLine + "]"), 1, codec.Zipkin},
		{"UTF-16 with the higher byte first, without a mark", utf16be("[" + zipkinLine + "]"), 1, codec.Zipkin},
		{"UTF-16 in gzip", gzipped(t, utf16le("\ufeff"+otlpLine)), 1, codec.OTLPJSON},
		{"bzip2", bzip2ed(t), 1, codec.OTLPJSON},
		{"zstd in gzip", gzipped(t, zstandard(t, line)), 1, codec.OTLPJSON},
		{"gzip in zstd in gzip", gzipped(t, zstandard(t, gzipped(t, message))), 2, codec.OTLPProto},
		{"gzip files one after the other", join(gzipped(t, line), gzipped(t, line)), 2, codec.OTLPJSON},
		{"zstd frames one after the other", join(zstandard(t, line), zstandard(t, line)), 2, codec.OTLPJSON},
		{
			"JSON that the Collector compressed", join(prefixed(zstandard(t, line)), prefixed(zstandard(t, line))), 2,
			codec.OTLPJSON,
		},
		{
			"protobuf that the Collector compressed", join(prefixed(zstandard(t, message)), prefixed(zstandard(t, message))), 4,
			codec.OTLPProto,
		},
		{"protobuf", message, 2, codec.OTLPProto},
		{"protobuf with lengths", join(prefixed(message), prefixed(nil), prefixed(message)), 4, codec.OTLPProto},
		{"JSON with lengths", join(prefixed(line), prefixed([]byte(otlpLine))), 2, codec.OTLPJSON},
		{"pretty-printed JSON with lengths", prefixed([]byte("{\n  " + otlpLine[1:])), 1, codec.OTLPJSON},
		{"frames of gRPC", join([]byte{0}, prefixed(message), []byte{0}, prefixed(message)), 4, codec.OTLPProto},
		{"NUL bytes before lines, as logrotate leaves them", join(make([]byte, 5000), line), 1, codec.OTLPJSON},
		{"a few NUL bytes before lines", join(make([]byte, 3), line), 1, codec.OTLPJSON},
		{"a byte order mark in gzip", gzipped(t, join([]byte("\uFEFF"), line)), 1, codec.OTLPJSON},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			r := codec.NewReader(iotest.OneByteReader(bytes.NewReader(test.input)), "test.json")
			spans, err := drain(r)
			if err != nil || len(spans) != test.spans || r.Format() != test.format {
				t.Errorf("%d spans, %v, format %q; want %d, %q", len(spans), err, r.Format(), test.spans, test.format)
			}
		})
	}
}

func TestDamagedCompressionIsAnError(t *testing.T) {
	big := []byte(strings.Repeat(otlpLine+"\n", 5_000))
	damage := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[len(b)-5] ^= 0xFF
		return b
	}
	nested := []byte(otlpLine)
	for range 6 {
		nested = gzipped(t, nested)
	}
	tests := []struct {
		reason string
		input  []byte
		want   string
	}{
		{"gzip cut", gzipped(t, big)[:200], "unexpected EOF"},
		{"gzip with a wrong checksum", damage(gzipped(t, big)), "gzip: invalid checksum"},
		{"zstd cut", zstandard(t, big)[:100], "unexpected EOF"},
		{"JSON shorter than its length", append([]byte{0, 0, 255, 0}, otlpLine...), "shorter than its length"},
		{"NUL bytes before lines", append(make([]byte, 10), otlpLine...), "found '\\x00'"},
		{"nothing but NUL bytes", make([]byte, 10), "nothing but NUL bytes"},
		{
			"a message shorter than its length", append(append([]byte{0, 0, 255, 0}, zstandard(t, []byte(otlpLine))...), 1, 2),
			"read: ",
		},
		{"compressed too often", nested, "more than 4 compressions around each other"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			_, err := strict(string(test.input))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestCompressedInputThatIsCutOffCostsItsEnd(t *testing.T) {
	var big []byte
	for i := range 5000 {
		big = fmt.Appendf(big, "{\"traceId\":\"%x\",\"id\":\"%x\"}\n", i*i*7919+1, i*104729+1)
	}
	for name, input := range map[string][]byte{"gzip": gzipped(t, big), "zstd": zstandard(t, big)} {
		cut := input[:len(input)-20]
		spans, warnings, err := codec.ReadAll(bytes.NewReader(cut), "test")
		if err != nil || len(spans) == 0 || len(spans) >= 5000 || len(warnings) != 2 || !warnings[1].Lost() {
			t.Errorf("%s: %d spans, warnings %v, %v; want spans and a warning of their loss", name, len(spans), warnings, err)
		}
	}
}

// The format of a small input is recognized by all that is left of it.
func TestSmallCompressedInputThatIsCutOffCostsItsEnd(t *testing.T) {
	packed := gzipped(t, []byte(otlpLine+"\n"+strings.Replace(otlpLine, "0000000000000002", "a1b2c3d4e5f60718", 1)))
	spans, warnings, err := codec.ReadAll(bytes.NewReader(packed[:len(packed)-16]), "test")
	if err != nil || len(spans) != 1 || len(warnings) != 1 || !warnings[0].Lost() {
		t.Errorf("%d spans, warnings %v, %v; want the first span and a warning of the loss", len(spans), warnings, err)
	}
	if _, err := strict(string(packed[:len(packed)-16])); err == nil {
		t.Error("a strict reader returned no error")
	}
}

func TestDamagedCompressionCostsItsEnd(t *testing.T) {
	var big []byte
	for i := range 5000 {
		big = fmt.Appendf(big, "{\"traceId\":\"%x\",\"id\":\"%x\"}\n", i*i*7919+1, i*104729+1)
	}
	flipped := func(b []byte, at int) []byte {
		b[at] ^= 0xFF
		return b
	}
	last := len(gzipped(t, big)) - 5
	for _, test := range []struct {
		reason string
		input  []byte
		least  int
		want   string
	}{
		{"a wrong checksum", flipped(gzipped(t, big), last), 5000, "line 5001, column 1: read: gzip: invalid checksum"},
		{"NUL bytes after gzip", append(gzipped(t, big), make([]byte, 512)...), 5000, "read: gzip: invalid header"},
		{"a wrong byte in gzip", flipped(gzipped(t, big), last/2), 1000, "the rest of the document is skipped"},
		{"other bytes after zstd", append(zstandard(t, big), "more"...), 5000, "read: "},
		{"gzip in damaged gzip", flipped(gzipped(t, gzipped(t, big)), 5000), 100, "the rest of the document is skipped"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			spans, warnings, err := codec.ReadAll(bytes.NewReader(test.input), "test")
			if err != nil || len(spans) < test.least || len(warnings) == 0 {
				t.Fatalf("%d spans, warnings %v, %v; want at least %d and a warning", len(spans), warnings, err, test.least)
			}
			if last := warnings[len(warnings)-1]; !last.Lost() || !strings.Contains(last.String(), test.want) {
				t.Errorf("the last warning is %q, want the loss and %q", last, test.want)
			}
			if _, err := strict(string(test.input)); err == nil {
				t.Error("a strict reader returned no error")
			}
		})
	}
}

// The compression is not damaged where the input below it can't be read.
func TestReadErrorBelowCompressionIsAnError(t *testing.T) {
	broken := errors.New("cable pulled")
	packed := gzipped(t, []byte(strings.Repeat(otlpLine+"\n", 5000)))
	src := io.MultiReader(bytes.NewReader(packed[:len(packed)-20]), iotest.ErrReader(broken))
	if _, _, err := codec.ReadAll(src, "test"); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

// MaxSize bounds what is read of the input and of all that is compressed in it, together.
func TestMaxSizeIsOfEverythingThatIsRead(t *testing.T) {
	lines := []byte(strings.Repeat(otlpLine+"\n", 500))
	size := int64(len(lines))
	packed := int64(len(gzipped(t, lines)))
	for _, test := range []struct {
		reason string
		input  []byte
		max    int64
		large  bool
	}{
		{"plain, as large as allowed", lines, size, false},
		{"plain, larger", lines, size - 1, true},
		{"gzip, as large as allowed", gzipped(t, lines), size + packed, false},
		{"gzip, larger", gzipped(t, lines), size + packed - 1, true},
		{"zstd, larger", zstandard(t, lines), size - 1, true},
		{"tar of small files", tarred(t, file{"a.json", string(lines)}, file{"b.json", string(lines)}), size, true},
		{"zip of small files", zipped(t, file{"a.json", string(lines)}, file{"b.json", string(lines)}), size + size/2, true},
		{"zip below", zipped(t, file{"a.json", string(lines)}, file{"b.json", string(lines)}), 3 * size, false},
	} {
		t.Run(test.reason, func(t *testing.T) {
			r := codec.NewReader(bytes.NewReader(test.input), "test.json")
			r.MaxSize = test.max
			_, err := drain(r)
			if errors.Is(err, codec.ErrTooLarge) != test.large || !test.large && err != nil {
				t.Errorf("got %v with a limit of %d bytes, want ErrTooLarge: %v", err, test.max, test.large)
			}
		})
	}
}
