package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec"
)

// Captures in which context was lost, or seems to be, as it happens in the field.
func TestConnectionsInOtherProgramsTraces(t *testing.T) {
	about := []string{
		"one-root", "orphan", "broken-propagation", "consumer-link", "dangling-link", "child-outside-parent",
		"received-before-sent",
		"clock-skew", "kind-edge", "missing-client-span",
	}
	tests := []struct {
		file, reason string
		want         []string // severity, check and what is seen, of which the words in between may be left out
	}{
		{
			"03-trace-id-cut-to-64-bits.json", "the receiver kept half of the trace ID",
			[]string{"error broken-propagation context was lost between a and b … the trace ID was cut to 64 bits"},
		},
		{
			"04-consumer-with-foreign-parent.json", "the consumer's parent is the platform's, and the message IDs agree",
			[]string{"error broken-propagation context was lost between orders and mailer … sent message m-1"},
		},
		{
			"06-http-server-with-foreign-parent.json", "the server's parent is a gateway's, and host, path and time agree",
			[]string{"error broken-propagation context was lost between app and llm-proxy"},
		},
		{
			"08-receive-starts-before-send.json", "the span of receiving includes the wait",
			[]string{"info received-before-sent the span starts 9.01s before the message was sent"},
		},
		{"09-work-below-an-ended-receive.json", "work comes after the receive", nil},
		{
			"20-clock-skew-critical-path.json", "b's clock is 2 s ahead",
			[]string{"info clock-skew the clock of b (b-1) is about 2s ahead of that of a (a-1)"},
		},
		{
			"27-processed-before-sent.json", "the clock of the consumer's host is behind",
			[]string{"info received-before-sent the span starts 510ms before the message was sent"},
		},
		{
			"lost-node-sqs.json", "Node's old names of SQS attributes",
			[]string{
				"error broken-propagation context was lost between shop and mail … sent message m-1",
				"error consumer-link a message is processed with neither a link to its producer nor it as parent",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			f, err := os.Open(filepath.Join("testdata", "cases", test.file))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			spans, warnings, err := codec.ReadAll(f, test.file)
			if err != nil || len(warnings) > 0 {
				t.Fatal(err, warnings)
			}
			var got []string
			for _, finding := range check.Run(check.All(), check.Input{Forest: tracetree.Build(spans)},
				check.Config{}).Findings {
				if !slices.Contains(about, finding.Check) {
					continue
				}
				text := fmt.Sprintf("%s %s %s", finding.Severity, finding.Check, finding.Seen)
				if len(got) < len(test.want) {
					begin, end, _ := strings.Cut(test.want[len(got)], " … ")
					if strings.HasPrefix(text, begin) && strings.Contains(text, end) {
						text = test.want[len(got)]
					}
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s: findings (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}
