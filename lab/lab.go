package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"tracelab/fakes"
	"tracelab/gateway"
	"tracelab/taskservice"
	"tracelab/taskservice/task"
	"tracelab/taskservice/taskpb"
	"tracelab/telemetry"
	"tracelab/telemetry/sampling"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/fromsdk"
)

// A Lab is the running system. Its methods are safe for concurrent use.
type Lab struct {
	config   Config
	activity *activity
	recorder *tracetest.SpanRecorder
	logs     *logBook
	wire     *wire
	pipeline *telemetry.Pipeline

	network *fakes.Network
	db      *fakes.DynamoDB
	sqs     *fakes.SQS
	tasks   *taskservice.Service
	handler http.Handler
	client  *http.Client

	// released is closed when a held worker may start.
	released chan struct{}
	release  sync.Once

	// stop undoes what Start did, the last first.
	stop []func(context.Context) error
}

// Start assembles the system and runs it until Close. ctx only limits the start
// itself.
func Start(ctx context.Context, config Config) (*Lab, error) {
	config.VisibilityTimeout = cmp.Or(config.VisibilityTimeout, 30*time.Second)
	config.MaxReceives = cmp.Or(config.MaxReceives, 3)
	l := &Lab{
		config: config, activity: newActivity(), recorder: tracetest.NewSpanRecorder(),
		logs: &logBook{}, network: fakes.NewNetwork(), released: make(chan struct{}),
	}
	if config.Wire {
		l.wire = &wire{}
	}
	err := l.start(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the system: %w", err), l.Close(ctx))
	}
	return l, nil
}

func (l *Lab) start(ctx context.Context) error {
	l.startPipeline()
	if err := l.makeFakes(); err != nil {
		return err
	}
	for _, start := range []func(context.Context) error{l.startWorker, l.startTaskService, l.startGateway} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// startPipeline makes the pipeline of all services' spans. It leads to the recorder, and on to the
// processors and exporters of the caller's config. The recorder works synchronously: a batch
// exporter drops spans when they come too fast, as it should, and a tree must not miss any. It
// comes before the activity, so that a span that is no longer under way was recorded.
func (l *Lab) startPipeline() {
	config := l.config.Telemetry
	if !l.config.SkipRecording {
		config.Processors = append([]sdktrace.SpanProcessor{l.recorder, l.activity}, config.Processors...)
	}
	if config.Baggage == nil {
		config.Baggage = []string{"tenant_id"}
	}
	var handlers []slog.Handler
	if l.config.Logs {
		handlers = append(handlers, logHandler{book: l.logs})
	}
	if config.Logger != nil {
		handlers = append(handlers, config.Logger.Handler())
	}
	if len(handlers) > 0 {
		config.Logger = slog.New(telemetry.NewLogHandler(slog.NewMultiHandler(handlers...)))
	}
	config.Sampler = sampling.FollowLinks(config.Sampler) // the worker's span may link to the message's
	l.pipeline = telemetry.NewPipeline(config)
	l.onStop(l.pipeline.Shutdown)
}

func (l *Lab) service(name string) telemetry.Service {
	s := l.pipeline.Service(name)
	if l.config.Untraced {
		s.TracerProvider = nil
	}
	return s
}

func (l *Lab) makeFakes() (err error) {
	l.db, err = fakes.NewDynamoDB(fakes.DynamoDBConfig{
		Tables:  []fakes.Table{{Name: Table, Key: task.Key}},
		Faults:  l.config.DynamoDBFaults,
		Latency: l.config.Latency,
	})
	if err != nil {
		return err
	}
	faults := l.config.SQSFaults
	if l.config.DeliveryDelay > 0 {
		faults = append(slices.Clone(faults),
			fakes.Fault{Op: "SendMessage", Times: -1, DeliveryDelay: l.config.DeliveryDelay})
	}
	l.sqs, err = fakes.NewSQS(fakes.SQSConfig{
		Queues: []fakes.Queue{
			{
				Name: Queue, VisibilityTimeout: l.config.VisibilityTimeout,
				Redrive: &fakes.Redrive{DeadLetterQueue: DeadLetterQueue, MaxReceiveCount: l.config.MaxReceives},
			},
			{Name: DeadLetterQueue},
		},
		Faults:  faults,
		Latency: l.config.Latency,
		Watch:   l.activity.addMessages,
	})
	if err != nil {
		return err
	}
	l.onStop(func(context.Context) error { l.sqs.Close(); return nil })
	return nil
}

func endpoint(service string) telemetry.Endpoint {
	return telemetry.Endpoint{Region: fakes.Region, Address: service + ".local"}
}

func (l *Lab) startTaskService(context.Context) (err error) {
	s := l.service(TaskService)
	events := s
	if l.config.EventPropagator != nil {
		events.Propagator = l.config.EventPropagator
	}
	l.tasks, err = taskservice.New(taskservice.Config{
		Telemetry:       s,
		DynamoDB:        telemetry.DynamoDB(l.db, s, endpoint("dynamodb")),
		Table:           Table,
		SQS:             telemetry.SQS(l.wire.sender(l.sqs), events, endpoint("sqs")),
		QueueURL:        fakes.QueueURL(Queue),
		EventAttributes: l.config.EventAttributes,
		Drain:           l.config.Drain,
		// Once a message would have gone to the dead-letter queue, it is lost or
		// given up.
		ResendAfter: cmp.Or(l.config.ResendAfter, l.config.VisibilityTimeout*time.Duration(l.config.MaxReceives+1)),
	})
	if err != nil {
		return err
	}
	listener, err := l.network.Listen(TaskService)
	if err != nil {
		return err
	}
	l.run(func(ctx context.Context) error { return l.tasks.Run(ctx, listener) })
	return nil
}

func (l *Lab) startGateway(context.Context) error {
	s := l.service(Gateway)
	options := []grpc.DialOption{grpc.WithDisableRetry()}
	if !l.config.GatewayWithoutClientSpans {
		var err error
		if options, err = gateway.DialOptions(s, max(l.config.Attempts, 1)); err != nil {
			return err
		}
	}
	if l.wire != nil {
		options = append(options, grpc.WithStatsHandler(grpcWire{l.wire}))
	}
	conn, err := grpc.NewClient("passthrough:///"+TaskService, append(options,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(l.network.Dial))...)
	if err != nil {
		return err
	}
	l.onStop(func(context.Context) error { return conn.Close() })
	if l.handler, err = gateway.New(gateway.Config{Telemetry: s, Tasks: taskpb.NewTaskServiceClient(conn)}); err != nil {
		return err
	}
	listener, err := l.network.Listen(Gateway)
	if err != nil {
		return err
	}
	l.serveHTTP(listener)
	return nil
}

// serveHTTP starts the gateway's server on the network, and creates a client for it.
func (l *Lab) serveHTTP(listener net.Listener) {
	server := &http.Server{Handler: l.wire.http(l.handler), ReadTimeout: 15 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return l.network.Dial(ctx, Gateway) },
	}
	l.client = &http.Client{Transport: transport}
	l.onStop(func(ctx context.Context) error {
		transport.CloseIdleConnections()
		err := server.Shutdown(ctx)
		if serveErr := <-served; !errors.Is(serveErr, http.ErrServerClosed) {
			err = errors.Join(err, serveErr)
		}
		return err
	})
}

