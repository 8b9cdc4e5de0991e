package check

import (
	"fmt"
	"strings"

	"tracelab/tracetree"
)

func droppedData() Check {
	return Check{
		ID:       "dropped-data",
		Title:    "the SDK dropped attributes, events or links",
		Severity: Warning,
		Doc: `A span with a count of dropped attributes, events or links: it had more of them than the SDK's limits allow (128 of each,
unless it is configured otherwise).

The dropped data is lost, and it is the data that was added last: often the outcome. Without its link, a consumer is cut off
from its producer.

Look for the loop that adds attributes or events, and put lists into one attribute, or counts in place of items. If all of it
is needed, raise OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, OTEL_SPAN_EVENT_COUNT_LIMIT or OTEL_SPAN_LINK_COUNT_LIMIT.`,
		bad: []example{{
			Why:   "an event for each of two thousand rows",
			Spans: `span=1 name=import dropped_events=1872`,
		}},
		good: []example{{
			Why:   "a tracestate is as rare, and has nothing to do with losses",
			Spans: `span=1 name=import tracestate=vendor=1`,
		}},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			r := s.Rare
			if r == nil || r.DroppedAttributes == 0 && r.DroppedEvents == 0 && r.DroppedLinks == 0 {
				return
			}
			what := dropped{s.Origin, s.Name, r.DroppedAttributes > 0, r.DroppedEvents > 0, r.DroppedLinks > 0}
			stateOf[occurrences[dropped]](p).add(what, i)
		},
		run: func(p *pass) {
			for _, o := range stateOf[occurrences[dropped]](p).list {
				p.Report(o.first, "the SDK dropped "+droppedList(p.Forest.Spans()[o.first].Rare),
					"no more of each than the SDK's limits allow", o.what.causes()...).Others = o.others()
			}
		},
	}
}

// dropped is what the spans of one operation lose.
type dropped struct {
	origin                    *tracetree.Origin
	name                      string
	attributes, events, links bool
}

func (d dropped) causes() []string {
	var causes []string
	if d.events {
		causes = append(causes, "an event is added in a loop, for each item, retry or row")
	}
	if d.links {
		causes = append(causes, "a batch has more messages than a span may have links")
	}
	if d.attributes {
		causes = append(causes, "a whole request, map or list is set, each part as an attribute")
	}
	return append(causes, "the limits are lower than the SDK's own: OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT and its siblings")
}

func droppedList(r *tracetree.Rare) string {
	var parts []string
	for _, part := range []struct {
		n    uint32
		what string
	}{{r.DroppedAttributes, "attribute"}, {r.DroppedEvents, "event"}, {r.DroppedLinks, "link"}} {
		switch part.n {
		case 0:
		case 1:
			parts = append(parts, "1 "+part.what)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", part.n, part.what))
		}
	}
	return strings.Join(parts, " and ")
}
