package codec

import (
	"io"

	"tracelab/tracetree"
)

// Reader reads spans from a stream, whose format it recognizes by the content. Create one with
// [NewReader].
//
// It holds a batch of spans, the texts that they share, and one line or element of the input: a
// file may be of any size. The package documentation lists what it holds in addition for some
// formats. It is not safe for concurrent use.
type Reader struct {
	// Strict makes every bad value, broken document and foreign line an error. Without it, they
	// cost as little as possible: an optional field, a span, or the rest of a document, with a
	// warning. Set it before the first call of Next.
	Strict bool
	// Live returns spans as soon as they have been read, rather than many at a time: for input that
	// is still being written, such as the output of a program that runs. Spans of Zipkin's format
	// are still held back, and archives are not read. Set it before the first call of Next.
	Live bool
	// MaxSize is how many bytes are read in all, of the input and of what its compressions and
	// archives hold; 0 for any number. More are an error with the cause [ErrTooLarge]. Set it
	// before the first call of Next.
	MaxSize int64

	src    io.Reader
	state  *state
	format Format
	stream stream
	err    error // what every further call of Next returns
}

// stream is what spans come from: JSON documents or protobuf messages.
type stream interface {
	// next returns further spans, or none and no error. With an error it returns the spans that
	// were read before it.
	next() ([]tracetree.Span, error)
}

// NewReader returns a reader of src. The name is used in errors and warnings only; "-" is the
// standard input. The reader doesn't close src.
func NewReader(src io.Reader, name string) *Reader {
	return &Reader{src: src, state: newState(name)}
}

// Next returns the next spans, at least one, in the order of the input. The caller may keep and
// change them, but not their Origin, which they share. After the last span the error is io.EOF;
// anything else is an [*Error], and is returned by every later call as well. Spans before an error
// are returned first.
func (r *Reader) Next() ([]tracetree.Span, error) {
	if r.stream == nil && r.err == nil {
		r.state.strict = r.Strict
		if r.Live {
			r.state.batch = 1
		}
		r.fail(r.open())
	}
	for r.err == nil {
		spans, err := r.stream.next()
		r.fail(err)
		if len(spans) > 0 {
			return spans, nil
		}
	}
	return nil, r.err
}

func (r *Reader) fail(err error) {
	if err != nil && err != io.EOF {
		err = asError(r.state.name, err)
	}
	r.err = err
}

// open recognizes the format.
func (r *Reader) open() error {
	if left := r.MaxSize; left > 0 {
		r.state.left = &left
	}
	in, err := r.state.decompress(r.src)
	if err != nil {
		return err
	}
	if !r.Live { // an archive is recognized by more than a first line
		archive, err := openArchive(in)
		if err != nil {
			return err
		}
		if archive != nil {
			r.stream = newArchiveStream(archive, r.state)
			return nil
		}
	}
	r.format, r.stream, err = openStream(in, r.state)
	return err
}

// Format returns the format of the input: "" until the first call of Next, and when it is unknown.
// That of an archive is the format of its first file.
func (r *Reader) Format() Format {
	if a, ok := r.stream.(*archiveStream); ok {
		return a.format
	}
	return r.format
}

// Warnings returns what the reader noticed so far: one for each kind, in the order in which they
// came up.
func (r *Reader) Warnings() []Warning { return append([]Warning(nil), r.state.warnings...) }

// ReadAll reads all spans of src, as a [Reader] does. With an error it returns what was read before
// it.
func ReadAll(src io.Reader, name string) ([]tracetree.Span, []Warning, error) {
	r := NewReader(src, name)
	var all []tracetree.Span
	for {
		batch, err := r.Next()
		if err == io.EOF {
			return all, r.Warnings(), nil
		}
		if err != nil {
			return all, r.Warnings(), err
		}
		all = append(all, batch...)
	}
}
