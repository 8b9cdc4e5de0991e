package codec

import (
	"io"
	"slices"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/jsonpull"
)

const (
	// batchSize is about how many spans a batch has.
	batchSize = 512
	// maxLists is how deep documents may be inside of arrays: a list of traces, each a list of spans.
	maxLists = 2
	// maxKeys is how many keys are remembered to say what a document is that is no trace.
	maxKeys = 8
)

// document decodes the documents of one format, the objects on top.
type document interface {
	// read reads on in the object that the input is at or in, and appends its spans to the batch. It may return with
	// more when the batch is large enough.
	read(batch []tracetree.Span) (spans []tracetree.Span, more bool, err error)
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
}

func newJSONStream(src io.Reader, s *state) (*jsonStream, error) {
	format, whole, err := sniff(src)
	if err != nil {
		return nil, err
	}
	in := input{jsonpull.New(whole), s}
	return &jsonStream{in: in, format: format, document: format.document(in)}, nil
}

// next returns the next spans, perhaps none, and io.EOF after the last ones. Spans can come together with an error:
// they were read before it.
func (s *jsonStream) next() ([]tracetree.Span, error) {
	var batch []tracetree.Span
	for len(batch) < batchSize {
		if s.ended {
			return batch, io.EOF
		}
		if !s.inside {
			ok, err := s.nextDocument()
			if err == io.EOF {
				s.ended = true
				batch = s.document.rest(batch)
				continue
			}
			if err != nil {
				return batch, err
			}
			if !ok {
				continue
			}
		}
		var err error
		if batch, s.inside, err = s.document.read(batch); err != nil {
			return batch, err
		}
	}
	return batch, nil
}

// nextDocument moves to the next object on top, into and out of lists. It returns false when there is more to do.
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
	case kind != jsonpull.Object:
		return false, s.in.Errorf("found %v, want a trace document (an object)", kind)
	}
	return true, nil
}

// foreign collects the keys of an object that its format doesn't have, to say what the object is.
type foreign struct{ keys []string }

func (f *foreign) add(key []byte) {
	if len(f.keys) < maxKeys {
		f.keys = append(f.keys, string(key[:min(len(key), 40)]))
	}
}

// error returns the error for an object that is not a document of the format that the stream has.
func (f *foreign) error(in input, want Format) error {
	if other := formatOf(f.keys); other != nil && other.name != want {
		return in.Errorf("mixed formats: this document is %s, those before it are %s; read them one by one", other.name, want)
	}
	return in.Errorf("%s", unknownJSON(f.keys))
}

func unknownJSON(keys []string) string {
	slices.Sort(keys)
	found := "has no keys"
	if len(keys) > 0 {
		found = "has keys " + strings.Join(keys, ", ")
	}
	return "unknown trace format: this JSON " + found + "; want " + hints()
}
