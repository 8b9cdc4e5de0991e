package system

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// Tracelab is how the project's own program is run.
type Tracelab struct {
	Path string
	// Env is added to the environment of each process.
	Env []string
}

// SpansTo returns variables that export spans to an address over gRPC, five times a second.
func SpansTo(address string) []string {
	return []string{
		"OTEL_TRACES_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_EXPORTER_OTLP_ENDPOINT=http://" + address,
		"OTEL_BSP_SCHEDULE_DELAY=200",
	}
}

// AWSAt returns variables that point AWS's SDK to stand-ins for DynamoDB and SQS.
func AWSAt(dynamoDB, sqs string) []string {
	return []string{
		"AWS_ENDPOINT_URL_DYNAMODB=" + dynamoDB, "AWS_ENDPOINT_URL_SQS=" + sqs, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
	}
}

func (t Tracelab) program(name, ready string, args []string) Program {
	return Program{Name: name, Path: t.Path, Args: args, Env: t.Env, Ready: ready}
}

// AWS is the stand-in for DynamoDB and SQS on a free port. [Process.Address] is its URL.
func (t Tracelab) AWS(args ...string) Program {
	return t.program("aws", "DynamoDB and SQS are at ", append([]string{"aws", "--listen", "127.0.0.1:0"}, args...))
}

// TaskService is the gRPC service. With port 0, [Process.Address] has the port.
func (t Tracelab) TaskService(listen string, args ...string) Program {
	return t.program("taskservice", "The task service is at ",
		append([]string{"service", "taskservice", "--insecure", "--listen", listen}, args...))
}

// Worker is the consumer.
func (t Tracelab) Worker(args ...string) Program {
	return t.program("worker", "The worker receives from ", append([]string{"service", "worker"}, args...))
}

// Gateway is the HTTP edge in front of a task service. [Process.Address] is its URL.
func (t Tracelab) Gateway(listen, tasks string, args ...string) Program {
	return t.program("gateway", "The gateway is at ",
		append([]string{"service", "gateway", "--insecure", "--listen", listen, "--tasks", tasks}, args...))
}

// Address returns the last word of the line that made the process ready.
func (p *Process) Address() string {
	fields := strings.Fields(p.Line)
	if len(fields) == 0 {
		return ""
	}
	return fields[len(fields)-1]
}

// A Collector is an OpenTelemetry Collector that receives spans over gRPC.
type Collector struct {
	Path   string
	Listen string // HOST:PORT of OTLP over gRPC
	// File is where each batch is appended as a line of JSON; Jaeger is an address of OTLP over
	// gRPC. At least one is required.
	File, Jaeger string
	// Sampling is the file of a configuration with a processor tail_sampling. Empty keeps all
	// spans.
	Sampling string
	// Unsampled is a file for all spans, those that Sampling drops too.
	Unsampled string
}

// Program writes the Collector's configuration to a directory.
func (c Collector) Program(dir string) (Program, error) {
	exporters, pipeline := map[string]any{}, map[string]any{"receivers": []string{"otlp"}}
	pipelines := map[string]any{"traces": pipeline}
	var names []string
	toFile := func(path string) map[string]any {
		return map[string]any{"path": path, "append": true, "flush_interval": "200ms"}
	}
	if c.Unsampled != "" {
		exporters["file/unsampled"] = toFile(c.Unsampled)
		pipelines["traces/unsampled"] = map[string]any{
			"receivers": []string{"otlp"}, "exporters": []string{"file/unsampled"},
		}
	}
	if c.File != "" {
		exporters["file"] = toFile(c.File)
		names = append(names, "file")
	}
	if c.Jaeger != "" {
		exporters["otlp"] = map[string]any{
			"endpoint": c.Jaeger, "tls": map[string]any{"insecure": true},
			"sending_queue": map[string]any{"batch": map[string]any{"flush_timeout": "200ms", "min_size": 500}},
		}
		names = append(names, "otlp")
	}
	pipeline["exporters"] = names
	if c.Sampling != "" {
		pipeline["processors"] = []string{"tail_sampling"}
	}
	file, err := writeConfig(dir, "collector.yaml", map[string]any{
		"receivers": map[string]any{
			"otlp": map[string]any{"protocols": map[string]any{"grpc": map[string]any{"endpoint": c.Listen}}},
		},
		"exporters": exporters,
		"service": map[string]any{
			"pipelines": pipelines,
			"telemetry": map[string]any{"metrics": map[string]any{"level": "none"}},
		},
	})
	if err != nil {
		return Program{}, fmt.Errorf("configure the Collector: %w", err)
	}
	args := []string{"--config", file}
	if c.Sampling != "" {
		args = append(args, "--config", c.Sampling)
	}
	return Program{Name: "collector", Path: c.Path, Args: args, Ready: "Everything is ready."}, nil
}

