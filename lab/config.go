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

// Config holds the differences from the plain system. The expected tree is that of the zero value.
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
	// MaskBeforeChecks masks secrets before the checks look at the spans, as exporters do. Otherwise
	// the checks see the spans as the services recorded them.
	MaskBeforeChecks bool
	// Wire keeps what goes over each hop: see [Lab.Wire].
	Wire bool
	// Logs keeps the services' log records: see [Lab.Logs].
	Logs bool

	// Consumer is how the worker's spans relate to the producer's; child when empty.
	Consumer worker.Consumer
	// Attempts is how often the gateway tries a call, 1 when 0.
	Attempts int
	// EventAttributes are added to every message.
	EventAttributes map[string]string
	// VisibilityTimeout is how long a message that was received and not deleted
	// stays hidden; 0 means 30 seconds.
	VisibilityTimeout time.Duration
	// MaxReceives is after how many receives a message goes to the dead-letter
	// queue; 0 means 3.
	MaxReceives int

	// HoldWorker keeps the worker from starting until [Lab.ReleaseWorker], so that
	// messages gather in the queue as they do while a worker is down.
	HoldWorker bool

	// WorkerDies makes the worker stop without a word after its first update, before
	// it has the answer. Another instance of it takes its place.
	WorkerDies bool

	// ResendAfter is after how long the task service sends the event of a PENDING
	// task again; 0 is when its message must have been lost or given up.
	ResendAfter time.Duration

	// Drain is how long each service may take to finish what it has at hand when
	// the system is closed; 0 is the services' own default.
	Drain time.Duration

	// Latency is how long the fakes take for an operation; nil takes no time.
	// [RealisticLatency] is one.
	Latency func(op string) time.Duration
	// DeliveryDelay is the time between the answer to a send and the moment in which the message can
	// be received. A real queue takes some milliseconds, [RealisticDelivery], so that a request is
	// usually answered before.
	DeliveryDelay time.Duration
	// DynamoDBFaults and SQSFaults say which calls go wrong, and how.
	DynamoDBFaults []fakes.Fault
	SQSFaults      []fakes.Fault

	// The fields below take one part of the instrumentation away, to see what the trace loses by it.

	// GatewayWithoutClientSpans dials the task service without gRPC's
	// instrumentation: no CLIENT span, and no context sent.
	GatewayWithoutClientSpans bool
	// EventPropagator takes the place of the task service's propagator where it
	// sends messages; an empty composite one injects nothing.
	EventPropagator propagation.TextMapPropagator
	// WorkerPropagator takes the place of the worker's propagator; an empty
	// composite one extracts nothing.
	WorkerPropagator propagation.TextMapPropagator
	// WorkerAttributes are the message attributes that the worker requests; nil means all.
	WorkerAttributes []string
}

// RealisticDelivery is about what a queue takes to hand a message on.
const RealisticDelivery = 10 * time.Millisecond

// RealisticLatency is about what a program sees that runs in the same region
// as its tables and queues.
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
