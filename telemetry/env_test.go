package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"tracelab/telemetry"
)

// setenv gives the process these OTEL_ variables and no others.
func setenv(t *testing.T, variables ...string) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "") // to have it back after the test
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, variable := range variables {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
}

// shutdown closes the exporters of a config that no pipeline took.
func shutdown(t *testing.T, config telemetry.Config) {
	t.Helper()
	var errs []error
	for _, exporter := range config.Exporters {
		errs = append(errs, exporter.Shutdown(context.WithoutCancel(t.Context())))
	}
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
}

// envFacts is what a test can see of a Config.
type envFacts struct {
	Disabled  bool
	Exporters int
	Sampler   string // its description, "" for none
	Fields    string // of the propagator, "nil" for none
}

func factsOf(config telemetry.Config) envFacts {
	facts := envFacts{Disabled: config.Disabled, Exporters: len(config.Exporters), Fields: "nil"}
	if config.Sampler != nil {
		facts.Sampler = config.Sampler.Description()
	}
	if config.Propagator != nil {
		facts.Fields = strings.Join(slices.Sorted(slices.Values(config.Propagator.Fields())), " ")
	}
	return facts
}

func TestEnvironmentIsHonoured(t *testing.T) {
	const parentBased = ",remoteParentSampled:AlwaysOnSampler,remoteParentNotSampled:AlwaysOffSampler," +
		"localParentSampled:AlwaysOnSampler,localParentNotSampled:AlwaysOffSampler}"
	tests := []struct {
		env    string // variables, separated by spaces
		want   envFacts
		reason string
	}{
		{"", envFacts{Fields: "nil"}, "nothing is set: no exporter, and the pipeline's own defaults"},
		{
			"OTEL_TRACES_EXPORTER= OTEL_TRACES_SAMPLER= OTEL_PROPAGATORS= OTEL_BSP_SCHEDULE_DELAY=",
			envFacts{Fields: "nil"},
			"an empty variable counts as unset",
		},

		{
			"OTEL_SDK_DISABLED=true OTEL_TRACES_EXPORTER=otlp",
			envFacts{Disabled: true, Fields: "nil"},
			"disabled: no exporter is started",
		},
		{"OTEL_SDK_DISABLED=TRUE", envFacts{Disabled: true, Fields: "nil"}, "booleans are case-insensitive"},
		{"OTEL_SDK_DISABLED=1", envFacts{Fields: "nil"}, "the specification: anything but true is false"},
		{
			"OTEL_SDK_DISABLED=true OTEL_PROPAGATORS=baggage",
			envFacts{Disabled: true, Fields: "baggage"},
			"context is still propagated",
		},

		{"OTEL_TRACES_EXPORTER=none", envFacts{Fields: "nil"}, ""},
		{"OTEL_TRACES_EXPORTER=console", envFacts{Exporters: 1, Fields: "nil"}, ""},
		{"OTEL_TRACES_EXPORTER=otlp", envFacts{Exporters: 1, Fields: "nil"}, ""},
		{"OTEL_TRACES_EXPORTER=otlp,console", envFacts{Exporters: 2, Fields: "nil"}, "a list"},
		{
			"OTEL_TRACES_EXPORTER=,Console,,console,",
			envFacts{Exporters: 1, Fields: "nil"},
			"repetitions, gaps and capitals mean nothing",
		},
		{
			"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1",
			envFacts{Exporters: 1, Fields: "nil"},
			"an endpoint alone selects otlp",
		},
		{
			"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:1/x",
			envFacts{Exporters: 1, Fields: "nil"},
			"so does the one of traces",
		},
		{
			"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1 OTEL_TRACES_EXPORTER=none",
			envFacts{Fields: "nil"},
			"what is said wins over what is concluded",
		},
		{
			"OTEL_TRACES_EXPORTER=otlp OTEL_EXPORTER_OTLP_TIMEOUT=500 OTEL_EXPORTER_OTLP_COMPRESSION=gzip",
			envFacts{Exporters: 1, Fields: "nil"},
			"",
		},
		{"OTEL_TRACES_EXPORTER=otlp OTEL_EXPORTER_OTLP_PROTOCOL=grpc", envFacts{Exporters: 1, Fields: "nil"}, ""},
		{
			"OTEL_TRACES_EXPORTER=otlp OTEL_EXPORTER_OTLP_PROTOCOL=http/json OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf",
			envFacts{Exporters: 1, Fields: "nil"},
			"the protocol of traces wins",
		},

		{"OTEL_TRACES_SAMPLER=always_on", envFacts{Sampler: "AlwaysOnSampler", Fields: "nil"}, ""},
		{
			"OTEL_TRACES_SAMPLER=ALWAYS_OFF",
			envFacts{Sampler: "AlwaysOffSampler", Fields: "nil"},
			"enumerations are case-insensitive",
		},
		{
			"OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=0.25",
			envFacts{Sampler: "TraceIDRatioBased{0.25}", Fields: "nil"},
			"",
		},
		{
			"OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=0",
			envFacts{Sampler: "TraceIDRatioBased{0}", Fields: "nil"},
			"the least ratio",
		},
		{
			"OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=1",
			envFacts{Sampler: "TraceIDRatioBased{1}", Fields: "nil"},
			"the greatest",
		},
		{
			"OTEL_TRACES_SAMPLER=traceidratio",
			envFacts{Sampler: "TraceIDRatioBased{1}", Fields: "nil"},
			"the specification's default is 1",
		},
		{
			"OTEL_TRACES_SAMPLER=parentbased_always_on",
			envFacts{Sampler: "ParentBased{root:AlwaysOnSampler" + parentBased, Fields: "nil"},
			"",
		},
		{
			"OTEL_TRACES_SAMPLER=parentbased_always_off",
			envFacts{Sampler: "ParentBased{root:AlwaysOffSampler" + parentBased, Fields: "nil"},
			"",
		},
		{
			"OTEL_TRACES_SAMPLER=parentbased_traceidratio OTEL_TRACES_SAMPLER_ARG=1e-1",
			envFacts{Sampler: "ParentBased{root:TraceIDRatioBased{0.1}" + parentBased, Fields: "nil"},
			"",
		},
		{
			"OTEL_TRACES_SAMPLER=always_on OTEL_TRACES_SAMPLER_ARG=many",
			envFacts{Sampler: "AlwaysOnSampler", Fields: "nil"},
			"the argument belongs to samplers that take one",
		},

		{"OTEL_PROPAGATORS=tracecontext", envFacts{Fields: "traceparent tracestate"}, ""},
		{"OTEL_PROPAGATORS=baggage", envFacts{Fields: "baggage"}, ""},
		{"OTEL_PROPAGATORS=none", envFacts{Fields: ""}, "a propagator that carries nothing, not the default one"},

		{"OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test,team=a%20b", envFacts{Fields: "nil"}, ""},
		{
			"OTEL_BSP_SCHEDULE_DELAY=1 OTEL_BSP_EXPORT_TIMEOUT=2 OTEL_BSP_MAX_QUEUE_SIZE=3 OTEL_BSP_MAX_EXPORT_BATCH_SIZE=3",
			envFacts{Fields: "nil"},
			"",
		},
	}
	for _, test := range tests {
		t.Run(test.env, func(t *testing.T) {
			setenv(t, strings.Fields(test.env)...)
			config, err := telemetry.FromEnv(t.Context(), &buffer{})
			if err != nil {
				t.Fatalf("%v: %s", err, test.reason)
			}
			defer shutdown(t, config)
			if diff := cmp.Diff(test.want, factsOf(config)); diff != "" {
				t.Errorf("config (-want +got), %s:\n%s", test.reason, diff)
			}
		})
	}
}

