package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"

	"tracelab/gateway"
	"tracelab/internal/closing"
	"tracelab/lab"
	"tracelab/taskservice"
	"tracelab/taskservice/taskpb"
	"tracelab/telemetry"
	"tracelab/telemetry/sampling"
	"tracelab/worker"
)

// serviceCommand runs one of the three services in a process of its own.
type serviceCommand struct {
	Name string `arg:"" enum:"gateway,taskservice,worker" help:"The service: ${enum}."`

	Listen      string        `env:"TRACELAB_LISTEN" placeholder:"HOST:PORT" help:"Address to listen on: HTTP for the gateway (127.0.0.1:8080), gRPC for the task service (127.0.0.1:50051)."`
	Health      string        `env:"TRACELAB_HEALTH" placeholder:"HOST:PORT" help:"Address for /livez and /readyz. Without it, they aren't served."`
	Tasks       string        `env:"TRACELAB_TASKS" placeholder:"TARGET" help:"Where the gateway reaches the task service, as gRPC names it (127.0.0.1:50051)."`
	Attempts    int           `env:"TRACELAB_ATTEMPTS" default:"3" help:"How many times the gateway tries a call that finds the task service unavailable, 1 to 5."`
	Table       string        `env:"TRACELAB_TABLE" default:"${table}" help:"The table of tasks."`
	Queue       string        `env:"TRACELAB_QUEUE" default:"${queue}" help:"The queue of events."`
	Consumer    string        `env:"TRACELAB_CONSUMER" enum:"child,link,batch" default:"child" help:"How the worker's span relates to the producer's: ${enum}."`
	ResendAfter time.Duration `env:"TRACELAB_RESEND_AFTER" default:"5m" help:"How long a task may be pending before the task service sends its event again. It should be longer than the queue takes to deliver a message for the last time."`
	Visibility  time.Duration `env:"TRACELAB_VISIBILITY" default:"30s" help:"The queue's visibility timeout. The worker extends it for messages that take longer."`
	XRay        bool          `name:"xray" env:"TRACELAB_XRAY" help:"Send the trace in X-Ray's header of SQS messages as well, and read it from messages without W3C's trace context."`
	Drain       time.Duration `env:"TRACELAB_DRAIN" default:"30s" help:"Time to finish and to export the last spans after SIGTERM."`

	serviceTLS

	Config      string `env:"TRACELAB_CONFIG" placeholder:"FILE" help:"YAML file with these flags as fields, such as table: orders. Flags and variables override it."`
	PrintConfig bool   `help:"Print the settings and where each was set, as a file for --config, and exit."`

	sources map[string]string // the flag, variable or file that set a setting, by its name
}

// Help is shown below the usage.
func (serviceCommand) Help() string {
	return "service runs one service with the real DynamoDB and SQS, or with what AWS_ENDPOINT_URL names, such as " +
		"tracelab aws. Credentials and region come from the default sources of AWS's SDK. Spans go where the OTEL_ " +
		"variables send them, and OTEL_SERVICE_NAME is honored. Flags can be set by variables, " +
		"TRACELAB_TABLE and so on, and by a file: see --config."
}

// Default addresses.
const (
	gatewayAddress     = "127.0.0.1:8080"
	taskServiceAddress = "127.0.0.1:50051"
)

// serviceNames are the service.name of each service.
func (c *serviceCommand) serviceName() string {
	return map[string]string{theGateway: lab.Gateway, theTaskService: lab.TaskService, theWorker: lab.Worker}[c.Name]
}

// grace is the time that the command has to end after an interrupt.
func (c *serviceCommand) grace() time.Duration { return c.Drain + time.Second }

func (c *serviceCommand) Run(ctx context.Context, env *environment, g given) error {
	if err := c.checkSettings(g); err != nil {
		return err
	}
	if c.PrintConfig {
		return c.printConfig(env.stdout)
	}
	config, name, err := telemetry.ServiceFromEnv(ctx, env.stderr, c.serviceName())
	if err != nil {
		return &exitError{exitUsage, err}
	}
	config.Version = version()
	config.Logger = slog.New(telemetry.NewLogHandler(slog.NewTextHandler(env.stderr, nil)))
	config.Baggage = []string{"tenant_id"}
	config.Sampler = sampling.FollowLinks(config.Sampler)
	pipeline := telemetry.NewPipeline(config)
	service := pipeline.Service(name)
	service.XRay = c.XRay
	err = c.serve(ctx, env, service)
	// The last spans are exported with what is left of the time.
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Drain/2)
	defer cancel()
	return errors.Join(err, pipeline.Shutdown(closing))
}

// serve runs the service until ctx ends. Work under way then has half of --drain.
func (c *serviceCommand) serve(ctx context.Context, env *environment, s telemetry.Service) error {
	var open listeners
	defer open.close()
	start := map[string]func(context.Context, *listeners, telemetry.Service) (*running, error){
		theGateway: c.gateway, theTaskService: c.taskService, theWorker: c.worker,
	}[c.Name]
	r, err := start(ctx, &open, s)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	ready := &readiness{check: r.ready}
	if c.Health != "" {
		listener, err := open.listen("--health", c.Health)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "Health is at %s/livez and /readyz\n", urlOf(listener, false))
		server := &http.Server{Handler: ready.handler(), ReadTimeout: headerTimeout, WriteTimeout: headerTimeout}
		group.Go(func() error { return ignoreClosed(server.Serve(listener)) })
		// It answers until the service is done, so that a probe finds it alive and not ready.
		defer func() { _ = server.Close() }()
		group.Go(func() error {
			err := c.run(ctx, env, r, ready)
			return errors.Join(err, server.Close())
		})
		return group.Wait()
	}
	return c.run(ctx, env, r, ready)
}