// A Jaeger is Jaeger with its storage in memory.
type Jaeger struct {
	Spans string // HOST:PORT of OTLP over gRPC
	Query string // URL of its API
}

// StartJaeger1 starts Jaeger 1, cmd/all-in-one, on free ports, and waits until it answers.
func (h *Host) StartJaeger1(ctx context.Context, path string) (Jaeger, error) {
	var args []string
	at := map[string]string{}
	for _, flag := range []string{
		"collector.otlp.grpc.host-port", "collector.otlp.http.host-port", "collector.grpc-server.host-port",
		"collector.http-server.host-port", "query.http-server.host-port", "query.grpc-server.host-port",
		"admin.http.host-port",
	} {
		address, err := FreeAddress()
		if err != nil {
			return Jaeger{}, err
		}
		at[flag] = address
		args = append(args, "--"+flag+"="+address)
	}
	j := Jaeger{at["collector.otlp.grpc.host-port"], "http://" + at["query.http-server.host-port"]}
	return j, h.startJaeger(ctx, j, Program{Name: "jaeger-1", Path: path, Args: args})
}

// StartJaeger2 starts Jaeger 2, cmd/jaeger, on free ports, and waits until it answers. It writes
// the configuration to the directory of logs.
func (h *Host) StartJaeger2(ctx context.Context, path string) (Jaeger, error) {
	var at [3]string
	for i := range at {
		address, err := FreeAddress()
		if err != nil {
			return Jaeger{}, err
		}
		at[i] = address
	}
	endpoint := func(address string) map[string]any { return map[string]any{"endpoint": address} }
	file, err := writeConfig(h.dir, "jaeger.yaml", map[string]any{
		"receivers": map[string]any{"otlp": map[string]any{"protocols": map[string]any{"grpc": endpoint(at[0])}}},
		"exporters": map[string]any{"jaeger_storage_exporter": map[string]any{"trace_storage": "memory"}},
		"extensions": map[string]any{
			"jaeger_storage": map[string]any{
				"backends": map[string]any{"memory": map[string]any{"memory": map[string]any{"max_traces": 10_000}}},
			},
			"jaeger_query": map[string]any{
				"storage": map[string]any{"traces": "memory"}, "http": endpoint(at[1]), "grpc": endpoint(at[2]),
			},
		},
		"service": map[string]any{
			"extensions": []string{"jaeger_storage", "jaeger_query"},
			"pipelines": map[string]any{
				"traces": map[string]any{"receivers": []string{"otlp"}, "exporters": []string{"jaeger_storage_exporter"}},
			},
			"telemetry": map[string]any{"metrics": map[string]any{"level": "none"}},
		},
	})
	if err != nil {
		return Jaeger{}, fmt.Errorf("configure Jaeger: %w", err)
	}
	j := Jaeger{at[0], "http://" + at[1]}
	return j, h.startJaeger(ctx, j, Program{Name: "jaeger-2", Path: path, Args: []string{"--config", file}})
}

// writeConfig writes a configuration to a file in a directory, as JSON, which is YAML too.
func writeConfig(dir, name string, config any) (file string, err error) {
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, name)
	return file, os.WriteFile(file, text, 0o600)
}

func (h *Host) startJaeger(ctx context.Context, j Jaeger, p Program) error {
	process, err := h.Start(ctx, p)
	if err != nil {
		return err
	}
	return j.await(ctx, process)
}

func (j Jaeger) await(ctx context.Context, process *Process) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	err := Await(ctx, "wait for Jaeger", func(ctx context.Context) error {
		_, err := Get(ctx, j.Query+"/api/services")
		if !process.Running() {
			cancel()
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, process.Log())
	}
	return nil
}

// Get returns the body of an answer with status 200.
func Get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", url, err)
	}
	return Do(request)
}

// Do sends a request and returns the body of an answer with status 200.
func Do(request *http.Request) ([]byte, error) {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", request.Method, request.URL, response.Status, body)
	}
	return body, err
}
