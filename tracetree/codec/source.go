package codec

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	// peekSize is how many bytes of the input are used to recognize its format.
	peekSize = 4096
	// maxLayers is how many compressions there may be around each other.
	maxLayers = 4
	// maxZstdMemory is the largest window of zstd that is accepted, in bytes; the format's own
	// tools write up to this.
	maxZstdMemory = 128 << 20
)

var (
	gzipMagic = []byte{0x1F, 0x8B}
	zstdMagic = []byte{0x28, 0xB5, 0x2F, 0xFD}

	bzip2Magic = []byte("BZh")
	bzip2Block = []byte("1AY&") // after the digit that follows, the beginning of the first block
)

// ErrTooLarge is the cause of an error of a [Reader] whose input is larger than its MaxSize.
var ErrTooLarge = errors.New("the input is too large")

// bounded reads at most left bytes, which several readers share. It returns [ErrTooLarge] if there
// are more.
type bounded struct {
	src  io.Reader
	left *int64
}

// bound returns a reader with the bound of the state, or src without one.
func (s *state) bound(src io.Reader) io.Reader {
	if s.left == nil {
		return src
	}
	return &bounded{src, s.left}
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > *b.left+1 {
		p = p[:*b.left+1]
	}
	n, err := b.src.Read(p)
	if int64(n) > *b.left {
		return 0, ErrTooLarge
	}
	*b.left -= int64(n)
	return n, err
}

// decompress removes all layers of compression, and decodes UTF-16.
func (s *state) decompress(src io.Reader) (*bufio.Reader, error) {
	below := &failing{src: s.bound(src)}
	in := bufio.NewReaderSize(below, peekSize)
	for range maxLayers + 1 {
		head, err := in.Peek(8)
		var layer io.Reader
		switch {
		case bytes.HasPrefix(head, gzipMagic):
			layer, err = gzip.NewReader(in)
		case bytes.HasPrefix(head, zstdMagic):
			layer, err = newZstd(in)
		case bytes.HasPrefix(head, bzip2Magic) && bytes.HasSuffix(head, bzip2Block):
			layer = bzip2.NewReader(in)
			err = nil
		case len(head) == 8 && bytes.Equal(head[4:], zstdMagic):
			layer = &frames{src: in, compressed: true}
			err = nil
		case len(head) == 8 && head[0] == 0 && head[4] == '{' && bytes.IndexByte([]byte("\" \r\n"), head[5]) >= 0:
			layer = &frames{src: in}
			err = nil
		case utf16Order(head) != nil:
			layer = transform.NewReader(in, utf16Order(head).NewDecoder())
			err = nil
		case err == io.EOF || err == nil:
			return s.withoutPrefixes(in), nil
		default:
			return nil, fmt.Errorf("read: %w", err)
		}
		if err != nil {
			return nil, fmt.Errorf("decompress: %w", err)
		}
		below = &failing{src: s.bound(&decompressor{layer, below})}
		in = bufio.NewReaderSize(below, peekSize)
	}
	return nil, fmt.Errorf("decompress: there are more than %d compressions around each other", maxLayers)
}

// failing keeps the error of a reader.
type failing struct {
	src io.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	n, err := f.src.Read(p)
	if err != nil {
		f.err = err
	}
	return n, err
}

// decompressor returns its own errors, those that are not of the input below it, as damage.
type decompressor struct {
	src   io.Reader
	below *failing
}

func (d *decompressor) Read(p []byte) (int, error) {
	n, err := d.src.Read(p)
	if err != nil && err != io.EOF && (d.below.err == nil || d.below.err == io.EOF) {
		err = damage{err}
	}
	return n, err
}

// damage is an error of compressed input, after which no more of it can be read. It is an
// [io.ErrUnexpectedEOF], because it costs the same: what comes after.
type damage struct{ error }

func (d damage) Is(target error) bool { return target == io.ErrUnexpectedEOF }
func (d damage) Unwrap() error        { return d.error }