func (c *serviceCommand) run(ctx context.Context, env *environment, r *running, ready *readiness) error {
	ready.started.Store(true) // before the output, after which a program may probe
	fmt.Fprintf(env.stdout, "%s\nCtrl-C stops.\n", r.where)
	if err := flush(env.stdout); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { ready.started.Store(false) })()
	return r.run(ctx)
}

// running is a service that is ready to run.
type running struct {
	where string // a line for people
	run   func(context.Context) error
	ready func(context.Context) error // nil is always
}

// gateway returns the HTTP edge.
func (c *serviceCommand) gateway(_ context.Context, open *listeners, s telemetry.Service) (*running, error) {
	options, err := gateway.DialOptions(s, c.Attempts)
	if err != nil {
		return nil, usageError("--attempts: %w", err)
	}
	target := c.Tasks
	credentials, err := c.clientCredentials()
	if err != nil {
		return nil, err
	}
	transport := []grpc.DialOption{
		grpc.WithTransportCredentials(credentials),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingEvery, Timeout: pingTimeout}),
	}
	conn, err := grpc.NewClient(target, append(options, transport...)...)
	if err != nil {
		return nil, usageError("--tasks is %q: %w", target, err)
	}
	probe, err := grpc.NewClient(target, transport...) // without spans
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	handler, err := gateway.New(gateway.Config{Telemetry: s, Tasks: taskpb.NewTaskServiceClient(conn)})
	if err != nil {
		return nil, errors.Join(err, conn.Close(), probe.Close())
	}
	listener, err := open.listen("--listen", c.Listen)
	if err != nil {
		return nil, errors.Join(err, conn.Close(), probe.Close())
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout, WriteTimeout: requestTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
	}
	return &running{
		where: "The gateway is at " + urlOf(listener, false),
		run: func(ctx context.Context) error {
			err := serveHTTP(ctx, server, listener, c.Drain/2)
			return errors.Join(err, conn.Close(), probe.Close())
		},
		ready: func(ctx context.Context) error {
			out, err := grpc_health_v1.NewHealthClient(probe).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
			if err == nil && out.Status != grpc_health_v1.HealthCheckResponse_SERVING {
				err = fmt.Errorf("its state is %s", out.Status)
			}
			if err != nil {
				return fmt.Errorf("the task service is not ready: %w", err)
			}
			return nil
		},
	}, nil
}

// Keepalive of gRPC's connections. The server allows the pings.
const (
	pingEvery   = 30 * time.Second
	pingTimeout = 10 * time.Second
)

// taskService returns the gRPC server.
func (c *serviceCommand) taskService(ctx context.Context, open *listeners, s telemetry.Service) (*running, error) {
	credentials, err := c.serverCredentials()
	if err != nil {
		return nil, err
	}
	clients, queue, err := connectAWS(ctx, c.Queue)
	if err != nil {
		return nil, err
	}
	tasks, err := taskservice.New(taskservice.Config{
		Telemetry: s,
		DynamoDB:  telemetry.DynamoDB(newDynamoDBCalls(clients.dynamoDB), s, clients.atDynamoDB), Table: c.Table,
		SQS: telemetry.SQS(newSQSCalls(clients.sqs), s, clients.atSQS), QueueURL: queue,
		Drain: c.Drain / 2, ResendAfter: c.ResendAfter,
		ServerOptions: []grpc.ServerOption{
			grpc.Creds(credentials),
			grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingEvery, Timeout: pingTimeout}),
			grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingEvery / 2, PermitWithoutStream: true}),
		},
	})
	if err != nil {
		return nil, err
	}
	listener, err := open.listen("--listen", c.Listen)
	if err != nil {
		return nil, err
	}
	return &running{
		where: "The task service is at " + listener.Addr().String(),
		run:   func(ctx context.Context) error { return tasks.Run(ctx, listener) },
		ready: cached(func(ctx context.Context) error { return clients.ready(ctx, c.Table, queue) }),
	}, nil
}

// worker returns the consumer. A shutdown waits for the poll under way, which therefore has a part
// of --drain.
func (c *serviceCommand) worker(ctx context.Context, _ *listeners, s telemetry.Service) (*running, error) {
	clients, queue, err := connectAWS(ctx, c.Queue)
	if err != nil {
		return nil, err
	}
	w, err := worker.New(worker.Config{
		Telemetry: s, SQS: newSQSCalls(clients.sqs), QueueURL: queue,
		DynamoDB: telemetry.DynamoDB(newDynamoDBCalls(clients.dynamoDB), s, clients.atDynamoDB), Table: c.Table,
		Consumer: worker.Consumer(c.Consumer), Visibility: c.Visibility,
		Wait: min(20*time.Second, max((c.Drain/2).Truncate(time.Second), time.Second)), Drain: c.Drain / 2,
	})
	if err != nil {
		return nil, err
	}
	return &running{
		where: "The worker receives from " + queue,
		run:   w.Run,
		ready: cached(func(ctx context.Context) error { return clients.ready(ctx, c.Table, queue) }),
	}, nil
}

// serveHTTP serves until ctx ends, and then finishes what is under way, for a time at most.
func serveHTTP(ctx context.Context, server *http.Server, listener net.Listener, finish time.Duration) error {
	closing.Unused(server)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), finish)
	defer cancel()
	err := server.Shutdown(stopping)
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(fmt.Errorf("requests were cut off that took longer than %s", finish), server.Close())
	}
	<-served
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
