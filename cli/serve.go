package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/internal/words"
	"tracelab/lab"
	"tracelab/live/checklist"
	"tracelab/live/class"
	"tracelab/live/guard"
	"tracelab/live/receiver"
	"tracelab/live/server"
	testsession "tracelab/live/session" // session is a type here
	"tracelab/live/store"
	"tracelab/tracetree"
)

// serveCommand receives spans and shows their traces while it runs.
type serveCommand struct {
	Files []string `arg:"" optional:"" name:"file" help:"Trace files to load at the start."`

	Only   []string      `help:"What to serve: ${enum}. A list, or repeated. Without it, everything." enum:"receiver,page,services" placeholder:"PART"`
	Memory byteSize      `help:"Memory for traces. When it is full, the oldest traces make room." default:"256MiB" placeholder:"SIZE"`
	Settle time.Duration `help:"Time without new spans after which a trace counts as complete." default:"2s" placeholder:"DURATION"`
	Config string        `help:"Configuration of the checks, as for check." placeholder:"FILE"`

	Class bool   `group:"class" help:"Serve the board of a class: teams send spans of their systems, and the page shows which items of the challenge each has met."`
	Names string `group:"class" help:"YAML file with names of the system that the page grades, or of the teams' systems, as for challenge." placeholder:"FILE"`

	Save        string `group:"handon" help:"Append all spans to this file, as lines of OTLP JSON." placeholder:"FILE"`
	Forward     string `group:"handon" help:"Forward all spans to this OTLP endpoint: http://HOST:4318 or grpc://HOST:4317." placeholder:"URL"`
	KeepSecrets bool   `group:"handon" help:"Save and forward secrets as they are. What is shown is masked in any case."`

	HTTP string `name:"http" group:"listen" help:"Address for the page, the API and the services. Port 0 picks a free port." placeholder:"HOST:PORT" default:"127.0.0.1:8080"`
	receiveFlags
}

// Help is shown below the usage.
func (serveCommand) Help() string {
	return "The receiver is for OpenTelemetry's exporters and Zipkin's. " +
		"Tests in any language open sessions at /test/sessions: docs/sessions.md. " +
		"With --class, teams join a board at /class/: docs/class.md. " +
		"Requests from other machines need the token that serve prints when it starts."
}

func (c serveCommand) serves(part string) bool {
	return len(c.Only) == 0 || slices.Contains(c.Only, part)
}

func (c serveCommand) Run(ctx context.Context, env *environment, g given) (err error) {
	if err := c.checkFlags(g); err != nil {
		return err
	}
	checks, err := readConfig(ctx, env, c.Config)
	if err != nil {
		return err
	}
	names, err := nameFlags{Names: c.Names}.read(ctx, env)
	if err != nil {
		return err
	}
	certificate, err := c.tls()
	if err != nil {
		return err
	}
	var open listeners
	defer open.close()
	l, err := c.listen(&open)
	if err != nil {
		return err
	}
	token := open.token()
	log := logTo(env.stderr)
	board := c.newClass(names, l, certificate != nil)
	config := server.Config{
		Store: store.Config{Memory: int64(c.Memory), Settle: c.Settle, Checks: checks},
		Save:  c.Save, Forward: c.Forward, KeepSecrets: c.KeepSecrets,
		Token: token, Hosts: c.Host, TLS: certificate, Log: log,
	}
	memory := int64(c.Memory)
	if board != nil {
		config.Take, config.Receiver.Admit, config.Open = board.Take, board.Admit, []string{class.Path}
		memory += class.DefaultTeams * class.DefaultMemory
	}
	s, err := server.New(ctx, config)
	if err != nil {
		return usageError("%w", err)
	}
	defer limitMemory(memory)()
	if err := c.load(ctx, env, s); err != nil {
		return errors.Join(err, s.Close(ctx))
	}
	if c.serves("receiver") {
		sessions := testsession.New(testsession.Config{
			Checks: checks,
			HTTP:   urlOf(l.OTLP.HTTP, certificate != nil), GRPC: urlOf(l.OTLP.GRPC, certificate != nil),
		})
		s.OnAdd(sessions.Add)
		s.Handle("/test/", sessions.Handler())
		s.OnStop(func(context.Context) error { sessions.Close(); return nil })
	}
	if c.serves("services") {
		if err := c.startServices(ctx, env, s); err != nil {
			return errors.Join(err, s.Close(ctx))
		}
	}
	if c.serves("page") {
		list, err := pageScenarios()
		if err != nil {
			return errors.Join(err, s.Close(ctx))
		}
		addPage(s, list, checklist.New(s.Store(), names, tracetree.TraceID{}))
	}
	if board != nil {
		addClass(ctx, s, board)
	}
	c.welcome(env, l, certificate != nil, token)
	if board != nil {
		welcomeTeachers(env, l.HTTP, certificate != nil, board)
	}
	fmt.Fprintf(env.stdout, "\nCtrl-C stops.\n")
	if err := flush(env.stdout); err != nil {
		return errors.Join(err, s.Close(ctx))
	}
	err = s.Run(ctx, l)
	farewell(env, s.Store().Stats())
	if board != nil {
		stats := board.Stats()
		fmt.Fprintf(env.stderr, "tracelab: received %s from %s\n", words.Count(int(stats.Spans), "span"),
			words.Count(stats.Teams, "team"))
	}
	return err
}