// utf16Order returns how to decode text in UTF-16, as Windows PowerShell writes when output is
// redirected to a file: with a byte order mark, or JSON without one. It returns nil for other
// input.
func utf16Order(head []byte) encoding.Encoding {
	has := func(prefix ...byte) bool { return bytes.HasPrefix(head, prefix) }
	switch {
	case has(0xFF, 0xFE), has('{', 0), has('[', 0):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case has(0xFE, 0xFF), has(0, '{'), has(0, '['):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	return nil
}

// newZstd returns a decoder that starts no goroutines, so that it need not be closed.
func newZstd(src io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdMemory))
}

// frames reads what the Collector's file exporter writes when it compresses or encodes: messages,
// each after its length in four bytes, and compressed one by one. Decompressed and concatenated,
// they are a stream of JSON documents, or a single message of protobuf.
type frames struct {
	src        io.Reader
	compressed bool
	decoder    *zstd.Decoder
	rest       *io.LimitedReader // of the current message; nil between messages
}

func (f *frames) Read(p []byte) (int, error) {
	for {
		if f.rest == nil {
			if err := f.next(); err != nil {
				return 0, err
			}
		}
		from := io.Reader(f.rest)
		if f.compressed {
			from = f.decoder
		}
		n, err := from.Read(p)
		switch {
		case err == io.EOF && f.rest.N > 0: // whenever it is read
			err = errors.New("a message is shorter than its length field")
		case err == io.EOF:
			f.rest, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// next begins the next message.
func (f *frames) next() error {
	var head [4]byte
	if _, err := io.ReadFull(f.src, head[:]); err != nil {
		return err
	}
	f.rest = &io.LimitedReader{R: f.src, N: int64(binary.BigEndian.Uint32(head[:]))}
	switch {
	case !f.compressed:
		return nil
	case f.decoder != nil:
		return f.decoder.Reset(f.rest)
	}
	var err error
	f.decoder, err = newZstd(f.rest)
	return err
}

// linePrefix matches what programs that join or keep logs put before each line, so that a document
// of several lines is not one any more: the name of a container by Docker Compose, of a pod by
// kubectl, or a time. Container runtimes add the stream, and P for a line that is cut.
var linePrefix = regexp.MustCompile(`^(?:\x1b\[[0-9;]*m)?(?:[\w.-]+ +\| |\[pod/[^\] ]+\] |` +
	`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) (?:std(?:out|err) ([FP]) )?)(?:\x1b\[[0-9;]*m)?`)

// withoutPrefixes removes the prefixes of lines, if a line in the beginning has one.
func (s *state) withoutPrefixes(in *bufio.Reader) *bufio.Reader {
	size := in.Buffered()
	if !s.isLive() { // whose next line may not come for long
		size = peekSize
	}
	head, _ := in.Peek(size)
	if s.strict || bytes.ContainsFunc(head, isBinary) {
		return in
	}
	for line := range bytes.Lines(head) {
		if linePrefix.Match(line) {
			return bufio.NewReaderSize(&prefixedLines{src: in}, peekSize)
		}
	}
	return in
}

// isBinary reports whether a character is one that the text of a log doesn't have.
func isBinary(c rune) bool { return c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\x1b' }

// prefixedLines removes the prefixes of lines.
type prefixedLines struct {
	src    *bufio.Reader
	inside bool   // of a line
	cut    bool   // the line goes on after the next prefix
	rest   []byte // of what was read of a line
	err    error
}

func (l *prefixedLines) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		l.next()
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// next reads a line, or as much of it as there is room for.
func (l *prefixedLines) next() {
	l.rest, l.err = l.src.ReadSlice('\n')
	if l.err == bufio.ErrBufferFull {
		l.err = nil
	}
	if !l.inside {
		at := linePrefix.FindSubmatchIndex(l.rest)
		l.cut = at != nil && at[2] >= 0 && l.rest[at[2]] == 'P'
		if at != nil {
			l.rest = l.rest[at[1]:]
		}
	}
	l.inside = len(l.rest) == 0 || l.rest[len(l.rest)-1] != '\n'
	if !l.inside && l.cut {
		l.rest = l.rest[:len(l.rest)-1]
	}
}
