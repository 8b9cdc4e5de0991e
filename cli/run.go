package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tracelab/cli/show"

	"golang.org/x/net/http/httpguts"

	"tracelab/lab"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/worker"
)

// runCommand sends a request through the system and shows what became of it.
type runCommand struct {
	Scenario string `arg:"" optional:"" values:"scenarios" help:"A scenario that tracelab scenarios lists, the file of one, or mystery. Without one, a task is created."`

	Format     string   `help:"What to print: ${enum}. tree is for people, text is the bare notation, json is stdouttrace's." enum:"tree,text,json" default:"tree"`
	Full       bool     `help:"Show every span, also the CLIENT halves of calls."`
	Attributes bool     `help:"Show the spans' attributes."`
	IDs        bool     `name:"ids" help:"Show the spans' ids, parents and links."`
	Logs       bool     `help:"Show the services' log records below their spans."`
	Wire       bool     `help:"Show what went over each hop: HTTP headers, gRPC metadata, message attributes."`
	Explain    bool     `help:"Show what the checks have to say, item by item of the course's list."`
	Expect     bool     `help:"Exit with 1, and say what differs, when the tree is not the expected one."`
	Consumer   string   `help:"How the worker's span stands to the producer's: ${enum}." enum:"child,link,batch" default:"child"`
	Latency    string   `help:"How long the fakes take: ${enum}." enum:"none,realistic" default:"realistic"`
	Header     []string `short:"H" sep:"none" placeholder:"NAME:VALUE" help:"Send this header with the request, as in -H 'baggage: tenant_id=acme'. Can be repeated."`
	Title      string   `help:"The title of the task to create." default:"${title}"`

	Compare bool    `help:"Show a scenario beside its repair."`
	Seed    *uint64 `help:"Choose the mystery: the same number is the same one." placeholder:"N"`
	Reveal  bool    `help:"Tell what the mystery is."`
}

// defaultTitle is the title of the task that is created when nobody asks for another one.
const defaultTitle = "Learn tracing"

const (
	closeTimeout = 5 * time.Second
	// drainTimeout is for each of two services, and leaves the exporters some of
	// closeTimeout.
	drainTimeout = time.Second
)

func (c runCommand) Run(ctx context.Context, env *environment) error {
	if err := c.checkFlags(); err != nil {
		return err
	}
	if c.Format == "json" && (c.Full || c.Attributes || c.IDs || c.Logs || c.Wire) {
		return usageError("--full, --attributes, --ids, --logs and --wire choose what a tree shows: json has all spans whole, and nothing else")
	}
	if c.Scenario != "" {
		return c.runScenario(ctx, env)
	}
	header, err := parseHeaders(c.Header)
	if err != nil {
		return err
	}
	config, err := environmentConfig(ctx, env)
	if err != nil {
		return err
	}
	config.Version = version()
	request, err := lab.CreateTask(c.Title)
	if err != nil {
		return err
	}
	request.Header = header
	system, err := lab.Start(ctx, lab.Config{
		Telemetry: config,
		Consumer:  worker.Consumer(c.Consumer),
		Latency:   map[string]func(string) time.Duration{"realistic": lab.RealisticLatency}[c.Latency],
		Wire:      c.Wire,
		Logs:      c.Logs,
		Drain:     drainTimeout,
		Checks: check.Config{Routes: []check.Route{{
			Label: "api-gateway: POST /tasks", IO: []string{"db: PutItem (tasks table)", "sqs: SendMessage (task-events)"},
		}}},
	})
	if err != nil {
		return err
	}
	// Closing waits for the exporters, so it comes after the printing.
	return errors.Join(c.show(ctx, env, system, request), shut(ctx, env, system))
}

// show sends the request, waits for all that follows from it, and prints it.
func (c runCommand) show(ctx context.Context, env *environment, system *lab.Lab, request lab.Request) error {
	result, err := observe(ctx, system, request)
	if result == nil {
		return err
	}
	if err := errors.Join(err, c.print(ctx, env, result)); err != nil {
		return err
	}
	if c.Expect && result.Report != nil {
		return errors.Join(show.Report(env.stderr, result.Report), &exitError{code: exitFailed})
	}
	return nil
}

// shut closes the system, and says so when that takes long.
func shut(ctx context.Context, env *environment, system *lab.Lab) error {
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx) // it was interrupted before, and is to end in order
	}
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	slow := time.AfterFunc(time.Second, func() {
		fmt.Fprintf(env.stderr, "tracelab: exporting the spans, for %s at most…\n", closeTimeout)
	})
	defer slow.Stop()
	return system.Close(ctx)
}

// observe sends the request and waits for what follows from it. When that takes
// too long, it returns what there is so far beside the error.
func observe(ctx context.Context, system *lab.Lab, request lab.Request) (*show.Request, error) {
	expected, err := tracetree.Parse(lab.ExpectedTree)
	if err != nil {
		return nil, fmt.Errorf("read the expected tree: %w", err)
	}
	r, err := system.Record(ctx, request)
	if r == nil {
		return nil, err
	}
	answer := r.Answers[0]
	return &show.Request{
		Run:      *recordedBy(r),
		Asked:    request.Method + " " + request.Path,
		Answered: fmt.Sprintf("%d %s", answer.Status, http.StatusText(answer.Status)),
		Detail:   detailOf(&answer.Response),
		Checked:  show.RunChecked(r.Checked, r.Findings),
		Report:   expected.Match(r.Forest),
	}, err
}

// detailOf returns what an error response says.
func detailOf(response *lab.Response) string {
	var problem struct{ Detail string }
	if response.Status < http.StatusBadRequest || json.Unmarshal(response.Body, &problem) != nil {
		return ""
	}
	return problem.Detail
}

// parseHeaders reads "name: value" pairs, as curl takes them.
func parseHeaders(pairs []string) (http.Header, error) {
	header := http.Header{}
	for _, pair := range pairs {
		name, value, found := strings.Cut(pair, ":")
		if name = strings.TrimSpace(name); !found || name == "" {
			return nil, usageError("--header is %q: it takes a name, a colon and a value, as in 'baggage: tenant_id=acme'", pair)
		}
		value = strings.TrimSpace(value)
		switch {
		case !httpguts.ValidHeaderFieldName(name), !httpguts.ValidHeaderFieldValue(value):
			return nil, usageError("--header is %q: its name or value has characters that HTTP doesn't allow there", pair)
		case slices.Contains([]string{"Host", "Content-Length", "Transfer-Encoding", "Trailer", "Connection"}, http.CanonicalHeaderKey(name)):
			return nil, usageError("--header is %q: HTTP itself sets this one", pair)
		}
		header.Add(name, value)
	}
	return header, nil
}

func (c runCommand) print(ctx context.Context, env *environment, result *show.Request) error {
	if c.Format == "tree" {
		if !c.Expect {
			result.Advice = " See run --expect."
		}
		return c.view(env).Request(env.stdout, result)
	}
	return c.writeBare(ctx, env, &result.Run)
}
