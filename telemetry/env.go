package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"tracelab/internal/redact"
)

// FromEnv returns the Config for the standard OTEL_ variables of the process. A variable that can't
// be honoured is an error with its name and what is wanted; it is never ignored. Values that the
// specification ignores with a warning are in Config.Warnings. The console exporter writes to
// console.
//
// The variables are OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER (otlp, console, none, or a list; unset
// means otlp when an OTLP endpoint is set, else none), OTEL_EXPORTER_OTLP_* (read by the exporter;
// the protocol is grpc or http/protobuf, the default), OTEL_TRACES_SAMPLER and its _ARG,
// OTEL_PROPAGATORS (tracecontext, baggage, none), OTEL_RESOURCE_ATTRIBUTES, OTEL_BSP_*, and the
// limits of attributes, events and links. OTEL_SERVICE_NAME is refused, as it can't name several
// services, and so is OTEL_CONFIG_FILE.
func FromEnv(ctx context.Context, console io.Writer) (Config, error) {
	if os.Getenv("OTEL_SERVICE_NAME") != "" {
		return Config{}, errors.New("OTEL_SERVICE_NAME is set, but this program runs several services " +
			"and each has its own name; unset it (OTEL_RESOURCE_ATTRIBUTES is honoured for all of them)")
	}
	if _, named, err := resourceFromEnv(ctx); named && err == nil {
		return Config{}, fmt.Errorf(
			"%s has a service.name, but this program runs several services and each has its own; leave it out",
			resourceVariable,
		)
	}
	return fromEnv(ctx, console)
}

// ServiceFromEnv is FromEnv for a program that runs one service. It returns the service's name as
// well: that of OTEL_SERVICE_NAME, or of the service.name in OTEL_RESOURCE_ATTRIBUTES, or the given
// one.
func ServiceFromEnv(ctx context.Context, console io.Writer, name string) (Config, string, error) {
	config, err := fromEnv(ctx, console)
	if err != nil {
		return config, "", err
	}
	if given, _, _ := resourceFromEnv(ctx); given != "" {
		name = given
	}
	return config, name, nil
}

func fromEnv(ctx context.Context, console io.Writer) (Config, error) {
	var config Config
	for _, name := range []string{"OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"} {
		if os.Getenv(name) != "" {
			return config, fmt.Errorf(
				"%s is set, but this program reads no configuration file; unset it, and set the other OTEL_ variables", name,
			)
		}
	}
	var err error
	_, _, resourceErr := resourceFromEnv(ctx)
	if config.Warnings, err = checkNumbers(); err != nil || resourceErr != nil {
		return config, errors.Join(resourceErr, err)
	}
	if value := strings.TrimSpace(os.Getenv("OTEL_SDK_DISABLED")); value != "" && !isBool(value) {
		config.Warnings = append(
			config.Warnings, fmt.Sprintf("OTEL_SDK_DISABLED is %q: want true or false; taken as false", value),
		)
	}
	// Anything but true is false, by the specification.
	config.Disabled = strings.EqualFold(strings.TrimSpace(os.Getenv("OTEL_SDK_DISABLED")), "true")
	var errs [3]error
	config.Sampler, errs[0] = samplerFromEnv()
	config.Propagator, errs[1] = propagatorFromEnv()
	if err := errors.Join(errs[:]...); err != nil || config.Disabled {
		return config, err
	}
	config.Exporters, errs[2] = exportersFromEnv(ctx, console)
	return config, errs[2]
}

// envError names a variable that can't be honoured, and what is wanted.
func envError(name, value, want string) error {
	return fmt.Errorf("%s is %q: want %s", name, value, want)
}

func isBool(value string) bool {
	return strings.EqualFold(value, "true") || strings.EqualFold(value, "false")
}

const resourceVariable = "OTEL_RESOURCE_ATTRIBUTES"