// run runs a service until Close.
func (l *Lab) run(service func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- service(ctx) }()
	l.onStop(func(ctx context.Context) error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			return fmt.Errorf("stop service: %w", ctx.Err())
		}
	})
}

func (l *Lab) onStop(stop func(context.Context) error) { l.stop = append(l.stop, stop) }

// Close stops the gateway, the task service and the worker, in this order,
// waiting for each to finish its current work. It then exports pending spans,
// and returns all errors. ctx limits all of it, so it should leave time for
// each service's Config.Drain and for the export after them. Call Close only
// once.
func (l *Lab) Close(ctx context.Context) error {
	var errs []error
	for _, stop := range slices.Backward(l.stop) {
		errs = append(errs, stop(ctx))
	}
	l.stop = nil
	return errors.Join(append(errs, l.network.Close())...)
}

// Handler is the gateway's handler, without the network before it.
func (l *Lab) Handler() http.Handler { return l.handler }

// DynamoDB is the system's database.
func (l *Lab) DynamoDB() *fakes.DynamoDB { return l.db }

// SQS is the system's queues.
func (l *Lab) SQS() *fakes.SQS { return l.sqs }

// Sweep sends the events again of tasks that wait for too long: see
// [taskservice.Service.Sweep]. The system does so by itself from time to time.
func (l *Lab) Sweep(ctx context.Context) (int, error) { return l.tasks.Sweep(ctx) }

// Settle waits until no request is under way, every span has ended, and every
// message was processed or lies in the dead-letter queue. When ctx ends first,
// the error lists what is still open.
func (l *Lab) Settle(ctx context.Context) error { return l.activity.settle(ctx) }

// Spans returns the spans that have ended, in the order of their start.
func (l *Lab) Spans() []sdktrace.ReadOnlySpan {
	var ended []sdktrace.ReadOnlySpan
	for _, span := range l.recorder.Started() {
		if !span.EndTime().IsZero() {
			ended = append(ended, span)
		}
	}
	return ended
}

// Forest returns the trees of the spans that have ended.
func (l *Lab) Forest() *tracetree.Forest { return tracetree.Build(fromsdk.Spans(l.Spans())) }

// Wire returns what went over each hop, in order; nil without Config.Wire.
func (l *Lab) Wire() []Hop { return l.wire.all() }

// Logs returns the services' log records, in order; nil without Config.Logs.
func (l *Lab) Logs() []LogRecord { return l.logs.all() }
