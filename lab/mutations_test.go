package lab_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/lab"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec/fromsdk"
)

// A mutation is one damage to the system's good trace.
type mutation struct {
	name   string
	damage func(*damaged)
	fires  []string // the checks that are to fire, and no others
}

// damaged is a trace to be damaged.
type damaged struct {
	spans  []tracetree.Span
	in     check.Input
	config check.Config
}

func (d *damaged) span(name string, kind tracetree.Kind) *tracetree.Span {
	for i := range d.spans {
		if d.spans[i].Name == name && d.spans[i].Kind == kind {
			return &d.spans[i]
		}
	}
	panic("there is no span " + name)
}

func (d *damaged) remove(name string, kind tracetree.Kind) {
	id := d.span(name, kind).SpanID
	d.spans = slices.DeleteFunc(d.spans, func(s tracetree.Span) bool { return s.SpanID == id })
}

const (
	httpRoot = "POST /tasks"
	rpc      = "tasks.TaskService/CreateTask"
	put      = "DynamoDB.PutItem"
	send     = "send task-events"
	process  = "process task-created"
	updateDB = "DynamoDB.UpdateItem"
)

func set(s *tracetree.Span, key string, value tracetree.Value) {
	for i := range s.Attributes {
		if s.Attributes[i].Key == key {
			s.Attributes[i].Value = value
			return
		}
	}
	s.Attributes = append(s.Attributes, tracetree.Attr{Key: key, Value: value})
}

func unset(s *tracetree.Span, keys ...string) {
	s.Attributes = slices.DeleteFunc(s.Attributes, func(a tracetree.Attr) bool { return slices.Contains(keys, a.Key) })
}

// goodTrace is the spans of a CreateTask, with times that look like those of
// real services.
func goodTrace(t testing.TB) []tracetree.Span {
	t.Helper()
	l := start(t, lab.Config{Latency: func(op string) time.Duration { return lab.RealisticLatency(op) / 4 }})
	createTask(t, l)
	return fromsdk.Spans(l.Spans())
}

func firedBy(spans []tracetree.Span, in check.Input, config check.Config) []string {
	in.Forest = tracetree.Build(spans)
	var fired []string
	for _, f := range check.Run(check.All(), in, config).Findings {
		if !slices.Contains(fired, f.Check) {
			fired = append(fired, f.Check)
		}
	}
	slices.Sort(fired)
	return fired
}

// TestMutations damages the good trace in one way after the other, and looks
// which checks fire: those that should, and no others.
func TestMutations(t *testing.T) {
	good := goodTrace(t)
	if fired := firedBy(good, check.Input{}, check.Config{}); len(fired) > 0 {
		t.Fatalf("on the good trace these fire: %v", fired)
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%-58s %s\n", "damage", "checks that fire")
	for _, m := range mutations {
		d := &damaged{spans: cloneSpans(good)}
		m.damage(d)
		fired := firedBy(d.spans, d.in, d.config)
		want := slices.Sorted(slices.Values(m.fires))
		if !slices.Equal(fired, want) {
			t.Errorf("%s: %v fire, want %v", m.name, fired, want)
		}
		fmt.Fprintf(&table, "%-58s %s\n", m.name, strings.Join(fired, ", "))
	}
	goldenFile(t, "testdata/mutations.txt", table.String())
}

func cloneSpans(spans []tracetree.Span) []tracetree.Span {
	cloned := slices.Clone(spans)
	for i := range cloned {
		s := &cloned[i]
		s.Attributes, s.Links, s.Events = slices.Clone(s.Attributes), slices.Clone(s.Links), slices.Clone(s.Events)
		origin := *s.Origin
		origin.Resource = slices.Clone(origin.Resource)
		s.Origin = &origin
	}
	return cloned
}

var update = flag.Bool("update", false, "write the golden files")

func goldenFile(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
