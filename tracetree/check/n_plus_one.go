package check

import (
	"fmt"
	"time"

	"tracelab/tracetree"
)

func nPlusOne() Check {
	return Check{
		ID:       "n-plus-one",
		Title:    "one call after the other, where one could do",
		Severity: Warning,
		Doc: `More than 10 calls or sends of one operation below one span, one after the other, that take at least half of the time
from the first to the last. Calls that run side by side are not flagged, nor those that are far apart, as a poller's are.

Each call waits for the one before it, and pays for the way there and back. Time grows with the number of items, and what
is fast with ten in a test takes seconds with thousands.

Ask for all at once: a query with IN or a join, BatchGetItem, SendMessageBatch, an endpoint that takes a list. Where that
is impossible make the calls side by side, a few at a time.`,
		Bad: []Example{{
			Why:  "a query for each article of the cart",
			Tree: "shop: GET /cart (root)\n  db: Query (carts table)\n  11x db: GetItem (prices table)",
		}},
		Good: []Example{{
			Why: "they are asked side by side, four at a time",
			Spans: `
				span=1 name="GET /cart" start=0s end=1s
				span=2 parent=1 kind=client name="GetItem prices" start=0s end=8ms
				span=3 parent=1 kind=client name="GetItem prices" start=1ms end=9ms
				span=4 parent=1 kind=client name="GetItem prices" start=2ms end=10ms
				span=5 parent=1 kind=client name="GetItem prices" start=3ms end=11ms
				span=6 parent=1 kind=client name="GetItem prices" start=8ms end=16ms
				span=7 parent=1 kind=client name="GetItem prices" start=9ms end=17ms
				span=8 parent=1 kind=client name="GetItem prices" start=10ms end=18ms
				span=9 parent=1 kind=client name="GetItem prices" start=11ms end=19ms
				span=a parent=1 kind=client name="GetItem prices" start=16ms end=24ms
				span=b parent=1 kind=client name="GetItem prices" start=17ms end=25ms
				span=c parent=1 kind=client name="GetItem prices" start=18ms end=26ms
				span=d parent=1 kind=client name="GetItem prices" start=19ms end=27ms`,
		}, {
			Why:  "ten is the most that is not flagged",
			Tree: "shop: GET /cart (root)\n  10x db: GetItem (prices table)\n  2x db: GetItem (carts table)",
		}},
		Run: func(p *Pass) {
			most := limit(p.Config.Limits.RepeatedSiblings, 10)
			for i := range p.Forest.Len() {
				if n := p.Forest.Node(i); n.NumChildren() > most {
					reportRepeated(p, n, most)
				}
			}
		},
	}
}

// repeated is a row of calls of one operation, one after the other.
type repeated struct {
	first, count     int
	start, end, busy int64
	found            int   // the most calls of a row that was long and dense enough
	foundFirst       int   // its first call
	foundTime        int64 // and how long it took
}

// add goes on with the row, or starts another one with a call that did not wait
// for the one before. Formats round to microseconds, so that much may overlap.
func (r *repeated) add(i int, s *tracetree.Span, most int) {
	if r.count == 0 || s.Start < r.end-int64(time.Microsecond) {
		r.first, r.count, r.start, r.busy = i, 0, s.Start, 0
	}
	r.count++
	r.busy += s.End - s.Start
	r.end = max(r.end, s.End)
	if r.count > max(most, r.found) && 2*r.busy >= r.end-r.start {
		r.found, r.foundFirst, r.foundTime = r.count, r.first, r.end-r.start
	}
}

func reportRepeated(p *Pass, above tracetree.Node, most int) {
	rows := map[string]*repeated{}
	var order []string
	for child := range above.Children() {
		s := child.Span()
		if d, known := s.Duration(); !known || d < 0 || s.Kind != tracetree.KindClient && s.Kind != tracetree.KindProducer {
			continue
		}
		operation := tracetree.Label(s)
		row := rows[operation]
		if row == nil {
			row = &repeated{}
			rows[operation] = row
			order = append(order, operation)
		}
		row.add(child.Index(), s, most)
	}
	for _, operation := range order {
		row := rows[operation]
		if row.found == 0 {
			continue
		}
		f := p.Report(row.foundFirst, fmt.Sprintf("%d calls of %s one after the other, %s in all", row.found, operation, time.Duration(row.foundTime)),
			fmt.Sprintf("one call for all, or calls side by side; at most %d in a row", most),
			"a call for each item of a list, in a loop",
			"an object mapper loads what belongs to each row when it is looked at",
			"the same thing is asked again and again, without a cache")
		f.Related = append(f.Related, refTo(above.Span()))
	}
}
