package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
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

// FromEnv returns the Config that the standard OTEL_ variables of the process
// ask for. A value that it can't honour is an error which names the variable
// and what it takes, never ignored. The console exporter writes to console.
//
// The variables are OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER (otlp, console,
// none, or a list; unset means otlp when an OTLP endpoint is set, else none),
// OTEL_EXPORTER_OTLP_* (read by the exporter; the protocol is grpc or
// http/protobuf, the default), OTEL_TRACES_SAMPLER and its _ARG,
// OTEL_PROPAGATORS (tracecontext, baggage, none), OTEL_RESOURCE_ATTRIBUTES and
// OTEL_BSP_*, OTEL_SPAN_* and the other limits (read by the SDK). OTEL_SERVICE_NAME is refused: it can't name
// several services.
func FromEnv(ctx context.Context, console io.Writer) (Config, error) {
	var config Config
	if os.Getenv("OTEL_SERVICE_NAME") != "" {
		return config, errors.New("OTEL_SERVICE_NAME is set, but this program runs several services and each has its own name; " +
			"unset it (OTEL_RESOURCE_ATTRIBUTES is honoured for all of them)")
	}
	if err := errors.Join(checkResource(ctx), checkNumbers()); err != nil {
		return config, err
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

// envError says which variable can't be honoured, and what it takes.
func envError(name, value, takes string) error {
	return fmt.Errorf("%s is %q: it takes %s", name, value, takes)
}

func checkResource(ctx context.Context) error {
	const name = "OTEL_RESOURCE_ATTRIBUTES"
	r, err := resource.New(ctx, resource.WithFromEnv())
	if err != nil {
		return fmt.Errorf("%s takes key=value pairs separated by commas: %w", name, err)
	}
	if r.Set().HasValue(semconv.ServiceNameKey) {
		return fmt.Errorf("%s has a service.name, but this program runs several services and each has its own; leave it out", name)
	}
	return nil
}

// checkNumbers refuses what the SDK would silently replace by its default.
func checkNumbers() error {
	var errs []error
	for _, name := range []string{
		"OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT",
		"OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
		"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
		"OTEL_SPAN_EVENT_COUNT_LIMIT", "OTEL_SPAN_LINK_COUNT_LIMIT",
		"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
	} {
		value := os.Getenv(name)
		if n, err := strconv.Atoi(value); value != "" && (err != nil || n <= 0) {
			errs = append(errs, envError(name, value, "a positive whole number"))
		}
	}
	return errors.Join(errs...)
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
			errs = append(errs, envError(name, redact.Text(value), "a URL with its scheme, as http://localhost:4318"))
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
			return fmt.Errorf("%s takes key=value pairs separated by commas: pair %d is not one (it is not shown, as it may be a secret)", name, i+1)
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
		return fmt.Errorf("%s takes a file that can be read: %w", name, err)
	}
	return f.Close()
}

func samplerFromEnv() (sdktrace.Sampler, error) {
	const name = "OTEL_TRACES_SAMPLER"
	value := strings.ToLower(strings.TrimSpace(os.Getenv(name)))
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
		arg := strings.TrimSpace(os.Getenv(name + "_ARG"))
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
			propagators = append(propagators, propagation.TraceContext{})
		case "baggage":
			propagators = append(propagators, propagation.Baggage{})
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
	if len(elements) == 0 && cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")) != "" {
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
