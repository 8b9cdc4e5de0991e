package cli

import (
	"bufio"
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"tracelab/challenge"
	"tracelab/cli/show"
	"tracelab/internal/backend"
	"tracelab/internal/words"
	"tracelab/lab"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec"
)

// challengeCommand grades the traces of a system against the course's challenge.
type challengeCommand struct {
	From []string `sep:"none" help:"Grade the traces in FILE, of any known format, or of a backend: jaeger=URL, tempo=URL, tracelab=URL. - is standard input. Can be repeated." placeholder:"FILE" xor:"from"`
	Self bool     `help:"Grade the built-in system." xor:"from"`

	Drive   string        `help:"Send a POST with a task to URL, such as http://localhost:8080/tasks, and grade its trace." placeholder:"URL"`
	Once    bool          `help:"Stop when the first request is complete. Otherwise, stop when all items are met."`
	Timeout time.Duration `help:"Stop after this time, and grade what has been received. 0 means no limit, or 1m with --drive." placeholder:"DURATION" default:"0s"`
	Settle  time.Duration `help:"Time without new spans after which a trace counts as complete." default:"2s" placeholder:"DURATION"`

	Language string `help:"Print advice for this language: ${languages}. By default, the language of each service." placeholder:"LANGUAGE"`
	Format   string `help:"Output format: ${enum}." enum:"text,json,junit,markdown,github" default:"text"`

	Limit int `group:"from" help:"Read at most N traces of a backend, the newest. Default: 20." placeholder:"N"`
	lookFlags

	nameFlags
	HTTP string `name:"http" group:"listen" help:"Serve the page with the checklist at this address until interrupted. Port 0 picks a free port." placeholder:"HOST:PORT"`
	receiveFlags
}

// nameFlags are the names of a system that is graded.
type nameFlags struct {
	Names       string `group:"names" help:"Names of the system, in YAML. Flags override the file." placeholder:"FILE"`
	Gateway     string `group:"names" help:"Service name of the gateway. Default: api-gateway." placeholder:"NAME"`
	TaskService string `group:"names" help:"Service name of the gRPC server. Default: task-service." placeholder:"NAME"`
	Worker      string `group:"names" help:"Service name of the worker. Default: worker." placeholder:"NAME"`
	Operation   string `group:"names" help:"Method and route of the request. Default: POST /tasks." placeholder:"OPERATION"`
	RPC         string `group:"names" name:"rpc" help:"Method that the gateway calls. Default: tasks.TaskService/CreateTask." placeholder:"SERVICE/METHOD"`
	Table       string `group:"names" help:"Table of the tasks. Default: tasks." placeholder:"NAME"`
	Queue       string `group:"names" help:"Queue of the events. Default: task-events." placeholder:"NAME"`
}

// Help is shown below the usage.
func (challengeCommand) Help() string {
	return "The system has a gateway, a gRPC service and a worker, in any language. docs/challenge.md lists the items. " +
		"Without --from and --self, challenge receives spans like serve, and shows items as they are met. " +
		"Exits with 0 if all items are met, 1 if not, and 2 if the files can't be read."
}

// read returns the names of the flags, of the file, and the course's, in this order.
func (f nameFlags) read(ctx context.Context, env *environment) (challenge.Names, error) {
	names := challenge.Names{
		Gateway: f.Gateway, TaskService: f.TaskService, Worker: f.Worker, Operation: f.Operation, RPC: f.RPC,
		Table: f.Table, Queue: f.Queue,
	}
	if f.Operation != "" {
		if _, err := challenge.ParseOperation(f.Operation); err != nil {
			return names, usageError("--operation: %w", err)
		}
	}
	if f.Names != "" {
		file, text, err := readInput(ctx, env, f.Names)
		if err != nil {
			return names, err
		}
		written, err := challenge.ReadNames(file, string(text))
		if err != nil {
			return names, usageError("%w", err)
		}
		names = names.Or(written)
	}
	return names.WithDefaults(), nil
}

