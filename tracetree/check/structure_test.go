package check_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// ruleCase is one case of a check's rule: a tree of the notation, or spans.
type ruleCase struct {
	reason string
	tree   string
	spans  []tracetree.Span
	config check.Config
	// want are the findings as "severity: what was seen", of which what is seen
	// may be only the beginning.
	want []string
}

// testStructure runs one check over its cases.
func testStructure(t *testing.T, id string, tests []ruleCase) {
	t.Helper()
	c := checkNamed(t, id)
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			in := inputOf(t, sample{Tree: test.tree, Spans: test.spans})
			wantSeen(t, check.RunEach([]check.Check{c}, in, test.config), test.want)
		})
	}
}

func wantSeen(t *testing.T, r check.Result, want []string) {
	t.Helper()
	var got []string
	for i, f := range r.Findings {
		text := fmt.Sprintf("%s: %s", f.Severity, f.Seen)
		if i < len(want) && strings.HasPrefix(text, want[i]) {
			text = want[i]
		}
		got = append(got, text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func checkNamed(t testing.TB, id string) check.Check {
	t.Helper()
	all := check.All()
	at := slices.IndexFunc(all, func(c check.Check) bool { return c.ID == id })
	if at < 0 {
		t.Fatalf("no check is called %s", id)
	}
	return all[at]
}

// oneSpan makes a span of trace 1 without times.
func oneSpan(id, parent byte, kind tracetree.Kind, service, name string, more ...func(*tracetree.Span)) tracetree.Span {
	s := tracetree.Span{TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{id}, Kind: kind, Name: name}
	if parent != 0 {
		s.Parent = tracetree.SpanID{parent}
	}
	if service != "" {
		s.Origin = &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String(service)}}}
	}
	for _, change := range more {
		change(&s)
	}
	return s
}

//go:noinline
func inTrace(id byte) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.TraceID = tracetree.TraceID{id} }
}

func parentIs(r tracetree.Remote) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.ParentRemote = r }
}

// during gives a span its times, in milliseconds after the first second.
//
//go:noinline
func during(start, end int) func(*tracetree.Span) {
	ms := func(n int) int64 { return int64(time.Second) + int64(n)*int64(time.Millisecond) }
	return func(s *tracetree.Span) { s.Start, s.End = ms(start), ms(end) }
}

// texts adds attributes, given as "key=value".
//
//go:noinline
func texts(attrs ...string) func(*tracetree.Span) {
	return func(s *tracetree.Span) {
		for _, a := range attrs {
			key, value, _ := strings.Cut(a, "=")
			s.Attributes = append(s.Attributes, tracetree.Attr{Key: key, Value: tracetree.String(value)})
		}
	}
}

//go:noinline
func count(key string, n int64) func(*tracetree.Span) {
	return func(s *tracetree.Span) {
		s.Attributes = append(s.Attributes, tracetree.Attr{Key: key, Value: tracetree.Int(n)})
	}
}

//go:noinline
func linkedTo(trace, id byte) func(*tracetree.Span) {
	return func(s *tracetree.Span) {
		s.Links = append(s.Links, tracetree.Link{TraceID: tracetree.TraceID{trace}, SpanID: tracetree.SpanID{id}})
	}
}

//go:noinline
func ofInstance(id string) func(*tracetree.Span) { return onResource("service.instance.id", id) }

//go:noinline
func onResource(key, value string) func(*tracetree.Span) {
	return func(s *tracetree.Span) {
		s.Origin.Resource = append(s.Origin.Resource, tracetree.Attr{Key: key, Value: tracetree.String(value)})
	}
}
