package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"tracelab/cli/show"
	"tracelab/internal/backend"
	"tracelab/tracetree"
	"tracelab/tracetree/filter"
	"tracelab/tracetree/stats"
)

// fromFlags read traces from backends.
type fromFlags struct {
	From []string `group:"from" sep:"none" help:"Read traces from a backend: jaeger=URL, tempo=URL, tracelab=URL, or otlp-file=PATH. Can be repeated. TRACELAB_FROM_TOKEN is a bearer token, TRACELAB_FROM_HEADERS has more headers." placeholder:"KIND=URL"`
	lookFlags
}

// lookFlags bound what is read from a backend.
type lookFlags struct {
	Lookback time.Duration `group:"from" help:"Read traces of the last DURATION. Default: 1h; of files, all." placeholder:"DURATION"`
	TraceQL  string        `group:"from" name:"traceql" help:"Query for Tempo, instead of --service and --operation." placeholder:"QUERY"`
}

// findFlags select the traces of a backend, for commands that don't select traces otherwise.
type findFlags struct {
	Service   string `group:"from" help:"Read traces with a span of this service. Jaeger requires it." placeholder:"NAME"`
	Operation string `group:"from" help:"Read traces with a span of this name. For tracelab and otlp-file, a part of the name is enough." placeholder:"NAME"`
	Limit     int    `group:"from" help:"Read the newest N traces. Default: 20; of files, all." placeholder:"N"`
	Trace     string `group:"from" help:"Read one trace, by its ID." placeholder:"ID"`
}

// The defaults of what is read from a backend.
const (
	defaultLookback = time.Hour
	defaultTraces   = 20
)

// input is where a command reads traces from.
type input struct {
	files  []string
	from   []string
	strict bool
	find   findFlags
	look   lookFlags
	// selects reports whether the command itself selects traces by find, so that this is needed for
	// backends only.
	selects bool
	// sources reports whether the command reads from a source, if not with this input.
	sources bool
}

// input returns the files and the sources of a command.
func (f fromFlags) input(files []string, find findFlags, strict bool) input {
	return input{files: files, from: f.From, strict: strict, find: find, look: f.lookFlags, sources: len(f.From) > 0}
}

// name returns the name of an input of one file or source.
func (in input) name() string { return slices.Concat(in.files, in.from)[0] }

