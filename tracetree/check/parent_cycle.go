package check

import (
	"fmt"

	"tracelab/tracetree"
)

// shownInCycle is how many spans of a cycle a finding names.
const shownInCycle = 10

func parentCycle() Check {
	return Check{
		ID:       "parent-cycle",
		Title:    "spans are their own ancestors",
		Severity: Error,
		Doc: `A span whose parent, or parent's parent and so on, is the span itself.

Such spans form no tree. Programs that walk up to the root never finish, or show nothing.

A span can't have a child as its parent when the SDK makes the ids: the parent has to exist first. Look at the code that sets
or rewrites ids and parents: a converter, a processor of the Collector, test data.`,
		bad: []example{
			{
				Why: "each is the other's parent",
				Spans: `
					span=1 parent=2 name=reserve start=1ms
					span=2 parent=1 name=charge start=2ms`,
			},
			{
				Why:   "a span is its own parent",
				Spans: `span=1 parent=1 name=reserve`,
			},
		},
		good: []example{{
			Why: "two traces link to each other; links are not parents",
			Spans: `
				trace=1 span=1 name="first run" start=1ms link=2/1
				trace=2 span=1 name="second run" start=2ms link=1/1`,
		}},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			cut := p.Forest.Node(i)
			if !cut.Has(tracetree.Cycle) {
				return
			}
			length, others := walkUp(p.Forest, cut)
			if length == 0 {
				return
			}
			seen := fmt.Sprintf("its parent leads back to it over %d spans", length)
			if length == 1 {
				seen = "it is its own parent"
			}
			f := p.Report(i, seen, "parents that lead to a root",
				"ids or parents are set by hand, or rewritten by a converter",
				"two spans of the trace got the same id, and one stands for the other")
			f.Related = others
			if p.cycles == nil {
				p.cycles = make(map[tracetree.TraceID]bool)
			}
			p.cycles[s.TraceID] = true
		},
	}
}

// walkUp follows the parents of a span at which a cycle was cut. It returns
// the number of spans in the cycle, and the first of them; 0 if the walk ends, as
// in a cycle of links. A forest cuts each cycle once, so all
// walks together are no longer than the forest.
func walkUp(forest *tracetree.Forest, cut tracetree.Node) (length int, others []Ref) {
	for at := cut; ; length++ {
		s := at.Span()
		if s.Parent.IsZero() || length > len(forest.Spans()) {
			return 0, nil
		}
		above, ok := forest.Lookup(s.TraceID, s.Parent)
		if !ok {
			return 0, nil
		}
		if above == cut {
			return length + 1, others
		}
		if len(others) < shownInCycle {
			others = append(others, refTo(above.Span()))
		}
		at = above
	}
}