// resourceFromEnv returns the service.name of the environment, and whether there is one.
func resourceFromEnv(ctx context.Context) (name string, named bool, err error) {
	r, err := resource.New(ctx, resource.WithFromEnv())
	if err != nil {
		return "", false, fmt.Errorf("%s: want key=value pairs separated by commas: %w", resourceVariable, err)
	}
	value, named := r.Set().Value(semconv.ServiceNameKey)
	return value.AsString(), named, nil
}

// checkNumbers refuses what the SDK would silently replace by its default. Negative limits and
// durations are ignored with a warning, as the specification demands: see also limits and batching.
func checkNumbers() (warnings []string, err error) {
	var errs []error
	check := func(least int, want string, names ...string) {
		for _, name := range names {
			value := os.Getenv(name)
			n, err := strconv.Atoi(value)
			switch {
			case value == "":
			case err != nil || n > math.MaxInt32, n < least && least > 0:
				errs = append(errs, envError(name, value, want))
			case n < least:
				warnings = append(warnings, envError(name, value, want).Error()+"; ignored")
			}
		}
	}
	check(0, "a whole number of milliseconds, 0 or more", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT")
	check(1, "a positive whole number", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE")
	check(0, "a whole number, 0 or more",
		"OTEL_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
		"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
		"OTEL_SPAN_EVENT_COUNT_LIMIT", "OTEL_SPAN_LINK_COUNT_LIMIT",
		"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT")
	return warnings, errors.Join(errs...)
}

// checkOTLP refuses what the exporters would silently replace by a default of
// theirs. An endpoint without a scheme is the usual one: the spans would go to
// localhost.
func checkOTLP() error {
	var errs []error
	for _, prefix := range []string{"OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_TRACES_"} {
		name := prefix + "ENDPOINT"
		value := strings.TrimSpace(os.Getenv(name))
		u, err := url.Parse(value)
		if value != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			errs = append(errs, envError(name, redact.Text(value), "a URL with its scheme, such as http://localhost:4318"))
		}
		name = prefix + "TIMEOUT"
		value = strings.TrimSpace(os.Getenv(name))
		if n, err := strconv.Atoi(value); value != "" && (err != nil || n <= 0) {
			errs = append(errs, envError(name, value, "a positive whole number of milliseconds"))
		}
		name = prefix + "COMPRESSION"
		if value = os.Getenv(name); value != "" && value != "gzip" && value != "none" {
			errs = append(errs, envError(name, value, "gzip or none"))
		}
		name = prefix + "INSECURE"
		if value = strings.TrimSpace(os.Getenv(name)); value != "" && !isBool(value) {
			errs = append(errs, envError(name, value, "true or false"))
		}
		errs = append(errs, checkHeaders(prefix+"HEADERS"))
		for _, file := range []string{"CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"} {
			errs = append(errs, checkFile(prefix+file))
		}
	}
	return errors.Join(errs...)
}

// checkHeaders never shows the value: it holds credentials.
func checkHeaders(name string) error {
	value := os.Getenv(name)
	if strings.TrimSpace(value) == "" {
		return nil
	}
	for i, pair := range strings.Split(value, ",") {
		key, value, found := strings.Cut(pair, "=")
		_, err := url.PathUnescape(value)
		if strings.TrimSpace(key) == "" || strings.ContainsAny(strings.TrimSpace(key), " \t:") || !found || err != nil {
			return fmt.Errorf(
				"%s: want key=value pairs separated by commas; pair %d is not one (not shown, as it may be a secret)", name, i+1,
			)
		}
	}
	return nil
}

func checkFile(name string) error {
	path := os.Getenv(name)
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%s: want a readable file: %w", name, err)
	}
	return f.Close()
}

