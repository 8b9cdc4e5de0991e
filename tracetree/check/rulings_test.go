package check_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// A ruling is an input and what a check has to find in it, each finding as its
// severity and the label of its span.
type ruling struct {
	reason  string
	example sample
	want    []string
}

// tree is an input that the notation can express, in a row of a table.
//
//go:noinline
func tree(text string) sample { return sample{Tree: text} }

// lone is an input of one span, whose ids and service are filled in.
//
//go:noinline
func lone(s tracetree.Span) sample {
	s.TraceID, s.SpanID, s.Origin = tracetree.TraceID{1}, tracetree.SpanID{1}, originOf("shop")
	return sample{Spans: []tracetree.Span{s}}
}

//go:noinline
func originOf(service string, more ...tracetree.Attr) *tracetree.Origin {
	return &tracetree.Origin{
		Resource: append([]tracetree.Attr{{Key: "service.name", Value: tracetree.String(service)}}, more...),
	}
}

// texts are attributes with strings as values, from keys and values in turn.
//
//go:noinline
func textPairs(pairs ...string) []tracetree.Attr {
	var attrs []tracetree.Attr
	for i := 0; i+1 < len(pairs); i += 2 {
		attrs = append(attrs, tracetree.Attr{Key: pairs[i], Value: tracetree.String(pairs[i+1])})
	}
	return attrs
}

func ms(n int64) int64 { return n * int64(time.Millisecond) }

// findingsOf runs the check of an id.
func findingsOf(t testing.TB, id string, e sample) []check.Finding {
	t.Helper()
	for _, c := range check.All() {
		if c.ID == id {
			return check.RunEach([]check.Check{c}, inputOf(t, e), e.Config).Findings
		}
	}
	t.Fatalf("there is no check %s", id)
	return nil
}

func wantRulings(t *testing.T, id string, rulings []ruling) {
	t.Helper()
	for _, r := range rulings {
		t.Run(r.reason, func(t *testing.T) {
			t.Helper()
			var got []string
			for _, f := range findingsOf(t, id, r.example) {
				got = append(got, f.Severity.String()+" "+f.Label)
				if f.Seen == "" || f.Expected == "" || len(f.Causes) == 0 {
					t.Errorf("the finding lacks what was seen, what was expected or the causes: %+v", f)
				}
			}
			if diff := cmp.Diff(r.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("findings (-want +got):\n%s\n%s", diff, r.example.Tree)
			}
		})
	}
}
