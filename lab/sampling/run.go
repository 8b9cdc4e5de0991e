package sampling

import (
	"context"
	"errors"
	"fmt"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/lab"
	"tracelab/telemetry"
	"tracelab/telemetry/sampling"
)

// How the system is set up: a message that the worker has failed on comes again
// soon, and so often that it is done in the end. Only then would the task service
// look for what was not.
const (
	visibilityTimeout = 700 * time.Millisecond
	maxReceives       = 1000
	settleTimeout     = 30 * time.Second
	closeTimeout      = 30 * time.Second
)

// Run runs the system under a load with the policy, and returns the result. All
// spans are also recorded independently of the policy, for the true figures.
//
// It takes some seconds for 10,000 requests. When ctx ends, it stops in order and
// returns the cause.
func Run(ctx context.Context, policy Policy, load Load) (*Result, error) {
	if err := load.check(); err != nil {
		return nil, err
	}
	sampler, err := policy.sampler()
	if err != nil {
		return nil, err
	}
	truth, kept := newTally(), newTally()
	config := telemetry.Config{
		Sampler:    sampler,
		Processors: []sdktrace.SpanProcessor{all{truth}},
		IDs:        &ids{seed: load.Seed},
	}
	var tail *sampling.Tail
	if policy.Tail != nil {
		tail = sampling.NewTail(*policy.Tail)
		config.Tail = tail
		config.Exporters = []sdktrace.SpanExporter{exported{kept}}
	} else {
		config.Sampler = sdktrace.AlwaysRecord(sampler)
		config.Processors = append(config.Processors, sampled{all{kept}})
	}
	plan := newPlan(load)
	system, err := lab.Start(ctx, lab.Config{
		Telemetry: config, SkipRecording: true,
		DynamoDBFaults: plan.dynamoDB, SQSFaults: plan.sqs,
		VisibilityTimeout: visibilityTimeout, MaxReceives: maxReceives,
	})
	if err != nil {
		return nil, err
	}
	started := time.Now()
	if err = fill(ctx, system, plan.tasks); err == nil {
		err = drive(ctx, system, &driver{handler: system.Handler(), plan: plan, progress: load.Progress})
	}
	took := time.Since(started)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := errors.Join(err, system.Close(closing)); err != nil {
		return nil, fmt.Errorf("run policy %s: %w", policy.Name, err)
	}
	result, err := compare(truth, kept, plan.isSlow)
	if err != nil {
		return nil, fmt.Errorf("run policy %s: %w", policy.Name, err)
	}
	result.Policy, result.Seconds = policy.Name, took.Seconds()
	if tail != nil {
		stats := tail.Stats()
		result.Tail = &stats
	}
	return result, nil
}

// drive sends the requests and waits for what follows from them.
func drive(ctx context.Context, system *lab.Lab, d *driver) error {
	if err := d.drive(ctx); err != nil {
		return err
	}
	settling, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	return system.Settle(settling)
}