// openInputs opens the files, and reads the traces of the sources. Call close when done.
func openInputs(ctx context.Context, env *environment, g given, in input) (c *capture, err error) {
	query, sources, err := in.query(g)
	if err != nil {
		return nil, err
	}
	if c, err = openCapture(ctx, env, in.files, in.strict); err != nil {
		return nil, err
	}
	if err := c.addSources(ctx, env, sources, query, in); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// query returns the query of the flags, and the sources.
func (in input) query(g given) (query backend.Query, sources []backend.Source, err error) {
	for _, text := range in.from {
		source, err := backend.ParseSource(text)
		if err != nil {
			return query, nil, usageError("--from: %w", err)
		}
		sources = append(sources, source)
	}
	isTempo := func(s backend.Source) bool { return s.Kind == backend.Tempo }
	switch {
	case len(sources) == 0 && len(in.files) == 0:
		return query, nil, usageError("no traces to read: want a file, or a backend with --from")
	case !in.sources:
		own := []string{"--lookback", "--traceql"}
		if !in.selects {
			own = append(own, "--service", "--operation", "--limit", "--trace")
		}
		return query, nil, g.refuse(own, "is for", "are for", "--from")
	case in.find.Limit < 0:
		return query, nil, usageError("--limit is %d: want 0 or more", in.find.Limit)
	case in.look.Lookback < 0:
		return query, nil, usageError("--lookback is %s: want more than 0", in.look.Lookback)
	case in.look.TraceQL != "" && !slices.ContainsFunc(sources, isTempo):
		return query, nil, usageError("--traceql is for tempo: want --from tempo=URL")
	case in.look.TraceQL != "" && !in.selects:
		if err := g.noEffect("--traceql", "--service", "--operation"); err != nil {
			return query, nil, err
		}
	}
	now := time.Now()
	query = backend.Query{
		Service: in.find.Service, Operation: in.find.Operation, TraceQL: in.look.TraceQL,
		Since: now.Add(-cmp.Or(in.look.Lookback, defaultLookback)), Until: now,
		Limit: cmp.Or(in.find.Limit, defaultTraces),
	}
	if id := in.find.Trace; id != "" {
		query.TraceID, err = tracetree.ParseTraceID(strings.ToLower(id))
		switch {
		case err == nil:
		case in.selects && in.find.Service != "": // the command selects by the prefix
		default:
			return query, nil, usageError("--trace is %.80q: want the 32 digits of an ID, or --service in addition", id)
		}
	}
	return query, sources, nil
}

// addSources adds the traces of the sources to the capture.
func (c *capture) addSources(ctx context.Context, env *environment, sources []backend.Source, query backend.Query,
	in input,
) error {
	if len(sources) == 0 {
		return nil
	}
	auth, err := backend.AuthFrom(os.Getenv)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	client := backend.New(backend.Config{Auth: auth, Strict: in.strict})
	defer client.Close()
	for _, source := range sources {
		file := captureFile{name: source.String()}
		if source.IsFile() {
			file, err = c.selectFrom(ctx, env, source.Path, in, query)
		} else {
			file.fetched, err = fetch(ctx, env, client, source, query)
		}
		if err != nil {
			return err
		}
		c.files = append(c.files, file)
	}
	return nil
}

// fetch reads traces of a backend, and prints the result's hint.
func fetch(ctx context.Context, env *environment, client *backend.Client, source backend.Source,
	query backend.Query,
) (*backend.Result, error) {
	defer hintAfter(env.stderr, 2*time.Second, fmt.Sprintf("waiting for %s", source))()
	result, err := client.Fetch(ctx, source, query)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, &exitError{exitUsage, err}
	case result.Hint != "":
		fmt.Fprintf(env.stderr, "tracelab: %s: %s\n", source, show.Message(result.Hint))
	}
	return &result, nil
}

// selectFrom returns a file of which only the selected traces are read.
func (c *capture) selectFrom(ctx context.Context, env *environment, path string, in input,
	query backend.Query,
) (captureFile, error) {
	file, err := openFile(ctx, env, path)
	if err != nil {
		return file, err
	}
	var wanted filter.Filter
	if in.look.Lookback > 0 {
		wanted.Since = query.Since
	}
	limit := 0
	if !in.selects {
		limit = in.find.Limit
		wanted.TraceID, wanted.Service, wanted.Operation = in.find.Trace, in.find.Service, in.find.Operation
	}
	if wanted.Since.IsZero() && wanted.TraceID == "" && !wanted.WantsSpan() && limit == 0 {
		return file, nil
	}
	file.wanted, err = c.newest(ctx, env, file, wanted, limit)
	return file, err
}

// newest returns the newest traces of a file that match, all for limit 0.
func (c *capture) newest(ctx context.Context, env *environment, file captureFile, wanted filter.Filter, limit int,
) (map[tracetree.TraceID]bool, error) {
	var summary stats.Summary
	matching := map[tracetree.TraceID]bool{}
	first := &capture{strict: c.strict, files: []captureFile{file}, warned: true} // warnings come with the second reading
	err := first.each(ctx, env, func(spans []tracetree.Span) error {
		summary.Add(spans)
		for i := range spans {
			if s := &spans[i]; !matching[s.TraceID] && wanted.Span(s) {
				matching[s.TraceID] = true
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	newest := map[tracetree.TraceID]bool{}
	for _, t := range slices.Backward(summary.Traces(stats.ByStart)) {
		id, err := tracetree.ParseTraceID(t.TraceID)
		if err != nil {
			return nil, err
		}
		if limit > 0 && len(newest) == limit {
			break
		}
		if matching[id] && wanted.Trace(id, t.FirstStart, known(t.Duration), t.Duration != nil) {
			newest[id] = true
		}
	}
	return newest, nil
}
