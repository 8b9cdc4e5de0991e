package sampling_test

import (
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"tracelab/lab/sampling"
)

// collected is what a Collector reads of a configuration.
type collected struct {
	Processors struct {
		TailSampling struct {
			DecisionWait string `yaml:"decision_wait"`
			Policies     []struct {
				Name    string
				Latency *struct {
					ThresholdMS int `yaml:"threshold_ms"`
				}
				OTTL *struct{ Span []string } `yaml:"ottl_condition"`
			}
		} `yaml:"tail_sampling"`
	}
}

func TestCollectorConfig(t *testing.T) {
	const get = `span.attributes["http.request.method"] == "GET" and span.attributes["http.route"] == "/a"`
	for _, tt := range []struct {
		reason, policy string
		wait           string
		names          []string
		slow           int
		conditions     []string
		note           string // part of one
	}{
		{
			reason: "errors and slow traces only",
			policy: "tail: {errors: true, slower_than: 250ms, rest: 0, window: 1s, message_wait: 3s}",
			wait:   "4s", names: []string{"errors", "slow"}, slow: 250, note: "decides 4s (window + message_wait) after",
		},
		{
			reason: "a share of the rest, with the default times", policy: "tail: {errors: true, rest: 25%}",
			wait: "32s", names: []string{"errors", "rest"},
			conditions: []string{`IsRootSpan() and Substring(span.trace_id.string, 18, 14) >= "c0000000000000"`},
		},
		{
			reason: "the share of the head and that of the rest multiply",
			policy: "{head: {default: 50%}, tail: {errors: false, rest: 25%}}",
			wait:   "32s", names: []string{"rest"},
			conditions: []string{`IsRootSpan() and Substring(span.trace_id.string, 18, 14) >= "e0000000000000"`},
		},
		{
			reason: "everything", policy: "tail: {errors: true, rest: 100%}", wait: "32s", names: []string{"errors", "rest"},
			conditions: []string{"IsRootSpan()"},
		},
		{
			reason: "nothing, which needs a policy too", policy: "head: {default: 0}", wait: "32s", names: []string{"nothing"},
		},
		{
			reason: "a route is left out of the default", policy: "head: {default: 0.5, routes: {GET /a: 1}}",
			wait: "32s", names: []string{"rest"},
			conditions: []string{
				"IsRootSpan() and " + get,
				"IsRootSpan() and not (" + get + `) and Substring(span.trace_id.string, 18, 14) >= "80000000000000"`,
			},
		},
		{
			reason: "a route of which none is kept", policy: "head: {default: 1, routes: {GET /a: 0}}",
			wait: "32s", names: []string{"rest"}, conditions: []string{"IsRootSpan() and not (" + get + ")"},
		},
		{
			reason: "quotes and dollars are texts", policy: `head: {default: 0, routes: {"GET /it's/$HOME/\"": 1}}`,
			wait: "32s", names: []string{"rest"},
			conditions: []string{
				`IsRootSpan() and span.attributes["http.request.method"] == "GET" and span.attributes["http.route"] == "/it's/$$HOME/\""`,
			},
		},
		{
			reason: "a part of a millisecond is rounded up", policy: "tail: {errors: false, slower_than: 1500us, rest: 0}",
			wait: "32s", names: []string{"slow"}, slow: 2, note: "slower_than: 1.5ms is rounded up to 2 ms.",
		},
		{
			reason: "the name is in a comment", policy: "{name: '# mine', head: {default: 0}}",
			wait: "32s", names: []string{"nothing"},
		},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			policy, err := sampling.ParsePolicy("p.yaml", []byte(tt.policy), nil)
			if err != nil {
				t.Fatal(err)
			}
			config, notes := sampling.CollectorConfig(policy)
			var read collected
			if err := yaml.Unmarshal([]byte(config), &read); err != nil {
				t.Fatalf("%v in\n%s", err, config)
			}
			var (
				names, conditions []string
				slow              int
			)
			for _, p := range read.Processors.TailSampling.Policies {
				names = append(names, p.Name)
				if p.Latency != nil {
					slow = p.Latency.ThresholdMS
				}
				if p.OTTL != nil {
					conditions = p.OTTL.Span
				}
			}
			got := []any{read.Processors.TailSampling.DecisionWait, names, slow, conditions}
			if diff := cmp.Diff([]any{tt.wait, tt.names, tt.slow, tt.conditions}, got); diff != "" {
				t.Errorf("wait, names, slow, conditions (-want +got):\n%s", diff)
			}
			if !strings.Contains(strings.Join(notes, "\n"), tt.note) {
				t.Errorf("notes %q, want %q", notes, tt.note)
			}
			for _, note := range notes {
				if !strings.Contains(config, "\n# - "+note+"\n") {
					t.Errorf("the configuration lacks the comment %q", note)
				}
			}
		})
	}
}

// The Collectors of deploy/ have the policy of deploy/.
func TestDeployedPolicyIsCurrent(t *testing.T) {
	policy, err := os.ReadFile("../../deploy/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := sampling.ParsePolicy("policy.yaml", policy, nil)
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile("../../deploy/collector/sampling.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want, _ := sampling.CollectorConfig(parsed)
	if diff := cmp.Diff(want, string(written)); diff != "" {
		t.Errorf("run tracelab sampling --policy deploy/policy.yaml --to-collector > deploy/collector/sampling.yaml "+
			"(-want +got):\n%s", diff)
	}
}
