package cli

import (
	"context"
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

// runCommand sends a request through the system, or runs a scenario, and shows the trace.
type runCommand struct {
	Scenario string `arg:"" optional:"" values:"scenarios" help:"A scenario listed by tracelab scenarios, a scenario file, or mystery. Without it, run sends one request that creates a task."`

	Format     string `group:"shown" help:"Output format: ${enum}. text is bare notation, json is that of Go's stdouttrace exporter." enum:"tree,text,json" default:"tree"`
	Full       bool   `group:"shown" help:"Show all spans. By default, CLIENT spans are folded into the SERVER spans that they call."`
	Attributes bool   `group:"shown" help:"Show attributes and events."`
	IDs        bool   `group:"shown" name:"ids" help:"Show IDs, parents and links."`
	Logs       bool   `group:"shown" help:"Show log records below their spans."`
	Wire       bool   `group:"shown" help:"Show the HTTP headers, gRPC metadata and message attributes of each hop."`
	Explain    bool   `group:"shown" help:"Show the findings of the checks, by the items of the self-check list."`

	Expect   bool     `group:"request" help:"Exit with 1 and print the differences if the tree is not the expected one."`
	Consumer string   `group:"request" help:"How the worker's span relates to the producer's: ${enum}." enum:"child,link,batch" default:"child"`
	Latency  string   `group:"request" help:"Latency of the fakes: ${enum}." enum:"none,realistic" default:"realistic"`
	Header   []string `group:"request" short:"H" sep:"none" placeholder:"NAME:VALUE" help:"Add a header to the request, such as 'baggage: tenant_id=acme'. Can be repeated."`
	Title    string   `group:"request" help:"Title of the task to create." default:"${title}"`

	Compare bool `group:"scenario" help:"Show the scenario and its fix side by side."`

	Seed   *uint64 `group:"mystery" help:"Seed of the mystery. The same seed gives the same mystery." placeholder:"N"`
	Reveal bool    `group:"mystery" help:"Show the answer."`
	Answer *string `group:"mystery" help:"Grade an answer: the letter of an option, the name of a fault, or its sentence. With --wire, the messages are evidence too." placeholder:"TEXT"`
	Score  *int    `group:"mystery" help:"Show N mysteries, read an answer to each, and count the right ones." placeholder:"N"`
}

// Help is shown below the usage.
func (runCommand) Help() string {
	return "run sends one POST /tasks. run NAME and run FILE run a scenario. run mystery runs a scenario with a fault " +
		"and does not say which: at a terminal it reads an answer, and --answer grades one."
}

// defaultTitle is the default of --title.
const defaultTitle = "Learn tracing"

const (
	closeTimeout = 5 * time.Second
	// drainTimeout applies to each of two services. It leaves the exporters a part of closeTimeout.
	drainTimeout = time.Second
)

func (c runCommand) Run(ctx context.Context, env *environment, g given) error {
	if err := c.checkFlags(g); err != nil {
		return err
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
		Telemetry:     config,
		Consumer:      worker.Consumer(c.Consumer),
		Latency:       map[string]func(string) time.Duration{"realistic": lab.RealisticLatency}[c.Latency],
		DeliveryDelay: map[string]time.Duration{"realistic": lab.RealisticDelivery}[c.Latency],
		Wire:          c.Wire || c.Explain, // the wire shows why context was lost
		Logs:          c.Logs,
		Drain:         drainTimeout,
		Checks: check.Config{Routes: []check.Route{{
			Label: "api-gateway: POST /tasks", IO: []string{"db: PutItem (tasks table)", "sqs: SendMessage (task-events)"},
		}}},
	})
	if err != nil {
		return err
	}
	// Closing waits for the exporters, so the output comes first.
	return errors.Join(c.show(ctx, env, system, request), shut(ctx, env, system))
}

// show sends the request, waits for everything that it causes, and prints the trace. If that takes
// too long, the trace is printed as far as it was recorded.
func (c runCommand) show(ctx context.Context, env *environment, system *lab.Lab, request lab.Request) error {
	expected, err := tracetree.Parse(lab.ExpectedTree)
	if err != nil {
		return fmt.Errorf("read the expected tree: %w", err)
	}
	r, err := system.Record(ctx, request)
	if r == nil {
		return err
	}
	report := expected.Match(r.Forest)
	if err := errors.Join(err, c.print(env, r, report)); err != nil {
		return err
	}
	if c.Expect && report != nil {
		return errors.Join(show.Report(env.stderr, report), &exitError{code: exitFailed})
	}
	return nil
}

func (c runCommand) print(env *environment, r *lab.Recording, report *tracetree.Report) error {
	if c.Format != "tree" {
		return c.printBare(env, r)
	}
	advice := "See run --expect."
	if c.Expect {
		advice = "" // the report follows
	}
	return c.view(env).Request(env.stdout, r, report, advice)
}

// printBare prints nothing but the spans: as JSON, or as notation.
func (c runCommand) printBare(env *environment, r *lab.Recording) error {
	if c.Format == "json" {
		return show.StdoutTrace(env.stdout, r.Spans)
	}
	return c.view(env).Notation(env.stdout, r)
}

// view returns what the flags select.
func (c runCommand) view(env *environment) show.View {
	return show.View{
		Width: env.width, Full: c.Full, Attributes: c.Attributes, IDs: c.IDs, Logs: c.Logs, Wire: c.Wire, Explain: c.Explain,
	}
}

// shut closes the system, with a message if that takes long.
func shut(ctx context.Context, env *environment, system *lab.Lab) error {
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx) // close in order, also after an interrupt
	}
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	defer hintAfter(env.stderr, time.Second, fmt.Sprintf("exporting spans, for at most %s…", closeTimeout))()
	return system.Close(ctx)
}

// parseHeaders parses "name: value" pairs, the form that curl uses.
func parseHeaders(pairs []string) (http.Header, error) {
	header := http.Header{}
	for _, pair := range pairs {
		name, value, found := strings.Cut(pair, ":")
		if name = strings.TrimSpace(name); !found || name == "" {
			return nil, usageError("--header is %q: want NAME: VALUE, such as 'baggage: tenant_id=acme'", pair)
		}
		value = strings.TrimSpace(value)
		switch {
		case !httpguts.ValidHeaderFieldName(name), !httpguts.ValidHeaderFieldValue(value):
			return nil, usageError("--header is %q: want a name and a value without characters that HTTP does not allow", pair)
		case slices.Contains([]string{"Host", "Content-Length", "Transfer-Encoding", "Trailer", "Connection"},
			http.CanonicalHeaderKey(name)):
			return nil, usageError("--header is %q: want a header that HTTP does not set itself", pair)
		}
		header.Add(name, value)
	}
	return header, nil
}
