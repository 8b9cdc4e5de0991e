package scenarios

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"tracelab/internal/yamlconf"
	"tracelab/lab"
	"tracelab/tracetree/check"
	"tracelab/worker"
)

// Settings are what is different from the usual system. Each is of one service, or of the fakes; none is a switch in
// the code of a service.
type Settings struct {
	Consumer          string            `yaml:"consumer"`           // child, link or batch
	Attempts          yamlconf.Int      `yaml:"attempts"`           // of the gateway's calls
	VisibilityTimeout yamlconf.Duration `yaml:"visibility_timeout"` // of the queue
	MaxReceives       yamlconf.Int      `yaml:"max_receives"`       // before a message goes to the dead-letter queue
	HoldWorker        bool              `yaml:"hold_worker"`        // it starts after the last request
	WorkerDies        bool              `yaml:"worker_dies"`        // it stops after its first update, before it has the answer
	EventAttributes   yamlconf.Int      `yaml:"event_attributes"`   // how many attributes the application itself sends with a message

	Inject           *bool `yaml:"inject"`             // the task service puts its context into messages
	Extract          *bool `yaml:"extract"`            // the worker takes it out of them
	AskForAttributes *bool `yaml:"ask_for_attributes"` // the worker asks for message attributes
	GRPCHandler      *bool `yaml:"grpc_handler"`       // the gateway's gRPC client has its stats handler

	// Redact looks at the spans behind the exporters' redaction. Otherwise they are as the services recorded them.
	Redact bool `yaml:"redact"`
	// Routes is the I/O that has to be below a span, for the check missing-io-span.
	Routes []Route `yaml:"routes"`
}

// Route is the I/O that has to be below a span, as labels.
type Route struct {
	Span string   `yaml:"span"`
	IO   []string `yaml:"io"`
}

func (s *Scenario) readSettings(src *sourceFile, part *section) error {
	if err := src.yaml(part, &s.Settings); err != nil {
		return err
	}
	set := &s.Settings
	bound := func(name string, value yamlconf.Int, low, high int) error {
		_, given := keyLine(part, name)
		if given && (int(value) < low || int(value) > high) {
			return src.errorAt(lineOf(part, name), 1, "%s is %d: want %d to %d", name, value, low, high)
		}
		return nil
	}
	if consumers := []string{"child", "link", "batch"}; set.Consumer != "" && !slices.Contains(consumers, set.Consumer) {
		return src.errorAt(lineOf(part, "consumer"), 1, "consumer is %q: want %s", set.Consumer, strings.Join(consumers, ", "))
	}
	if set.VisibilityTimeout < 0 || time.Duration(set.VisibilityTimeout) > time.Minute {
		return src.errorAt(lineOf(part, "visibility_timeout"), 1, "visibility_timeout is %v: want more than 0 and at most a minute, as in 200ms", time.Duration(set.VisibilityTimeout))
	}
	for _, route := range set.Routes {
		if route.Span == "" || len(route.IO) == 0 {
			return src.errorAt(lineOf(part, "routes"), 1, "a route has no span or no io: span is a label, io a list of labels below it")
		}
	}
	return errors.Join(
		bound("attempts", set.Attempts, 1, 5),
		bound("max_receives", set.MaxReceives, 1, 100),
		bound("event_attributes", set.EventAttributes, 1, 10))
}

// lineOf returns the line of a key of a section of YAML.
func lineOf(part *section, key string) int {
	line, _ := keyLine(part, key)
	return line
}

func keyLine(part *section, key string) (line int, found bool) {
	for i, line := range strings.Split(part.text, "\n") {
		if strings.HasPrefix(strings.TrimLeft(line, " -"), key+":") {
			return part.offset + i + 1, true
		}
	}
	return part.offset + 1, false
}

// never is longer than any run: what a slow machine takes its time for is not to be sent again.
const never = 24 * time.Hour

// forPlaying reports whether nothing is set but what a played tree has a use for.
func (set Settings) forPlaying() bool {
	set.Redact, set.Routes = false, nil
	return reflect.ValueOf(set).IsZero()
}

// systemConfig returns the config of the task system.
func (s *Scenario) systemConfig() lab.Config {
	set := &s.Settings
	config := lab.Config{
		Wire:                      true,
		Logs:                      true,
		Consumer:                  worker.Consumer(set.Consumer),
		Attempts:                  int(set.Attempts),
		VisibilityTimeout:         time.Duration(set.VisibilityTimeout),
		MaxReceives:               int(set.MaxReceives),
		WorkerDies:                set.WorkerDies,
		HoldWorker:                set.HoldWorker,
		GatewayWithoutClientSpans: isOff(set.GRPCHandler),
		DynamoDBFaults:            s.dynamoDB,
		SQSFaults:                 s.sqs,
		Latency:                   lab.RealisticLatency,
		ResendAfter:               never,
	}
	nothing := propagation.NewCompositeTextMapPropagator()
	if isOff(set.Inject) {
		config.EventPropagator = nothing
	}
	if isOff(set.Extract) {
		config.WorkerPropagator = nothing
	}
	if isOff(set.AskForAttributes) {
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

func isOff(setting *bool) bool { return setting != nil && !*setting }

func (s *Scenario) checkConfig() check.Config {
	var config check.Config
	for _, route := range s.Settings.Routes {
		config.Routes = append(config.Routes, check.Route{Label: route.Span, IO: route.IO})
	}
	return config
}
