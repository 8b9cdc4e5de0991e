package check_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// Findings are about the ids that are in the input, not about those that a reader made up to tell
// spans with a shared id apart.
func TestFindingsHaveTheIDsOfTheInput(t *testing.T) {
	for _, c := range check.All() {
		bad, _ := c.Examples()
		for _, e := range bad {
			in := exampleInput(t, e)
			derived := deriveIDs(in.Forest.Spans())
			in.Forest = tracetree.Build(in.Forest.Spans())
			text, err := json.Marshal(check.RunEach([]check.Check{c}, in, e.Config).Findings)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range derived {
				if strings.Contains(string(text), id.String()) {
					t.Errorf("%s: %s: the id %s isn't in the input: %s", c.ID, e.Why, id, text)
				}
			}
		}
	}
}

// deriveIDs gives each span an id that is not that of its input, and returns these ids.
func deriveIDs(spans []tracetree.Span) []tracetree.SpanID {
	type key struct {
		trace tracetree.TraceID
		span  tracetree.SpanID
	}
	made := make(map[key]tracetree.SpanID)
	var ids []tracetree.SpanID
	for i := range spans {
		s := &spans[i]
		id := s.SpanID
		for at := range id {
			id[at] ^= 0xa5
		}
		ids = append(ids, id)
		made[key{s.TraceID, s.SpanID}] = id
	}
	for i := range spans {
		s := &spans[i]
		rare := tracetree.Rare{}
		if s.Rare != nil {
			rare = *s.Rare
		}
		rare.OriginalID = s.SpanID
		s.SpanID = made[key{s.TraceID, s.SpanID}]
		if parent, ok := made[key{s.TraceID, s.Parent}]; ok {
			rare.OriginalParent, s.Parent = s.Parent, parent
		}
		s.Rare = &rare
		s.Links = slices.Clone(s.Links)
		for at := range s.Links {
			if to, ok := made[key{s.Links[at].TraceID, s.Links[at].SpanID}]; ok {
				s.Links[at].SpanID = to
			}
		}
	}
	return ids
}
