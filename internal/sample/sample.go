// Package sample makes spans for the tests and benchmarks of live traces: copies of a trace that
// the three services record. Only tests import it.
package sample

import (
	"bytes"
	"cmp"
	_ "embed" // of the recorded spans
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

//go:embed create-task.otlp.json
var createTask []byte

// CreateTask returns the seven spans of a CreateTask, as the three services export them, that began
// a second ago. They are read from a file, so that the tests that need spans don't link the
// services.
func CreateTask(tb testing.TB) []tracetree.Span {
	tb.Helper()
	spans, warnings, err := codec.ReadAll(bytes.NewReader(createTask), "create-task.otlp.json")
	if err != nil {
		tb.Fatal(err)
	}
	for _, w := range warnings {
		tb.Error(w)
	}
	// Searches, and stores, look for recent traces: the times of the file would be too old one day.
	later := time.Now().Add(-time.Second).UnixNano() - slices.MinFunc(spans, earlier).Start
	for i := range spans {
		spans[i].Start += later
		spans[i].End += later
		for j := range spans[i].Events {
			spans[i].Events[j].Time += later
		}
	}
	return spans
}

func earlier(a, b tracetree.Span) int { return cmp.Compare(a.Start, b.Start) }

// Copy returns the n-th copy of a trace, whose spans share nothing that changes with it: other IDs,
// other times, and other values where each request has its own.
func Copy(spans []tracetree.Span, n int) []tracetree.Span {
	copied := clone(spans)
	for i := range copied {
		s := &copied[i]
		binary.BigEndian.PutUint64(s.TraceID[:8], mix(n))
		renameSpan(&s.SpanID, n)
		renameSpan(&s.Parent, n)
		s.Start += int64(n) * 1_000_003
		s.End += int64(n)*1_000_003 + int64(mix(n)%1000)
		for j := range s.Links {
			binary.BigEndian.PutUint64(s.Links[j].TraceID[:8], mix(n))
			renameSpan(&s.Links[j].SpanID, n)
		}
		for j := range s.Attributes {
			switch a := &s.Attributes[j]; a.Key {
			case "messaging.message.id", "aws.request_id", "task.id":
				text := []byte(a.Value.Text())
				const digits = "0123456789abcdef"
				for k := range min(len(text), 16) {
					text[k] = digits[mix(n)>>(4*k)&15]
				}
				a.Value = tracetree.String(string(text))
			}
		}
	}
	return copied
}

func renameSpan(id *tracetree.SpanID, n int) {
	if !id.IsZero() {
		binary.BigEndian.PutUint64(id[:], binary.BigEndian.Uint64(id[:])^mix(n))
	}
}

// mix spreads a number over 64 bits.
func mix(n int) uint64 { return (uint64(n) + 1) * 0x9E3779B97F4A7C15 }

// clone copies what Copy changes. Origins are shared, as those of spans of one process are.
func clone(spans []tracetree.Span) []tracetree.Span {
	spans = slices.Clone(spans)
	for i := range spans {
		spans[i].Attributes = slices.Clone(spans[i].Attributes)
		spans[i].Links = slices.Clone(spans[i].Links)
	}
	return spans
}
