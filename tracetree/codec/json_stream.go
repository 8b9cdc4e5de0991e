package codec

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/jsonpull"
)

const (
	// batchSize is about how many spans a batch has, unless the input is live.
	batchSize = 512
	// maxLists is how deep documents may be inside of arrays: a list of traces, each a list of
	// spans.
	maxLists = 2
	// maxKeys is how many keys are remembered for the message about a document that isn't a trace.
	maxKeys = 8
)

// document decodes the documents of one format, the objects on top.
type document interface {
	// read reads on in the object that the input is at or in, and appends its spans to the batch.
	// It may return with more when the batch is large enough. After an error about a value it has
	// read all of the object.
	read(batch []tracetree.Span) (spans []tracetree.Span, more bool, err error)
	// cut appends what was read of a document that is cut off, and forgets the rest of it.
	cut(batch []tracetree.Span) []tracetree.Span
	// rest appends what was held back, at the end of the input.
	rest(batch []tracetree.Span) []tracetree.Span
}

// jsonStream reads documents one after the other, on top or as elements of lists.
type jsonStream struct {
	in       input
	format   *format
	document document
	inside   bool // of a document
	ended    bool
	found    bool // spans
	size     int  // of the last batch
}

func newJSONStream(src io.Reader, s *state) (*jsonStream, error) {
	format, whole, err := sniff(src, s.strict)
	if err != nil {
		return nil, err
	}
	in := input{jsonpull.New(whole), s}
	return &jsonStream{in: in, format: format, document: format.document(in)}, nil
}

// next returns the next spans, possibly zero of them, and io.EOF after the last ones. Spans can
// come together with an error: they were read before it.
func (s *jsonStream) next() ([]tracetree.Span, error) {
	batch := make([]tracetree.Span, 0, s.size) // as many as the last time
	defer func() { s.size = len(batch) }()
	for len(batch) < s.in.batch && !s.ended {
		err := s.step(&batch)
		if err == io.EOF {
			s.ended = true
			batch = s.document.rest(batch)
		} else if err != nil {
			return s.document.rest(batch), err
		}
	}
	s.found = s.found || len(batch) > 0
	switch {
	case !s.ended:
		return batch, nil
	case s.found || s.in.broken == nil:
		return batch, io.EOF
	default:
		return nil, s.in.broken // there is nothing but what was passed over
	}
}

// step reads a document or a part of one. It returns io.EOF at the end.
func (s *jsonStream) step(batch *[]tracetree.Span) error {
	if !s.inside {
		if ok, err := s.nextDocument(); err != nil || !ok {
			return s.pass(err, batch)
		}
	}
	var err error
	*batch, s.inside, err = s.document.read(*batch)
	return s.pass(err, batch)
}

// pass passes over what an error is about, unless the reader is strict: an object that isn't a
// document of the format, a line that isn't one, or what remains of a document that is cut off.
func (s *jsonStream) pass(err error, batch *[]tracetree.Span) error {
	if err == nil {
		return nil // before cause, which gets to the heap
	}
	var cause *Error
	switch {
	case err == io.EOF || s.in.strict || !errors.As(err, &cause):
		return err
	case cause.Err != nil && !errors.Is(cause.Err, io.ErrUnexpectedEOF):
		return err // reading failed
	}
	s.in.noteBroken(err)
	if jsonpull.IsValue(err) {
		s.leave(batch)
		s.in.warnOf(NotATrace, err, "it is skipped")
		return nil
	}
	cut := cause.Err != nil || s.in.AtNUL()
	if !cut && (s.in.Depth() == 0 || !s.in.AtDocument()) {
		s.in.warnOf(NotATrace, err, "only traces in the line are read")
		s.leave(batch)
	} else {
		s.in.warnOf(CutDocument, err, "the rest of the document is skipped")
		*batch = s.document.cut(*batch)
	}
	s.inside = false
	if err := s.in.NextLine(); !errors.Is(err, io.ErrUnexpectedEOF) { // as compressed input that is cut off or damaged
		return err
	}
	return io.EOF
}

// leave ends a document in which an error was found, if there is one: the next one begins anew.
func (s *jsonStream) leave(batch *[]tracetree.Span) {
	if s.inside {
		*batch = s.document.cut(*batch)
		s.inside = false
	}
}

// passOver passes over a value that begins at an offset if it isn't a document or a part of one,
// unless the reader is strict.
func (in input) passOver(err error, at int64) error {
	if err == nil || in.strict || !jsonpull.IsValue(err) {
		return err
	}
	in.noteBroken(err)
	in.warnOf(NotATrace, err, "it is skipped")
	if in.Offset() == at {
		return in.Skip()
	}
	return nil
}

func (s *state) noteBroken(err error) {
	if s.broken == nil {
		s.broken = err
	}
}

// nextDocument moves to the next object on top, into and out of lists. It returns false when there
// is more to do.
func (s *jsonStream) nextDocument() (bool, error) {
	if s.in.Depth() > 0 {
		if more, err := s.in.NextElement(); err != nil || !more {
			return false, err
		}
	}
	kind, err := s.in.Peek()
	switch {
	case err != nil:
		return false, err
	case kind == jsonpull.Array && s.in.Depth() < maxLists:
		return false, s.in.EnterArray()
	case kind == jsonpull.Object:
		return true, nil
	}
	err = s.in.Errorf("found %v, want a trace document (an object)", kind)
	if s.in.strict {
		return false, err
	}
	if s.in.Depth() == 0 { // not a value that is alone, but the beginning of a line of text
		s.in.warnOf(NotATrace, err, "only traces in the line are read")
		s.in.noteBroken(err)
		return false, s.in.NextLine()
	}
	return false, cmp.Or(s.in.Skip(), err)
}

// foreign collects the keys of an object that its format doesn't have, for the message about that
// object.
type foreign struct{ keys keySet }

// add adds the key of a member whose value is next.
func (f *foreign) add(in input, key []byte) {
	if len(f.keys) < maxKeys {
		f.keys = append(f.keys, keyWithKind(in.Reader, key))
	}
}

// keyWithKind returns a key, followed by the bracket with which its value begins, if that is an
// object or an array.
func keyWithKind(in *jsonpull.Reader, key []byte) string {
	name := string(key[:min(len(key), 40)])
	switch kind, err := in.Peek(); {
	case err != nil:
	case kind == jsonpull.Object:
		name += "{"
	case kind == jsonpull.Array:
		name += "["
	}
	return name
}

// error returns the error for an object that is not a document of the format that the stream has.
func (f *foreign) error(in input, want Format) error {
	other := formatOf(f.keys)
	if other != nil && other.instead != "" {
		return in.Errorf("%s", other.notRead())
	}
	if other != nil && other.name != want {
		return in.Errorf("mixed formats: this document is %s, those before it are %s; read them one by one", other.name, want)
	}
	return in.Errorf("%s", unknownJSON(f.keys))
}

// unknownJSON returns the message about an object with these keys, each with its value's bracket.
func unknownJSON(keys keySet) string {
	found := "has no keys"
	var names []string
	for _, key := range keys {
		if !strings.HasPrefix(key, ".") && len(names) < maxKeys {
			names = append(names, strings.TrimRight(key, "{["))
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		found = "has keys " + strings.Join(names, ", ")
	}
	return "unknown trace format: this JSON " + found + "; want " + hints()
}
