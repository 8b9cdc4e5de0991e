package scenarios

import (
	"fmt"
	"reflect"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"tracelab/internal/yamlconf"
	"tracelab/lab"
	"tracelab/tracetree/check"
	"tracelab/worker"
)

// Settings are the differences from the usual system. Each belongs to one service or to the fakes;
// none is a switch in the code of a service. Zero numbers and empty texts mean the usual ones.
type Settings struct {
	Consumer          string        // child, link or batch
	Attempts          int           // of the gateway's calls
	VisibilityTimeout time.Duration // of the queue
	MaxReceives       int           // before a message goes to the dead-letter queue
	HoldWorker        bool          // the worker starts after the last request
	WorkerDies        bool          // the worker stops after its first update, before it has the answer
	EventAttributes   int           // number of attributes that the application itself sends with a message

	Inject           bool // the task service puts its context into messages
	Extract          bool // the worker takes it out of them
	AskForAttributes bool // the worker requests message attributes
	GRPCHandler      bool // the gateway's gRPC client has its stats handler

	// Redact shows the spans as the exporters do, with secrets masked, instead of as the services
	// recorded them.
	Redact bool
	// Routes is the I/O that has to be below a span, for the check missing-io-span.
	Routes []Route
}

// Route is the I/O that has to be below a span, as labels.
type Route struct {
	Span string
	IO   []string
}

// usual are the settings of a file without any.
func usual() Settings {
	return Settings{Inject: true, Extract: true, AskForAttributes: true, GRPCHandler: true}
}

// Bounds of settings.
const (
	maxAttempts        = 5
	maxReceives        = 100
	maxEventAttributes = 10
	maxDelay           = time.Minute
)

func (s *Scenario) readSettings(src *sourceFile, part *section) error {
	set := &s.Settings
	return src.yaml(part, yamlconf.Object(yamlconf.Fields{
		"consumer":           yamlconf.OneOf(&set.Consumer, "child", "link", "batch"),
		"attempts":           yamlconf.Int(&set.Attempts, 1, maxAttempts),
		"visibility_timeout": yamlconf.Duration(&set.VisibilityTimeout, time.Millisecond, maxDelay),
		"max_receives":       yamlconf.Int(&set.MaxReceives, 1, maxReceives),
		"hold_worker":        yamlconf.Bool(&set.HoldWorker),
		"worker_dies":        yamlconf.Bool(&set.WorkerDies),
		"event_attributes":   yamlconf.Int(&set.EventAttributes, 1, maxEventAttributes),
		"inject":             yamlconf.Bool(&set.Inject),
		"extract":            yamlconf.Bool(&set.Extract),
		"ask_for_attributes": yamlconf.Bool(&set.AskForAttributes),
		"grpc_handler":       yamlconf.Bool(&set.GRPCHandler),
		"redact":             yamlconf.Bool(&set.Redact),
		"routes":             yamlconf.List(yamlconf.Append(&set.Routes, readRoute)),
	}))
}

func readRoute(route *Route) yamlconf.Reader {
	return yamlconf.Object(yamlconf.Fields{
		"span": yamlconf.Text(&route.Span),
		"io":   yamlconf.List(yamlconf.Append(&route.IO, yamlconf.Text)),
	}, "span", "io")
}

// never is longer than any run: on a slow machine, too, no event is sent again.
const never = 24 * time.Hour

// forPlaying reports whether only settings that apply to a played tree are set.
func (set Settings) forPlaying() bool {
	set.Redact, set.Routes = false, nil
	return reflect.DeepEqual(set, usual())
}

// systemConfig returns the config of the task system.
func (s *Scenario) systemConfig() lab.Config {
	set := &s.Settings
	config := lab.Config{
		Wire:                      true,
		Logs:                      true,
		Checks:                    s.checkConfig(),
		MaskBeforeChecks:          set.Redact,
		Consumer:                  worker.Consumer(set.Consumer),
		Attempts:                  set.Attempts,
		VisibilityTimeout:         set.VisibilityTimeout,
		MaxReceives:               set.MaxReceives,
		WorkerDies:                set.WorkerDies,
		HoldWorker:                set.HoldWorker,
		GatewayWithoutClientSpans: !set.GRPCHandler,
		DynamoDBFaults:            s.dynamoDB,
		SQSFaults:                 s.sqs,
		Latency:                   lab.RealisticLatency,
		DeliveryDelay:             lab.RealisticDelivery,
		ResendAfter:               never,
	}
	if set.HoldWorker {
		config.DeliveryDelay = 0 // all messages are there when the worker starts
	}
	nothing := propagation.NewCompositeTextMapPropagator()
	if !set.Inject {
		config.EventPropagator = nothing
	}
	if !set.Extract {
		config.WorkerPropagator = nothing
	}
	if !set.AskForAttributes {
		config.WorkerAttributes = []string{}
	}
	for i := range set.EventAttributes {
		if config.EventAttributes == nil {
			config.EventAttributes = map[string]string{}
		}
		config.EventAttributes[fmt.Sprintf("app-%02d", i+1)] = "value"
	}
	return config
}

func (s *Scenario) checkConfig() check.Config {
	var config check.Config
	for _, route := range s.Settings.Routes {
		config.Routes = append(config.Routes, check.Route{Label: route.Span, IO: route.IO})
	}
	return config
}
