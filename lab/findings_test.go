package lab_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/propagation"

	"tracelab/lab"
	"tracelab/telemetry"
	"tracelab/tracetree/check"
)

var courseRoutes = check.Config{Routes: []check.Route{{
	Label: "api-gateway: POST /tasks", IO: []string{"db: PutItem (tasks table)", "sqs: SendMessage (task-events)"},
}}}

// Three causes give the same spans; the wire shows which of them it was.
func TestWireNamesTheCauseOfALostContext(t *testing.T) {
	nothing := propagation.NewCompositeTextMapPropagator()
	tests := []struct {
		reason string
		config lab.Config
		want   string // the one cause that is left; empty for several
	}{
		{
			"not injected",
			lab.Config{Wire: true, EventPropagator: nothing},
			"task-service does not inject its context into the message",
		},
		{
			"not asked for",
			lab.Config{Wire: true, WorkerAttributes: []string{}},
			"worker does not ask for the message's attributes",
		},
		{
			"not extracted",
			lab.Config{Wire: true, WorkerPropagator: nothing},
			"worker does not extract the context from the message",
		},
		{"the wire isn't known", lab.Config{WorkerPropagator: nothing}, ""},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test.config.Latency = lab.RealisticLatency
				r, err := lab.Run(t.Context(), test.config, createRequest)
				if err != nil {
					t.Fatal(err)
				}
				var causes []string
				for _, f := range r.Findings.Findings {
					if f.Check == "broken-propagation" {
						causes = f.Causes
					}
				}
				if test.want == "" && len(causes) < 3 ||
					test.want != "" && (len(causes) != 1 || !strings.HasPrefix(causes[0], test.want)) {
					t.Errorf("the causes are %q", causes)
				}
			})
		})
	}
}

// A request in three traces has its I/O all the same: nothing is missing that is on the screen.
func TestTornRequestIsLookedAtInOnePiece(t *testing.T) {
	tests := []struct {
		reason string
		config lab.Config
		want   []string
	}{
		{"torn", lab.Config{Telemetry: telemetry.Config{Propagator: propagation.NewCompositeTextMapPropagator()}}, nil},
		{"whole", lab.Config{}, nil},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			test.config.Latency, test.config.Checks = lab.RealisticLatency, courseRoutes
			r, err := lab.Run(t.Context(), test.config, createRequest)
			if err != nil {
				t.Fatal(err)
			}
			var missing []string
			for _, f := range r.Findings.Findings {
				if f.Check == "missing-io-span" {
					missing = append(missing, f.Seen)
				}
			}
			if diff := cmp.Diff(test.want, missing); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}
