package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"tracelab/lab"
	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/play"
)

// Time-outs of a run.
const (
	closeTimeout = 5 * time.Second
	drain        = time.Second
)

// An Outcome is what a run left behind, compared with the scenario's file.
type Outcome struct {
	*lab.Recording
	Scenario *Scenario

	// Report describes how the tree differs from the expected one; nil when it doesn't.
	Report *tracetree.Report
	// Wrong lists all other differences from the file: of statuses, findings, and claims of the
	// story.
	Wrong []string
}

// AsExpected reports whether everything is as in the file.
func (o *Outcome) AsExpected() bool { return o.Report == nil && len(o.Wrong) == 0 }

// Run runs the scenario on a new system and compares the result with the file. The spans go
// to the exporters and processors of the config, too. Differences are in the outcome; an error
// means that the run itself failed.
func (s *Scenario) Run(ctx context.Context, config telemetry.Config) (*Outcome, error) {
	run := s.runSystem
	if s.Played() {
		run = s.runPlay
	}
	recording, err := run(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("run scenario %s: %w", s.Name, err)
	}
	o := &Outcome{Recording: recording, Scenario: s}
	if s.open {
		return o, nil
	}
	if s.Tree != nil {
		o.Report = s.Tree.Match(o.Checked)
	} else {
		o.Wrong = append(o.Wrong,
			"the file has no section -- tree --: add one with the tree above, as --format text prints it")
	}
	o.Wrong = append(o.Wrong, o.compareStatuses()...)
	o.Wrong = append(o.Wrong, compareFindings(s.Findings, o.Findings.Findings)...)
	o.Wrong = append(o.Wrong, o.unmetClaims()...)
	return o, nil
}

// runPlay plays the tree: real spans of real providers, one for each service.
func (s *Scenario) runPlay(ctx context.Context, config telemetry.Config) (*lab.Recording, error) {
	recorder := tracetest.NewSpanRecorder()
	config.Processors = append([]sdktrace.SpanProcessor{recorder}, config.Processors...)
	pipeline := telemetry.NewPipeline(config)
	err := play.Play(ctx, s.Play, func(service string) trace.TracerProvider {
		return pipeline.Service(service).TracerProvider
	}, play.Config{Propagator: config.Propagator, Flush: pipeline.ForceFlush})
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	var spans []sdktrace.ReadOnlySpan
	for _, span := range recorder.Started() {
		spans = append(spans, span)
	}
	return lab.NewRecording(spans, s.checkConfig(), s.Settings.Redact), errors.Join(err, pipeline.Shutdown(closing))
}

// runSystem sends the requests through the task system.
func (s *Scenario) runSystem(ctx context.Context, config telemetry.Config) (*lab.Recording, error) {
	setup := s.systemConfig()
	setup.Telemetry, setup.Drain = config, drain
	var requests []lab.Request
	for _, request := range s.Requests {
		for range request.Count {
			requests = append(requests, request.Request)
		}
	}
	return lab.Run(ctx, setup, requests...)
}

// compareStatuses compares the responses' statuses with the expected ones.
func (o *Outcome) compareStatuses() []string {
	var wrong []string
	answers := o.Answers
	for _, request := range o.Scenario.Requests {
		for _, answer := range answers[:request.Count] {
			if request.Status != 0 && answer.Status != request.Status {
				wrong = append(wrong, fmt.Sprintf("%s %s is answered with %d, the file expects %d",
					answer.Request.Method, answer.Request.Path, answer.Status, request.Status))
			}
		}
		answers = answers[request.Count:]
	}
	return wrong
}
