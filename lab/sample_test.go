package lab_test

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/internal/sample"
	"tracelab/lab"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
	"tracelab/tracetree/codec/fromsdk"
)

// The recorded trace that tests use instead of the services is what the services record. IDs, times
// and the values that differ from run to run are not compared.
func TestSampleIsWhatTheServicesRecord(t *testing.T) {
	spans := record(t)
	if *update {
		var b bytes.Buffer
		if err := codec.WriteOTLPJSON(&b, spans); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("../internal/sample/create-task.otlp.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	recorded, again, kept := describe(spans), describe(record(t)), describe(sample.CreateTask(t))
	compared := 0
	for key, value := range recorded.values {
		if _, ok := kept.values[key]; ok && again.values[key] != value {
			recorded.values[key], kept.values[key] = "", ""
		} else {
			compared++
		}
	}
	if compared < 50 {
		t.Errorf("%d values are the same in each run, want most of %d", compared, len(recorded.values))
	}
	if diff := cmp.Diff(recorded, kept, cmp.AllowUnexported(description{})); diff != "" {
		t.Errorf("(-recorded +sample):\n%s\nrun: go test ./lab -run TestSampleIsWhatTheServicesRecord -update", diff)
	}
}

// record returns the spans of one request to the three services.
func record(t *testing.T) []tracetree.Span {
	t.Helper()
	l, err := lab.Start(t.Context(), lab.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	request, err := lab.CreateTask("Learn tracing")
	if err != nil {
		t.Fatal(err)
	}
	recording, err := l.Record(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return fromsdk.Spans(recording.Spans)
}

// description is what can be the same in each run.
type description struct {
	tree   string
	values map[string]string // of attributes, by the label of the span, the kind and the key
}

func describe(spans []tracetree.Span) description {
	d := description{tracetree.Format(tracetree.Build(spans), tracetree.Full), make(map[string]string)}
	for i := range spans {
		s := &spans[i]
		for _, a := range slices.Concat(s.Attributes, s.Origin.Resource) {
			d.values[tracetree.Label(s)+" "+s.Kind.String()+" "+a.Key] = a.Value.Kind().String() + " " + a.Value.Text()
		}
	}
	return d
}
