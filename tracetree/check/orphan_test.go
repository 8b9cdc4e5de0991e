package check_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

func TestOrphan(t *testing.T) {
	server, internal := tracetree.KindServer, tracetree.KindInternal
	root := oneSpan(1, 0, server, "shop", "GET /cart")
	missing := "its parent 0900000000000000 is not among the spans"
	testStructure(t, "orphan", []ruleCase{
		{
			reason: "the parent was in the same process",
			spans:  []tracetree.Span{root, oneSpan(2, 9, internal, "shop", "load", parentIs(tracetree.RemoteNo))},
			want:   []string{"error: " + missing},
		},
		{
			reason: "the parent was elsewhere",
			spans:  []tracetree.Span{root, oneSpan(2, 9, server, "stock", "GET /stock", parentIs(tracetree.RemoteYes))},
			want:   []string{"warning: " + missing},
		},
		{
			reason: "the format doesn't say where the parent was",
			spans:  []tracetree.Span{root, oneSpan(2, 9, internal, "shop", "load")},
			want:   []string{"warning: " + missing},
		},
		{
			reason: "an INTERNAL span is nobody's entry",
			spans:  []tracetree.Span{oneSpan(2, 9, internal, "shop", "load")},
			want:   []string{"warning: " + missing},
		},
		{
			reason: "of two entries of one trace, nobody knows which caller should have been there",
			spans:  []tracetree.Span{oneSpan(2, 9, server, "shop", "a"), oneSpan(3, 9, server, "shop", "b")},
			want:   []string{"warning: " + missing, "warning: " + missing},
		},
		{
			reason: "one that was sent twice is one finding",
			spans:  []tracetree.Span{root, oneSpan(2, 9, internal, "shop", "load"), oneSpan(2, 9, internal, "shop", "load")},
			want:   []string{"warning: " + missing},
		},
		{
			reason: "the parent's id is there, in another trace",
			spans: []tracetree.Span{
				root, oneSpan(2, 9, internal, "shop", "load"),
				oneSpan(9, 0, server, "shop", "a", inTrace(2)),
			},
			want: []string{
				"warning: its parent 0900000000000000 is not among the spans of its trace: trace " +
					"02000000000000000000000000000000 has a span of this ID",
			},
		},
		{
			reason: "every trace of a service begins below a parent that isn't there", spans: headless(3, "shop"),
			want: []string{"info: all 3 traces of shop begin below a parent that is not in the capture"},
		},
		{reason: "two traces may be chance", spans: headless(2, "shop")},
		{
			reason: "one trace of the service has a root",
			spans:  append(headless(3, "shop"), oneSpan(1, 0, server, "shop", "GET /cart", inTrace(9))),
		},
		{
			reason: "of two services, one has roots", want: []string{"info: all 3 traces of shop begin"},
			spans: append(headless(3, "shop"), oneSpan(1, 0, server, "bank", "GET /cart", inTrace(9))),
		},
		{reason: "the only entry of a trace", spans: []tracetree.Span{oneSpan(2, 9, server, "shop", "a")}},
		{
			reason: "an entry by a link",
			spans:  []tracetree.Span{root, oneSpan(1, 0, internal, "shop", "b", inTrace(2), linkedTo(1, 1))},
		},
		{
			reason: "a cycle is a finding of its own",
			spans:  []tracetree.Span{oneSpan(1, 2, internal, "", "a"), oneSpan(2, 1, internal, "", "b")},
		},
	})
}

// headless returns traces of a service of one span each, whose parent is not there.
func headless(n int, service string) []tracetree.Span {
	var spans []tracetree.Span
	for i := range n {
		spans = append(spans, oneSpan(1, 9, tracetree.KindServer, service, "GET /cart", inTrace(byte(i+1))))
	}
	return spans
}

func TestEachFragmentIsOneFinding(t *testing.T) {
	internal := tracetree.KindInternal
	message := texts("messaging.system=aws_sqs", "messaging.destination.name=orders", "messaging.message.id=m")
	tests := []struct {
		reason string
		spans  []tracetree.Span
		config check.Config
		want   []string // the checks
	}{
		{
			reason: "the root was lost", want: []string{"one-root"},
			spans: []tracetree.Span{oneSpan(2, 9, internal, "shop", "load", parentIs(tracetree.RemoteNo))},
		},
		{
			reason: "the root was lost, with two fragments", want: []string{"orphan", "one-root"},
			spans: []tracetree.Span{
				oneSpan(2, 9, internal, "shop", "load", parentIs(tracetree.RemoteNo)),
				oneSpan(3, 8, internal, "shop", "save", parentIs(tracetree.RemoteNo)),
			},
		},
		{
			reason: "one-root is turned off", want: []string{"orphan"},
			spans:  []tracetree.Span{oneSpan(2, 9, internal, "shop", "load", parentIs(tracetree.RemoteNo))},
			config: check.Config{Levels: map[string]check.Level{"one-root": {Severity: check.Off, Reason: "fragments"}}},
		},
		{
			reason: "a trace without a root because of a cycle", want: []string{"parent-cycle"},
			spans: []tracetree.Span{
				oneSpan(1, 2, internal, "shop", "load"), oneSpan(2, 1, internal, "shop", "save"),
			},
		},
		{
			reason: "parent-cycle is turned off", want: []string{"one-root"},
			spans: []tracetree.Span{
				oneSpan(1, 2, internal, "shop", "load"), oneSpan(2, 1, internal, "shop", "save"),
			},
			config: check.Config{Levels: map[string]check.Level{"parent-cycle": {Severity: check.Off, Reason: "known"}}},
		},
		{
			reason: "a cycle, and a fragment whose root was lost", want: []string{"one-root", "parent-cycle"},
			spans: []tracetree.Span{
				oneSpan(1, 2, internal, "shop", "load"), oneSpan(2, 1, internal, "shop", "save"),
				oneSpan(3, 9, internal, "shop", "load", parentIs(tracetree.RemoteNo)),
			},
		},
		{
			reason: "a span between root and fragment was lost", want: []string{"orphan"},
			spans: []tracetree.Span{
				oneSpan(1, 0, tracetree.KindServer, "shop", "GET /a"),
				oneSpan(2, 9, internal, "shop", "load", parentIs(tracetree.RemoteNo)),
			},
		},
		{
			reason: "it is known where the fragment belongs", want: []string{"broken-propagation"},
			spans: []tracetree.Span{
				oneSpan(1, 0, tracetree.KindProducer, "shop", "send orders", message),
				oneSpan(1, 0, tracetree.KindServer, "mail", "GET /a", inTrace(2)),
				oneSpan(2, 9, tracetree.KindConsumer, "mail", "process orders", inTrace(2), message),
			},
		},
	}
	var checks []check.Check
	for _, id := range []string{"one-root", "orphan", "broken-propagation", "parent-cycle"} {
		checks = append(checks, checkNamed(t, id))
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			var got []string
			for _, f := range check.RunEach(checks, check.Input{Forest: tracetree.Build(test.spans)}, test.config).Findings {
				got = append(got, f.Check)
			}
			slices.Sort(got)
			slices.Sort(test.want)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("checks (-want +got):\n%s", diff)
			}
		})
	}
}
