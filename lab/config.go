// Package lab assembles the whole system in one process: the gateway, the task
// service and the worker, joined by an in-memory network, DynamoDB and SQS. It
// records what they do, so that a request can be made, waited for and looked
// at, without a sleep and without a server to install.
package lab

import (
	"time"

	"go.opentelemetry.io/otel/propagation"

	"tracelab/fakes"
	"tracelab/telemetry"
	"tracelab/tracetree/check"
	"tracelab/worker"
)

// The names of the system's parts.
const (
	Gateway     = "api-gateway"
	TaskService = "task-service"
	Worker      = "worker"

	Table           = "tasks"
	Queue           = "task-events"
	DeadLetterQueue = "task-events-dead-letter"
)

// Config contains the differences from the default system. The zero value gives the expected tree.
type Config struct {
	// Telemetry is the pipeline of all three services. The lab adds a
	// recorder to its processors, and its own logger to Logger.
	Telemetry telemetry.Config
	// Untraced leaves out all instrumentation, to measure what it costs.
	Untraced bool
	// SkipRecording leaves out the recorder, for long runs: spans are neither kept nor waited for.
	SkipRecording bool
	// Checks configures the checks of a [Recording].
	Checks check.Config
	// MaskBeforeChecks masks secrets before the checks look at the spans, as exporters do.
	// Otherwise the checks see the spans as the services recorded them.
	MaskBeforeChecks bool
	// Wire records the messages on each hop: see [Lab.Wire].
	Wire bool
	// Logs records the services' log records: see [Lab.Logs].
	Logs bool

	// Consumer determines how the worker's spans relate to the producer's; empty means child.
	Consumer worker.Consumer
	// Attempts is the number of times that the gateway tries a call; 0 means 1.
	Attempts int
	// EventAttributes are added to every message.
	EventAttributes map[string]string
	// VisibilityTimeout is how long a message that was received and not deleted
	// stays hidden; 0 means 30 seconds.
	VisibilityTimeout time.Duration
	// MaxReceives is the number of receives after which a message goes to the dead-letter
	// queue; 0 means 3.
	MaxReceives int

	// HoldWorker keeps the worker from starting until [Lab.ReleaseWorker], so that
	// messages gather in the queue as they do while a worker is down.
	HoldWorker bool

	// WorkerDies makes the worker stop without a shutdown after its first update, before
	// it has the response. Another instance takes its place.
	WorkerDies bool

	// ResendAfter is the time after which the task service sends the event of a PENDING
	// task again; 0 means the time after which its message must have been lost or given up.
	ResendAfter time.Duration

	// Drain is the time that each service has to finish its current work when the system
	// is closed; 0 means the services' defaults.
	Drain time.Duration

	// Latency returns the time that the fakes take for an operation, such as
	// [RealisticLatency]; nil means no time.
	Latency func(op string) time.Duration
	// DeliveryDelay is the time between the response to a send and the moment when the message can
	// be received. A real queue takes some milliseconds, [RealisticDelivery], so that a request is
	// usually answered before its message is received.
	DeliveryDelay time.Duration
	// DynamoDBFaults and SQSFaults are the calls that fail, and how.
	DynamoDBFaults []fakes.Fault
	SQSFaults      []fakes.Fault

	// The fields below remove one part of the instrumentation each, to show what the trace then
	// lacks.

	// GatewayWithoutClientSpans dials the task service without gRPC's
	// instrumentation: no CLIENT span, and no context sent.
	GatewayWithoutClientSpans bool
	// EventPropagator replaces the task service's propagator for sending messages; an
	// empty composite one injects nothing.
	EventPropagator propagation.TextMapPropagator
	// WorkerPropagator replaces the worker's propagator; an empty composite one extracts
	// nothing.
	WorkerPropagator propagation.TextMapPropagator
	// WorkerAttributes are the message attributes that the worker requests; nil means all.
	WorkerAttributes []string
}

// RealisticDelivery is approximately the time that a queue takes to deliver a message.
const RealisticDelivery = 10 * time.Millisecond

// RealisticLatency is approximately the latency for a program in the same region as its
// tables and queues.
func RealisticLatency(op string) time.Duration {
	switch op {
	case "GetItem":
		return 2 * time.Millisecond
	case "PutItem", "UpdateItem", "DeleteItem":
		return 4 * time.Millisecond
	case "Scan":
		return 6 * time.Millisecond
	case "SendMessage":
		return 7 * time.Millisecond
	case "ReceiveMessage", "DeleteMessage":
		return 3 * time.Millisecond
	default:
		return 0
	}
}
