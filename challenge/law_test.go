package challenge_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tracelab/challenge"
	"tracelab/internal/law"
	"tracelab/tracetree"
)

// A complete request is found among requests that lost spans, in any order.
func TestCompleteRequestIsFoundAmongDamagedOnes(t *testing.T) {
	good := goodSpans(t)
	law.Check(t, func(t *rapid.T) {
		spans := slices.Clone(good)
		for n := range rapid.IntRange(0, 3).Draw(t, "others") {
			lost := rapid.SliceOfN(rapid.IntRange(0, 3), len(good), len(good)).Draw(t, "lost")
			for i, s := range good {
				if lost[i] == 0 {
					continue
				}
				s.TraceID[15] ^= byte(n + 1)
				s.Start, s.End = s.Start+int64(n)*1e6, s.End+int64(n)*1e6
				s.Links = slices.Clone(s.Links)
				for j := range s.Links {
					s.Links[j].TraceID[15] ^= byte(n + 1)
				}
				spans = append(spans, s)
			}
		}
		spans = rapid.Permutation(spans).Draw(t, "order")
		for _, v := range grade(spans, challenge.Names{}).Verdicts {
			if !strings.HasPrefix(v.Item.ID, "self-") && v.Status != challenge.Met {
				t.Fatalf("%s is %s: %s", v.Item.ID, v.Status, v.Seen)
			}
		}
	})
}

// Any spans can be graded: parents and links that lead anywhere, every kind, and names without
// meaning.
func TestAnySpansAreGraded(t *testing.T) {
	good := goodSpans(t)
	id := rapid.IntRange(0, len(good)-1)
	law.Check(t, func(t *rapid.T) {
		var spans []tracetree.Span
		for range rapid.IntRange(0, 12).Draw(t, "spans") {
			s := good[id.Draw(t, "span")]
			s.TraceID = tracetree.TraceID{rapid.Byte().Draw(t, "trace")%2 + 1}
			s.SpanID = good[id.Draw(t, "id")].SpanID
			s.Parent = good[id.Draw(t, "parent")].SpanID
			s.Links = []tracetree.Link{{TraceID: s.TraceID, SpanID: good[id.Draw(t, "link")].SpanID}}
			s.Kind = tracetree.Kind(rapid.IntRange(0, 5).Draw(t, "kind"))
			spans = append(spans, s)
		}
		g := grade(spans, challenge.Names{})
		for _, v := range g.Verdicts {
			if v.Status != challenge.Met && v.Seen == "" {
				t.Fatalf("%s is open without what was seen", v.Item.ID)
			}
		}
		if len(spans) == 0 && g.Open() != len(g.Verdicts) {
			t.Fatal("an empty capture meets items")
		}
	})
}