func samplerFromEnv() (sdktrace.Sampler, error) {
	const name = "OTEL_TRACES_SAMPLER"
	value := strings.ToLower(strings.TrimSpace(os.Getenv(name)))
	arg := strings.TrimSpace(os.Getenv(name + "_ARG"))
	if value == "" && arg != "" {
		return nil, fmt.Errorf(
			"%s_ARG is %q, but %s is not set: want a sampler that it is for, such as traceidratio", name, arg, name,
		)
	}
	base, parentBased := strings.CutPrefix(value, "parentbased_")
	var sampler sdktrace.Sampler
	switch base {
	case "":
		if value == "" {
			return nil, nil
		}
	case "always_on":
		sampler = sdktrace.AlwaysSample()
	case "always_off":
		sampler = sdktrace.NeverSample()
	case "traceidratio":
		ratio, err := strconv.ParseFloat(cmp.Or(arg, "1"), 64)
		if err != nil || !(ratio >= 0 && ratio <= 1) {
			return nil, envError(name+"_ARG", arg, "a ratio from 0 to 1")
		}
		sampler = sdktrace.TraceIDRatioBased(ratio)
	}
	switch {
	case sampler == nil:
		return nil, envError(name, value, "always_on, always_off, traceidratio, or one of these after parentbased_")
	case parentBased:
		return sdktrace.ParentBased(sampler), nil
	default:
		return sampler, nil
	}
}

// list returns the elements of a comma-separated variable, without repetition.
func list(name string) []string {
	var elements []string
	for element := range strings.SplitSeq(os.Getenv(name), ",") {
		element = strings.ToLower(strings.TrimSpace(element))
		if element != "" && !slices.Contains(elements, element) {
			elements = append(elements, element)
		}
	}
	return elements
}

func propagatorFromEnv() (propagation.TextMapPropagator, error) {
	const name = "OTEL_PROPAGATORS"
	elements := list(name)
	if len(elements) == 0 {
		return nil, nil
	}
	var propagators []propagation.TextMapPropagator
	for _, element := range elements {
		switch element {
		case "tracecontext":
			propagators = append(propagators, traceContext{})
		case "baggage":
			propagators = append(propagators, quietBaggage{})
		case "none":
			if len(elements) > 1 {
				return nil, envError(name, os.Getenv(name), "none alone, or a list without it")
			}
		default:
			return nil, envError(name, element, "tracecontext, baggage, or none")
		}
	}
	return propagation.NewCompositeTextMapPropagator(propagators...), nil
}

func exportersFromEnv(ctx context.Context, console io.Writer) ([]sdktrace.SpanExporter, error) {
	const name = "OTEL_TRACES_EXPORTER"
	elements := list(name)
	if len(elements) == 0 && cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
		os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")) != "" {
		elements = []string{"otlp"}
	}
	var exporters []sdktrace.SpanExporter
	for _, element := range elements {
		var exporter sdktrace.SpanExporter
		var err error
		switch element {
		case "otlp":
			exporter, err = otlpFromEnv(ctx)
		case "console":
			exporter, err = stdouttrace.New(stdouttrace.WithWriter(console))
		case "none":
			if len(elements) == 1 {
				return nil, nil
			}
			err = envError(name, os.Getenv(name), "none alone, or a list without it")
		default:
			err = envError(name, element, "otlp, console, or none")
		}
		if err != nil {
			for _, started := range exporters {
				err = errors.Join(err, started.Shutdown(ctx))
			}
			return nil, err
		}
		exporters = append(exporters, exporter)
	}
	return exporters, nil
}

func otlpFromEnv(ctx context.Context) (sdktrace.SpanExporter, error) {
	if err := checkOTLP(); err != nil {
		return nil, err
	}
	name := "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
	if os.Getenv(name) == "" {
		name = "OTEL_EXPORTER_OTLP_PROTOCOL"
	}
	protocol := cmp.Or(os.Getenv(name), "http/protobuf")
	switch protocol {
	case "grpc":
		return otlptracegrpc.New(ctx)
	case "http/protobuf":
		return otlptracehttp.New(ctx)
	default:
		return nil, envError(name, protocol, "grpc or http/protobuf")
	}
}
