package stats_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

func TestCompareAttributes(t *testing.T) {
	calls := func(pairs ...[]string) *tracetree.Forest {
		var spans []tracetree.Span
		for i, p := range pairs {
			spans = append(spans, span(uint64(i+1), 0, "call", 0, 10, trace(uint64(i+1)), with(p...)))
		}
		return tracetree.Build(spans)
	}
	var many [][]string
	for i := range 12 {
		many = append(many, []string{"user", fmt.Sprint(i)})
	}
	tests := []struct {
		reason        string
		before, after *tracetree.Forest
		want          []string
	}{
		{"the same", calls([]string{"a", "1"}), calls([]string{"a", "1"}), nil},
		{
			"the same values in other numbers",
			calls([]string{"a", "1"}, []string{"a", "2"}),
			calls([]string{"a", "2"}, []string{"a", "1"}, []string{"a", "1"}),
			nil,
		},
		{"another value", calls([]string{"a", "1"}), calls([]string{"a", "2"}), []string{"svc: call a [1] [2]"}},
		{
			"a new value among others",
			calls([]string{"a", "1"}),
			calls([]string{"a", "1"}, []string{"a", "2"}),
			[]string{"svc: call a [1] [1 2]"},
		},
		{"gone", calls([]string{"a", "1", "b", "2"}), calls([]string{"a", "1"}), []string{"svc: call b [2] []"}},
		{"new", calls([]string{"a", "1"}), calls([]string{"a", "1", "order.id", "7"}), []string{"svc: call order.id [] [7]"}},
		{
			"an id differs always",
			calls([]string{"order.id", "1", "net.peer.port", "5"}),
			calls([]string{"order.id", "2", "net.peer.port", "6"}),
			nil,
		},
		{
			"an id in other spellings, and addresses under older names",
			calls([]string{
				"aws.requestId", "1", "guid:x-request-id", "1", "order.uuid", "1", "net.sock.peer.addr", "1",
				"upstream_address", "1", "http.url", "/1", "http.target", "/1",
			}),
			calls([]string{
				"aws.requestId", "2", "guid:x-request-id", "2", "order.uuid", "2", "net.sock.peer.addr", "2",
				"upstream_address", "2", "http.url", "/2", "http.target", "/2",
			}),
			nil,
		},
		{
			"words that only end alike",
			calls([]string{"device.grid", "1", "paid", "1", "plan_idle", "1", "transport", "1"}),
			calls([]string{"device.grid", "2", "paid", "2", "plan_idle", "2", "transport", "2"}),
			[]string{
				"svc: call device.grid [1] [2]", "svc: call paid [1] [2]", "svc: call plan_idle [1] [2]",
				"svc: call transport [1] [2]",
			},
		},
		{"too many values to compare", calls(many...), calls(many[:3]...), nil},
		{
			"another operation is a matter of shape",
			calls([]string{"a", "1"}),
			tracetree.Build([]tracetree.Span{span(1, 0, "other", 0, 1)}),
			nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			var got []string
			for _, c := range stats.CompareAttributes(tt.before, tt.after) {
				got = append(got, fmt.Sprintf("%s %s %v %v", c.Label, c.Key, c.Before, c.After))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