func (c serveCommand) checkFlags(g given) error {
	if c.Settle <= 0 {
		return usageError("--settle is %v: want more than 0", c.Settle)
	}
	if !c.serves("receiver") {
		if err := g.onlyFor("the receiver: want it in --only", "--otlp-http", "--otlp-grpc"); err != nil {
			return err
		}
	}
	if c.Class && (!c.serves("receiver") || !c.serves("page")) {
		return usageError("--class needs the receiver and the page: want both in --only")
	}
	if c.Names != "" && !c.serves("page") {
		return usageError("--names is for the page: want it in --only")
	}
	if c.Save == "" && c.Forward == "" && c.KeepSecrets {
		return usageError("--keep-secrets is for --save and --forward: what is shown is masked in any case")
	}
	return nil
}

// listen opens all listeners before anything is served, so that a port that is in use is an error
// at once.
func (c serveCommand) listen(open *listeners) (l server.Listeners, err error) {
	if l.HTTP, err = open.listen("--http", c.HTTP); err != nil {
		return l, err
	}
	if c.serves("receiver") {
		l.OTLP, err = open.otlp(c.receiveFlags)
	}
	return l, err
}

// limitMemory makes the garbage collector run more often when the memory of the process comes near
// to what the traces, their trees and the requests may take. It returns a function that takes that
// back. GOMEMLIMIT has precedence.
func limitMemory(traces int64) (undo func()) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	const others = 64 << 20 // the program itself, and the services
	before := debug.SetMemoryLimit(traces + traces/4 + receiver.DefaultMemory + others)
	return func() { debug.SetMemoryLimit(before) }
}

// load adds the spans of files to the store. They are neither saved nor forwarded.
func (c serveCommand) load(ctx context.Context, env *environment, s *server.Server) error {
	if len(c.Files) == 0 {
		return nil
	}
	capture, err := openCapture(ctx, env, c.Files, false)
	if err != nil {
		return err
	}
	err = capture.each(ctx, env, func(spans []tracetree.Span) error {
		if added := s.Store().Add(spans); added.Dropped > 0 {
			env.lost = true
			fmt.Fprintf(env.stderr, "tracelab: %s not loaded: %s\n", words.Count(added.Dropped, "span"), added.Problem)
		}
		return nil
	})
	if err == nil {
		stats := s.Store().Stats()
		fmt.Fprintf(env.stdout, "Loaded %s of %s.\n", words.Count(int(stats.Kept), "span"),
			words.Count(stats.Traces, "trace"))
	}
	return errors.Join(err, capture.close())
}

// startServices starts the three services, whose spans go to the server directly. Exporters of the
// environment would often send them to it a second time; --forward is for backends.
func (c serveCommand) startServices(ctx context.Context, env *environment, s *server.Server) error {
	config, err := environmentConfig(ctx, env)
	if err != nil {
		return err
	}
	for _, exporter := range config.Exporters {
		if err := exporter.Shutdown(ctx); err != nil {
			return err
		}
	}
	config.Exporters, config.Processors = nil, []sdktrace.SpanProcessor{s.Processor()}
	config.Version = version()
	config.Logger = slog.New(slog.NewTextHandler(env.stderr, nil)) // the system adds trace IDs
	system, err := lab.Start(ctx, lab.Config{
		Telemetry: config, SkipRecording: true,
		Latency: lab.RealisticLatency, DeliveryDelay: lab.RealisticDelivery, Drain: drainTimeout,
	})
	if err != nil {
		return err
	}
	s.Handle("/tasks", system.Handler())
	s.Handle("/tasks/", system.Handler())
	s.OnStop(func(ctx context.Context) error {
		// Tasks that were created are processed: their messages wait for the worker.
		settling, cancel := context.WithTimeout(ctx, drainTimeout)
		defer cancel()
		return errors.Join(system.Settle(settling), system.Close(ctx))
	})
	return nil
}

// welcome prints where to go, and what to paste.
func (c serveCommand) welcome(env *environment, l server.Listeners, withTLS bool, token string) {
	at := urlOf(l.HTTP, withTLS)
	query, header := "", ""
	if token != "" {
		query = "?" + guard.Parameter + "=" + token
		header = "-H 'Authorization: Bearer " + token + "' "
	}
	if c.serves("page") {
		fmt.Fprintf(env.stdout, "The page is at %s/%s\n", at, query)
	} else {
		fmt.Fprintf(env.stdout, "Metrics are at %s/metrics%s\n", at, query)
	}
	if c.serves("services") {
		fmt.Fprintf(env.stdout, "\nTo make a trace:\n  curl %s%s/tasks -H 'Content-Type: application/json' "+
			"-d '{\"title\": \"%s\"}'\n", header, at, defaultTitle)
	}
	if c.serves("receiver") {
		fmt.Fprintf(env.stdout, "\nTo send spans of a program, in its shell:\n%s", exporterLines(l.OTLP, withTLS, token))
	}
}

// farewell prints what became of the spans.
func farewell(env *environment, stats store.Stats) {
	dropped := stats.Received - stats.Kept
	fmt.Fprintf(env.stderr, "tracelab: received %s, dropped %d\n", words.Count(int(stats.Received), "span"), dropped)
}