func (c challengeCommand) Run(ctx context.Context, env *environment, g given) error {
	if err := c.checkFlags(g); err != nil {
		return err
	}
	names, err := c.read(ctx, env)
	if err != nil {
		return err
	}
	var in check.Input
	switch {
	case c.Self:
		in, err = c.self(ctx, env)
	case len(c.From) > 0:
		in, err = c.files(ctx, env, g, names)
	default:
		return c.receiveAndGrade(ctx, env, names)
	}
	if err != nil {
		return err
	}
	return c.print(env, challenge.Run(in, names))
}

func (c challengeCommand) checkFlags(g given) error {
	if err := checkLanguage(c.Language); err != nil {
		return err
	}
	live := []string{
		"--drive", "--once", "--timeout", "--settle", "--http", "--otlp-http", "--otlp-grpc", "--host", "--tls-cert",
		"--tls-key",
	}
	if !slices.ContainsFunc(c.From, backend.IsSource) {
		if err := g.onlyFor("a backend in --from", "--limit", "--lookback", "--traceql"); err != nil {
			return err
		}
	}
	switch {
	case c.Self:
		return g.noEffect("--self", live...)
	case len(c.From) > 0:
		return g.noEffect("--from", live...)
	case c.Settle <= 0:
		return usageError("--settle is %v: want more than 0", c.Settle)
	case c.Timeout < 0:
		return usageError("--timeout is %v: want 0 or more", c.Timeout)
	}
	if target, err := url.Parse(c.Drive); c.Drive != "" && (err != nil || target.Host == "" ||
		target.Scheme != "http" && target.Scheme != "https") {
		return usageError("--drive is %q: want a URL such as http://localhost:8080/tasks", c.Drive)
	}
	return nil
}

// print prints a grade. The error is the exit code, unless all items are met.
func (c challengeCommand) print(env *environment, grade challenge.Grade) error {
	w := bufio.NewWriter(env.stdout)
	if err := errors.Join(show.NewChallenge(grade, c.Language).Write(w, c.Format), w.Flush()); err != nil {
		return err
	}
	if grade.Open() > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

// self runs the built-in system for one request, as the variables of OpenTelemetry configure it.
func (challengeCommand) self(ctx context.Context, env *environment) (check.Input, error) {
	config, err := environmentConfig(ctx, env)
	if err != nil {
		return check.Input{}, err
	}
	config.Version = version()
	request, err := lab.CreateTask(defaultTitle)
	if err != nil {
		return check.Input{}, err
	}
	r, err := lab.Run(ctx, lab.Config{
		Telemetry: config, Latency: lab.RealisticLatency, DeliveryDelay: lab.RealisticDelivery, Drain: drainTimeout,
	}, request)
	if err != nil {
		return check.Input{}, err
	}
	return check.Input{Forest: r.Checked}, nil
}

// files reads the spans of the files, with their secrets: what is printed is masked.
func (c challengeCommand) files(ctx context.Context, env *environment, g given, names challenge.Names,
) (in check.Input, err error) {
	// A backend finds the traces by the gateway. Which of their spans are graded is up to the
	// challenge.
	from := input{look: c.lookFlags, find: findFlags{Service: names.Gateway, Limit: c.Limit}, sources: true, selects: true}
	for _, name := range c.From {
		if backend.IsSource(name) {
			from.from = append(from.from, name)
		} else {
			from.files = append(from.files, name)
		}
	}
	capture, err := openInputs(ctx, env, g, from)
	if err != nil {
		return in, err
	}
	defer func() { err = errors.Join(err, capture.close()) }()
	spans, err := capture.spans(ctx, env, nil)
	if err != nil {
		return in, err
	}
	for _, warning := range capture.warnings {
		in.Microseconds = in.Microseconds || warning.Kind == codec.Microseconds
	}
	in.Forest = tracetree.Build(spans)
	return in, nil
}

func checkLanguage(id string) error {
	ids := languageIDs()
	for _, known := range append(ids, "") {
		if id == known {
			return nil
		}
	}
	return usageError("--language is %q: want %s%s", id, words.OneOf(ids), words.Closest(id, ids))
}

func languageIDs() []string {
	var ids []string
	for _, l := range challenge.Languages() {
		ids = append(ids, l.ID)
	}
	return ids
}
