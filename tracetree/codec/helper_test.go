package codec_test

import (
	"io"
	"strings"
	"testing"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// drain reads all batches, none of which may be empty.
func drain(r *codec.Reader) ([]tracetree.Span, error) {
	var all []tracetree.Span
	for {
		batch, err := r.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		if len(batch) == 0 {
			panic("an empty batch")
		}
		all = append(all, batch...)
	}
}

// read reads text that must be valid.
func read(t testing.TB, text string) ([]tracetree.Span, []codec.Warning) {
	t.Helper()
	spans, warnings, err := codec.ReadAll(strings.NewReader(text), "test")
	if err != nil {
		t.Fatal(err)
	}
	return spans, warnings
}

// tree returns the spans in the notation.
func tree(spans []tracetree.Span, opts ...tracetree.Option) string {
	return tracetree.Format(tracetree.Build(spans), opts...)
}