func TestEnvironmentThatCannotBeHonouredIsRefusedByName(t *testing.T) {
	tests := []struct {
		env    string
		want   []string // parts of the error
		reason string
	}{
		{
			"OTEL_SERVICE_NAME=shop",
			[]string{"OTEL_SERVICE_NAME", "several services", "unset it"},
			"one name can't name several services",
		},
		{
			"OTEL_TRACES_EXPORTER=zipkin",
			[]string{`OTEL_TRACES_EXPORTER is "zipkin"`, "otlp, console, or none"},
			"there is no such exporter here",
		},
		{"OTEL_TRACES_EXPORTER=console,zipkin", []string{`"zipkin"`}, "the one that is meant is named"},
		{"OTEL_TRACES_EXPORTER=none,console", []string{`"none,console"`, "none alone"}, "none contradicts the others"},
		{"OTEL_TRACES_EXPORTER=console,none", []string{`"console,none"`, "none alone"}, "in any order"},
		{
			"OTEL_TRACES_EXPORTER=otlp OTEL_EXPORTER_OTLP_PROTOCOL=http/json",
			[]string{"OTEL_EXPORTER_OTLP_PROTOCOL", `"http/json"`, "grpc or http/protobuf"},
			"the Go exporters can't",
		},
		{
			"OTEL_TRACES_EXPORTER=otlp OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json",
			[]string{`OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is "http/json"`},
			"the one that is set is named",
		},
		{
			"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1 OTEL_EXPORTER_OTLP_PROTOCOL=GRPC",
			[]string{`"GRPC"`},
			"protocols are spelled in one way",
		},
		{
			"OTEL_TRACES_EXPORTER=otlp OTEL_EXPORTER_OTLP_ENDPOINT=127.0.0.1:4318",
			[]string{`OTEL_EXPORTER_OTLP_ENDPOINT is "127.0.0.1:4318"`, "a URL with its scheme"},
			"the exporter would send to localhost instead",
		},
		{
			"OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4317 OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
			[]string{"OTEL_EXPORTER_OTLP_ENDPOINT"},
			"a host is no scheme",
		},
		{
			"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=ftp://collector",
			[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"},
			"no protocol of OTLP's",
		},
		{
			"OTEL_EXPORTER_OTLP_ENDPOINT=ftp://ann:hunter22@collector",
			[]string{"[redacted]"},
			"an error is no place for a password",
		},
		{
			"OTEL_TRACES_EXPORTER=otlp OTEL_EXPORTER_OTLP_TIMEOUT=10s",
			[]string{`OTEL_EXPORTER_OTLP_TIMEOUT is "10s"`, "milliseconds"},
			"milliseconds, without a unit",
		},
		{
			"OTEL_TRACES_EXPORTER=otlp OTEL_EXPORTER_OTLP_TRACES_COMPRESSION=zstd",
			[]string{"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip or none"},
			"the Go exporters can't",
		},
		{
			"OTEL_TRACES_SAMPLER=jaeger_remote",
			[]string{`OTEL_TRACES_SAMPLER is "jaeger_remote"`, "parentbased_"},
			"there is no such sampler here",
		},
		{"OTEL_TRACES_SAMPLER=parentbased_", []string{"OTEL_TRACES_SAMPLER is"}, "half a name"},
		{
			"OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=half",
			[]string{`OTEL_TRACES_SAMPLER_ARG is "half"`, "from 0 to 1"},
			"no number",
		},
		{"OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=1.1", []string{"OTEL_TRACES_SAMPLER_ARG"}, "over 1"},
		{"OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=-0.1", []string{"OTEL_TRACES_SAMPLER_ARG"}, "under 0"},
		{
			"OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=NaN",
			[]string{"OTEL_TRACES_SAMPLER_ARG"},
			"NaN is neither under 0 nor over 1",
		},
		{"OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=Inf", []string{"OTEL_TRACES_SAMPLER_ARG"}, "over 1"},
		{
			"OTEL_PROPAGATORS=b3",
			[]string{`OTEL_PROPAGATORS is "b3"`, "tracecontext, baggage, or none"},
			"there is no such propagator here",
		},
		{"OTEL_PROPAGATORS=tracecontext,none", []string{`"tracecontext,none"`, "none alone"}, "none contradicts the others"},
		{"OTEL_RESOURCE_ATTRIBUTES=team", []string{"OTEL_RESOURCE_ATTRIBUTES", "key=value"}, "a key without a value"},
		{
			"OTEL_BSP_SCHEDULE_DELAY=5s",
			[]string{`OTEL_BSP_SCHEDULE_DELAY is "5s"`, "a whole number of milliseconds"},
			"milliseconds, without a unit",
		},
		{
			"OTEL_CONFIG_FILE=sdk.yaml",
			[]string{"OTEL_CONFIG_FILE is set", "unset it"},
			"no file is read, and all else would have to be ignored for it",
		},
		{"OTEL_EXPERIMENTAL_CONFIG_FILE=sdk.yaml", []string{"OTEL_EXPERIMENTAL_CONFIG_FILE is set"}, "its older name"},
		{
			"OTEL_ATTRIBUTE_COUNT_LIMIT=many",
			[]string{`OTEL_ATTRIBUTE_COUNT_LIMIT is "many"`, "0 or more"},
			"it holds for spans too",
		},
		{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT=1k", []string{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"}, "bytes, without a unit"},
		{"OTEL_SPAN_LINK_COUNT_LIMIT=99999999999", []string{"OTEL_SPAN_LINK_COUNT_LIMIT"}, "more than 2³¹ − 1"},
		{"OTEL_BSP_MAX_QUEUE_SIZE=0", []string{"OTEL_BSP_MAX_QUEUE_SIZE", "positive"}, "nothing would be exported"},
		{
			"OTEL_TRACES_EXPORTER=otlp OTEL_EXPORTER_OTLP_INSECURE=ja",
			[]string{`OTEL_EXPORTER_OTLP_INSECURE is "ja"`, "true or false"},
			"it would be taken as false",
		},
		{
			"OTEL_TRACES_EXPORTER=otlp OTEL_EXPORTER_OTLP_TRACES_INSECURE=1",
			[]string{"OTEL_EXPORTER_OTLP_TRACES_INSECURE"},
			"only true is true",
		},
		{
			"OTEL_TRACES_SAMPLER_ARG=7",
			[]string{"OTEL_TRACES_SAMPLER_ARG", "OTEL_TRACES_SAMPLER is not set"},
			"an argument of nothing",
		},
		{"OTEL_TRACES_SAMPLER_ARG=0.5", []string{"OTEL_TRACES_SAMPLER is not set"}, "even if it could be one"},
		{"OTEL_BSP_MAX_QUEUE_SIZE=-1", []string{"OTEL_BSP_MAX_QUEUE_SIZE"}, "no queue can have this size"},
		{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE=many", []string{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE"}, "no number"},
		{
			"OTEL_BSP_MAX_QUEUE_SIZE=a OTEL_RESOURCE_ATTRIBUTES=b OTEL_BSP_EXPORT_TIMEOUT=c",
			[]string{"QUEUE_SIZE", "RESOURCE", "TIMEOUT"},
			"all that is wrong is said at once",
		},
		{"OTEL_TRACES_SAMPLER=a OTEL_PROPAGATORS=b", []string{"SAMPLER", "PROPAGATORS"}, "all that is wrong is said at once"},
		{
			"OTEL_SDK_DISABLED=true OTEL_TRACES_SAMPLER=a",
			[]string{"OTEL_TRACES_SAMPLER"},
			"a wrong value is an error even if it is unused",
		},
	}
	for _, test := range tests {
		t.Run(test.env, func(t *testing.T) {
			setenv(t, strings.Fields(test.env)...)
			config, err := telemetry.FromEnv(t.Context(), &buffer{})
			if err == nil {
				shutdown(t, config)
				t.Fatalf("no error: %s", test.reason)
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error doesn't say %q, %s:\n%v", part, test.reason, err)
				}
			}
		})
	}
}

