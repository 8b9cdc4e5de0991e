package check_test

import (
	"testing"

	"tracelab/tracetree"
)

func TestDroppedData(t *testing.T) {
	for _, tt := range []struct {
		reason string
		rare   tracetree.Rare
		want   []string
	}{
		{"attributes", tracetree.Rare{DroppedAttributes: 2}, []string{"the SDK dropped 2 attributes"}},
		{"an event", tracetree.Rare{DroppedEvents: 1}, []string{"the SDK dropped 1 event"}},
		{"links", tracetree.Rare{DroppedLinks: 9}, []string{"the SDK dropped 9 links"}},
		{
			"all",
			tracetree.Rare{DroppedAttributes: 1, DroppedEvents: 2, DroppedLinks: 1},
			[]string{"the SDK dropped 1 attribute and 2 events and 1 link"},
		},
		{"nothing", tracetree.Rare{TraceState: "a=1"}, nil},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			wantWords(t, tt.reason, tt.want,
				seenBy(t, "dropped-data", renumbered([]tracetree.Span{{}, {Name: "x", Rare: &tt.rare}})...))
		})
	}
}

func TestDroppedDataOfOneOperationIsOneFinding(t *testing.T) {
	dropped := func(name string, links uint32) tracetree.Span {
		return tracetree.Span{Name: name, Origin: shop, Rare: &tracetree.Rare{DroppedLinks: links}}
	}
	wantWords(t, "two operations", []string{"the SDK dropped 3 links (and on 1 other span)", "the SDK dropped 5 links"},
		seenBy(t, "dropped-data", renumbered([]tracetree.Span{dropped("a", 3), dropped("b", 5), dropped("a", 7)})...))
}
