package check_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec"
)

// TestLostContextInTheField checks the captures in testdata/field: each has one way to lose context
// that other programs' traces show, or nearly has it.
func TestLostContextInTheField(t *testing.T) {
	about := map[string]bool{
		"one-root": true, "orphan": true, "broken-propagation": true, "consumer-link": true, "dangling-link": true,
		"child-outside-parent": true, "received-before-sent": true, "clock-skew": true, "kind-edge": true,
	}
	tests := []struct {
		file, reason string
		want         []string // severity and check
	}{
		{
			"mesh-parent", "the parent is a span of a mesh, and host, path and time agree",
			[]string{"error broken-propagation"},
		},
		{
			"replaced-trace", "the trace ID is replaced, and the parent ID of an RPC kept",
			[]string{"error broken-propagation"},
		},
		{"near-parent-alone", "near miss: an absent parent, and no call that it could be", nil},
		{
			"lambda", "a function's SERVER span above the CONSUMER, without a link",
			[]string{"error broken-propagation", "error consumer-link"},
		},
		{
			"old-kafka", "partition and offset by their old names",
			[]string{"error broken-propagation", "error consumer-link"},
		},
		{"polls", "CLIENT spans that receive and delete are no senders", []string{"error consumer-link"}},
		{
			"near-partition", "near miss: the same offset of another partition",
			[]string{"error consumer-link"},
		},
		{
			"own-receive", "the link is to the receive of the same service",
			[]string{"error one-root", "error broken-propagation", "error consumer-link"},
		},
		{"own-loop", "the parent is the loop of the worker", []string{"error consumer-link"}},
		{"near-child", "near miss: a child of the producer", nil},
		{"http-ip", "the host is an IP address", []string{"warning broken-propagation"}},
		{
			"http-cluster-name", "the host is the name of a service in a cluster",
			[]string{"warning broken-propagation"},
		},
		{"near-two-servers", "near miss: two servers could have got the call", nil},
		{"near-status", "near miss: the statuses differ", nil},
		{"http-ip-old-names", "an IP address, by old names", []string{"warning broken-propagation"}},
		{
			"all-below-absent", "all traces of a service begin below absent parents",
			[]string{"info orphan"},
		},
		{"fragment", "one fragment is one finding", []string{"warning orphan"}},
		{
			"processed-before-sent", "a child of the send begins before it",
			[]string{"info received-before-sent"},
		},
		{"near-during-send", "near miss: it begins while the send lasts", nil},
		{
			"linked-before-sent", "a span that links to the send begins before it",
			[]string{"info received-before-sent"},
		},
	}
	files, err := os.ReadDir(filepath.Join("testdata", "field"))
	if err != nil || len(files) != len(tests) {
		t.Errorf("testdata/field has %d files, %v; want the %d of the table", len(files), err, len(tests))
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			f, err := os.Open(filepath.Join("testdata", "field", test.file+".json"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			spans, _, err := codec.ReadAll(f, test.file)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, finding := range check.Run(check.All(), check.Input{Forest: tracetree.Build(spans)},
				check.Config{}).Findings {
				if about[finding.Check] {
					got = append(got, finding.Severity.String()+" "+finding.Check)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}