// Negative limits and durations are invalid by the specification, which ignores them with a
// warning.
func TestNegativeLimitsAreIgnoredWithAWarning(t *testing.T) {
	for _, test := range []struct {
		env     string
		warning string
	}{
		{
			"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT=-1",
			`OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT is \"-1\": want a whole number, 0 or more; ignored`,
		},
		{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=-1", `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT is \"-1\"`},
		{"OTEL_ATTRIBUTE_COUNT_LIMIT=-5", `OTEL_ATTRIBUTE_COUNT_LIMIT is \"-5\"`},
		{"OTEL_BSP_SCHEDULE_DELAY=-1", `OTEL_BSP_SCHEDULE_DELAY is \"-1\"`},
		{"OTEL_BSP_EXPORT_TIMEOUT=-1", `OTEL_BSP_EXPORT_TIMEOUT is \"-1\"`},
		{"OTEL_SDK_DISABLED=yes", `OTEL_SDK_DISABLED is \"yes\": want true or false; taken as false`},
	} {
		t.Run(test.env, func(t *testing.T) {
			setenv(t, test.env)
			config, err := telemetry.FromEnv(t.Context(), &buffer{})
			if err != nil {
				t.Fatal(err)
			}
			var log buffer
			config.ErrorLogger = logTo(&log)
			got := &exporter{}
			config.Exporters = []sdktrace.SpanExporter{got}
			pipeline := telemetry.NewPipeline(config)
			_, span := pipeline.Service("shop").Tracer().Start(t.Context(), "order")
			span.SetAttributes(attribute.String("long", strings.Repeat("x", 5000)))
			for i := range 200 {
				span.SetAttributes(attribute.Int(fmt.Sprint(i), i))
			}
			span.End()
			if err := pipeline.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(log.String(), test.warning) {
				t.Errorf("the log doesn't have %s: %s", test.warning, &log)
			}
			// As without the variable.
			attrs := got.batches[0][0].Attributes()
			if n, long := len(attrs), len(attrs[0].Value.AsString()); n != 128 || long != 4096 {
				t.Errorf("%d attributes, the first of %d bytes, want 128 and 4096", n, long)
			}
		})
	}
}

func TestLimitsOfZeroAreHonoured(t *testing.T) {
	setenv(t, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=0", "OTEL_SPAN_EVENT_COUNT_LIMIT=0", "OTEL_SPAN_LINK_COUNT_LIMIT=0",
		"OTEL_BSP_SCHEDULE_DELAY=0", "OTEL_BSP_EXPORT_TIMEOUT=0")
	config, err := telemetry.FromEnv(t.Context(), &buffer{})
	if err != nil || len(config.Warnings) > 0 {
		t.Fatalf("%v, warnings %v", err, config.Warnings)
	}
	synctest.Test(t, func(t *testing.T) {
		got := &exporter{}
		config.Exporters = []sdktrace.SpanExporter{got}
		pipeline := telemetry.NewPipeline(config)
		_, span := pipeline.Service("shop").Tracer().Start(t.Context(), "order")
		span.SetAttributes(attribute.Bool("a", true))
		span.AddEvent("e")
		span.End()
		<-time.After(10 * time.Millisecond)
		if len(got.batches) != 1 {
			t.Fatalf("%d batches after 10 ms, want the span without a delay", len(got.batches))
		}
		if s := got.batches[0][0]; len(s.Attributes()) > 0 || len(s.Events()) > 0 {
			t.Errorf("the span has %v and %v, want neither", s.Attributes(), s.Events())
		}
		if err := pipeline.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestLimitsForAllSignalsHoldForSpans(t *testing.T) {
	setenv(t, "OTEL_ATTRIBUTE_COUNT_LIMIT=1", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT=2")
	service, recorder := recorded(t, telemetry.Config{})
	_, span := service.Tracer().Start(t.Context(), "order")
	span.SetAttributes(attribute.String("a", "1234"), attribute.String("b", "1234"))
	span.End()
	if diff := cmp.Diff(map[string]string{"a": "12"}, textOf(only(t, recorder).Attributes())); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

func TestConsoleExporterWritesToTheGivenWriter(t *testing.T) {
	setenv(t, "OTEL_TRACES_EXPORTER=console")
	console := &buffer{}
	config, err := telemetry.FromEnv(t.Context(), console)
	if err != nil {
		t.Fatal(err)
	}
	export(t, config, "order")
	if !strings.Contains(console.String(), `"Name":"order"`) {
		t.Errorf("the console has %q", console)
	}
}

// export makes one span of a name and shuts the pipeline down.
func export(t *testing.T, config telemetry.Config, name string) {
	t.Helper()
	pipeline := telemetry.NewPipeline(config)
	_, span := pipeline.Service("shop").Tracer().Start(t.Context(), name)
	span.End()
	if err := pipeline.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// The variables that the SDK reads itself have their effect, too.
func TestResourceAttributesOfTheEnvironmentReachEveryService(t *testing.T) {
	setenv(t, "OTEL_RESOURCE_ATTRIBUTES=team=blue,service.name=theirs")
	recorder := tracetest.NewSpanRecorder()
	pipeline := telemetry.NewPipeline(telemetry.Config{Processors: []sdktrace.SpanProcessor{recorder}})
	_, span := pipeline.Service("shop").Tracer().Start(t.Context(), "order")
	span.End()
	attrs := textOf(only(t, recorder).Resource().Attributes())
	if attrs["team"] != "blue" || attrs["service.name"] != "shop" {
		t.Errorf("resource is %v, want the team of the environment and the service's own name", attrs)
	}
}

func TestServiceFromEnvTakesTheNameOfTheEnvironment(t *testing.T) {
	tests := []struct{ reason, name, resource, want string }{
		{"no name", "", "", "api-gateway"},
		{"OTEL_SERVICE_NAME", "shop", "", "shop"},
		{"a resource attribute", "", "service.name=shop,team=a", "shop"},
		{"OTEL_SERVICE_NAME has precedence", "shop", "service.name=other", "shop"},
		{"other attributes", "", "team=a", "api-gateway"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			t.Setenv("OTEL_SERVICE_NAME", tt.name)
			t.Setenv("OTEL_RESOURCE_ATTRIBUTES", tt.resource)
			config, name, err := telemetry.ServiceFromEnv(t.Context(), io.Discard, "api-gateway")
			if err != nil || name != tt.want {
				t.Fatalf("got name %q, error %v, want %q", name, err, tt.want)
			}
			recorder := tracetest.NewSpanRecorder()
			config.Processors = append(config.Processors, recorder)
			pipeline := telemetry.NewPipeline(config)
			_, span := pipeline.Service(name).Tracer().Start(t.Context(), "x")
			span.End()
			value, _ := recorder.Ended()[0].Resource().Set().Value("service.name")
			if got := value.AsString(); got != tt.want {
				t.Errorf("the span is of service %q, want %q", got, tt.want)
			}
		})
	}
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "team")
	if _, _, err := telemetry.ServiceFromEnv(t.Context(), io.Discard, "x"); err == nil {
		t.Error("a bad OTEL_RESOURCE_ATTRIBUTES is accepted")
	}
}
