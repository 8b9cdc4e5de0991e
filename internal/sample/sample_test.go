package sample_test

import (
	"bytes"
	"flag"
	"maps"
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

var update = flag.Bool("update", false, "record the spans again")

// TestCreateTaskIsWhatTheServicesRecord runs the services, which the users of the package needn't
// link. IDs and times differ from run to run.
func TestCreateTaskIsWhatTheServicesRecord(t *testing.T) {
	spans := record(t)
	if *update {
		var b bytes.Buffer
		if err := codec.WriteOTLPJSON(&b, spans); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("create-task.otlp.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(descriptions(spans), descriptions(sample.CreateTask(t))); diff != "" {
		t.Errorf("(-recorded +sample):\n%s\nrun: go test ./internal/sample -update", diff)
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

// description is what is the same in each run: the tree, and the keys of attributes.
type description struct {
	Tree       string
	Attributes map[string][]string // by label
	Resources  map[string][]string // by service
}

func descriptions(spans []tracetree.Span) description {
	d := description{
		Tree:       tracetree.Format(tracetree.Build(spans), tracetree.Full),
		Attributes: make(map[string][]string),
		Resources:  make(map[string][]string),
	}
	for i := range spans {
		s := &spans[i]
		d.Attributes[tracetree.Label(s)+" "+s.Kind.String()] = keys(s.Attributes)
		d.Resources[s.Service()] = keys(s.Origin.Resource)
	}
	return d
}

// keys returns the keys of attributes and the types of their values, in order.
func keys(attributes []tracetree.Attr) []string {
	found := make(map[string]bool)
	for _, a := range attributes {
		found[a.Key+" "+a.Value.Kind().String()] = true
	}
	return slices.Sorted(maps.Keys(found))
}
