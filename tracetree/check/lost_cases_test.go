package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/internal/kinds"
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
	file := func(name string) string {
		text, err := os.ReadFile(filepath.Join("testdata", "cases", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	edit := func(name string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(file(name)) }
	// editSpan edits one span of a file.
	editSpan := func(name, id string, pairs ...string) string {
		text := file(name)
		at := strings.Index(text, `"spanId": "`+id+`"`)
		if at < 0 {
			t.Fatalf("%s has no span %s", name, id)
		}
		from := strings.LastIndex(text[:at], `"traceId"`)
		to := at + strings.Index(text[at:], "\n      }")
		return text[:from] + strings.NewReplacer(pairs...).Replace(text[from:to]) + text[to:]
	}
	const kafkaMessage = `{"key": "messaging.kafka.partition", "value": {"intValue": "3"}},
		{"key": "messaging.kafka.message.offset", "value": {"intValue": "17"}}`
	tests := []struct {
		kind         kinds.Input
		reason, text string
		want         []string // severity, check and what is seen, of which the words in between may be left out
	}{
		{
			kinds.In("03"), "the receiver kept half of the trace ID", file("03-trace-id-cut-to-64-bits"),
			[]string{"error broken-propagation context was lost between a and b … the trace ID was cut to 64 bits"},
		},
		{
			kinds.In("03"), "the trace ID is replaced and the parent ID kept",
			edit("03-trace-id-cut-to-64-bits", "0000000000000000f9965485593768ce", "5ba1f0e80000000000000000000000aa"),
			[]string{"error broken-propagation context was lost between a and b … names the parent 0000000000000002"},
		},
		{
			kinds.In("03"), "the parent ID was lost as well", editSpan("03-trace-id-cut-to-64-bits", "0000000000000003",
				`"parentSpanId": "0000000000000002"`, `"parentSpanId": ""`),
			[]string{"error broken-propagation context was lost between a and b … has no server below it"},
		},
		{
			kinds.Near("03"), "another request below an absent parent, whose trace ID has 64 bits",
			editSpan("03-trace-id-cut-to-64-bits", "0000000000000003", `"parentSpanId": "0000000000000002"`,
				`"parentSpanId": "000000000000000f"`, "/ready", "/metrics"),
			nil,
		},
		{
			kinds.In("04"), "the consumer's parent is the platform's, and the message IDs agree",
			file("04-consumer-with-foreign-parent"),
			[]string{"error broken-propagation context was lost between orders and mailer … sent message m-1"},
		},
		{
			kinds.In("04"), "old names", edit("04-consumer-with-foreign-parent", "messaging.message.id",
				"messaging.message_id", "messaging.destination.name", "messaging.destination"),
			[]string{"error broken-propagation context was lost between orders and mailer … sent message m-1"},
		},
		{
			kinds.Near("04"), "another message",
			editSpan("04-consumer-with-foreign-parent", "0000000000000004", "m-1", "m-2"), nil,
		},
		{
			kinds.In("06"), "the server's parent is a gateway's, and host, path and time agree",
			file("06-http-server-with-foreign-parent"),
			[]string{"error broken-propagation context was lost between app and llm-proxy"},
		},
		{
			kinds.In("06"), "the host is that of a cluster", edit("06-http-server-with-foreign-parent",
				`http://llm-proxy:4000`, `http://llm-proxy.prod.svc:4000`, `"server.address",
         "value": {
          "stringValue": "llm-proxy"`, `"server.address",
         "value": {
          "stringValue": "llm-proxy.prod.svc"`), []string{"error broken-propagation context was lost between app and llm-proxy"},
		},
		{
			kinds.Near("06"), "the path is another one",
			editSpan("06-http-server-with-foreign-parent", "0000000000000003", "/v1/x", "/v1/y"),
			nil,
		},
		{
			kinds.In("08"), "the span of receiving includes the wait", file("08-receive-starts-before-send"),
			[]string{"info received-before-sent the span starts 9.01s before the message was sent"},
		},
		{
			kinds.In("08"), "old names", edit("08-receive-starts-before-send", "messaging.operation.type",
				"messaging.operation", "messaging.destination.name", "messaging.destination"),
			[]string{"info received-before-sent the span starts 9.01s before the message was sent"},
		},
		{
			kinds.Near("08"), "the wait begins with the sending",
			edit("08-receive-starts-before-send", "1699999991000000000", "1700000000010000000"), nil,
		},
		{kinds.In("09"), "work comes after the receive", file("09-work-below-an-ended-receive"), nil},
		{
			kinds.In("09"), "the work begins while the receive lasts",
			edit("09-work-below-an-ended-receive", "1700000000022000000", "1700000000020500000"), nil,
		},
		{
			kinds.Near("09"), "work below the processing of a message that has ended",
			editSpan("09-work-below-an-ended-receive", "0000000000000003", "poll", "process", `"receive"`, `"process"`),
			[]string{"warning child-outside-parent the span ends 31ms after its parent"},
		},
		{
			kinds.In("20"), "b's clock is 2 s ahead", file("20-clock-skew-critical-path"),
			[]string{"info clock-skew the clock of b (b-1) is about 2s ahead of that of a (a-1)"},
		},
		{
			kinds.In("20"), "b's clock is 2 s behind", edit("20-clock-skew-critical-path", "17000000020", "16999999980"),
			[]string{"info clock-skew the clock of b (b-1) is about 2s behind that of a (a-1)"},
		},
		{
			kinds.Near("20"), "b's clock is right", edit("20-clock-skew-critical-path", "17000000020", "17000000000"), nil,
		},
		{
			kinds.In("27"), "the clock of the consumer's host is behind", file("27-processed-before-sent"),
			[]string{"info received-before-sent the span starts 510ms before the message was sent"},
		},
		{
			kinds.In("27"), "in a trace of its own, with a link", editSpan("27-processed-before-sent", "0000000000000003",
				`"traceId": "00000000000000000000000000000a27"`,
				`"traceId": "00000000000000000000000000000b27"`, `"parentSpanId": "0000000000000002"`,
				`"links": [{"traceId":"00000000000000000000000000000a27","spanId":"0000000000000002"}]`),
			[]string{"info received-before-sent the span starts 510ms before the message was sent"},
		},
		{
			kinds.Near("27"), "processed while it is sent", edit("27-processed-before-sent", "1699999999500000000",
				"1700000000012000000", "1699999999530000000", "1700000000042000000"), nil,
		},
		{
			kinds.In("j2"), "a child that is followed is not waited for", file("j2"), nil,
		},
		{
			kinds.In("j2"), "it begins after its parent's end", edit("j2", "1000800", "1001800"), nil,
		},
		{
			kinds.Near("j2"), "a child that isn't followed", edit("j2", "FOLLOWS_FROM", "CHILD_OF"),
			[]string{"warning child-outside-parent the span ends 4.8ms after its parent"},
		},
		{
			kinds.In("lost-node-sqs"), "Node's old names of SQS attributes", file("lost-node-sqs"),
			[]string{
				"error broken-propagation context was lost between shop and mail … sent message m-1",
				"error consumer-link a message is processed with neither a link to its producer nor it as parent",
			},
		},
		{
			kinds.In("lost-node-sqs"), "Kafka's old names", edit("lost-node-sqs", "aws.sqs", "kafka",
				`{"key": "messaging.message_id", "value": {"stringValue": "m-1"}}`, kafkaMessage),
			[]string{
				"error broken-propagation context was lost between shop and mail … ",
				"error consumer-link a message is processed with neither a link to its producer nor it as parent",
			},
		},
		{
			kinds.Near("lost-node-sqs"), "another queue's message of the same ID", strings.Replace(file("lost-node-sqs"),
				`{"stringValue": "orders"}`, `{"stringValue": "returns"}`, 1),
			[]string{"error consumer-link a message is processed with neither a link to its producer nor it as parent"},
		},
	}
	var inputs []kinds.Input
	for _, test := range tests {
		inputs = append(inputs, test.kind)
		t.Run(test.kind.Kind+": "+test.reason, func(t *testing.T) {
			spans, _, err := codec.ReadAll(strings.NewReader(test.text), test.kind.Kind)
			if err != nil {
				t.Fatal(err)
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
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
	kinds.Complete(t, "check, lost context", inputs)
}
