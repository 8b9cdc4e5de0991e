package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tracelab/cli/show"
	"tracelab/internal/words"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/mask"
	"tracelab/tracetree/filter"
	"tracelab/tracetree/stats"
)

// viewCommand shows the traces in files.
type viewCommand struct {
	Files  []string `arg:"" optional:"" name:"file" help:"Trace files of any known format, also compressed. - is standard input."`
	Strict bool     `help:"Refuse files with bad values, truncated documents or lines that aren't traces. By default, only their bad parts are skipped, with a warning."`

	fromFlags

	Trace string `group:"select" help:"Show one trace, by ID or unique prefix." placeholder:"ID"`
	selectFlags
	Sort  string `group:"select" help:"Order of the traces: ${enum}. All except start list the largest first." enum:"start,duration,spans,errors" default:"start"`
	Limit int    `group:"select" help:"Show at most N traces. Without it, ${many} or more traces are listed as a table." placeholder:"N"`

	Format string `group:"shown" help:"Output format: ${enum}. html is a page in a single file, mermaid a flowchart, sequence a Mermaid sequence diagram." enum:"tree,text,json,otlp,html,mermaid,sequence,dot" default:"tree"`
	detailFlags
	Group *bool `group:"shown" negatable:"" help:"Show equal siblings as one line with their number. This is the default for trees of more than ${screen} lines."`

	Open bool `help:"Show the traces in a browser, on a free port of this machine. Set BROWSER to use another program."`

	Map          bool `group:"figures" help:"Show the service map with call counts, latency and error rate." xor:"what"`
	Stats        bool `group:"figures" help:"Show the rate, errors and durations of each operation." xor:"what"`
	CriticalPath bool `group:"figures" help:"Show the spans that determine how long each trace takes." xor:"what"`
}

// selectFlags select traces, in files or as they arrive.
type selectFlags struct {
	Service     string        `group:"select" help:"Show traces with a span of this service." placeholder:"NAME"`
	Operation   string        `group:"select" help:"Show traces with a span whose label or name contains TEXT." placeholder:"TEXT"`
	Where       []string      `group:"select" sep:"none" help:"Show traces with a span that has this attribute, or whose resource has it: KEY=VALUE, or KEY for any value. Can be repeated." placeholder:"KEY[=VALUE]"`
	Error       bool          `group:"select" help:"Show traces with a failed span. With other flags for spans, that span must have failed."`
	MinDuration time.Duration `group:"select" help:"Show traces of at least this duration, such as 250ms." placeholder:"DURATION"`
}

// filter returns the filters of the flags.
func (f selectFlags) filter() (filter.Filter, error) {
	selected := filter.Filter{
		MinDuration: f.MinDuration, Service: f.Service, Operation: f.Operation, Error: f.Error,
	}
	for _, text := range f.Where {
		attribute, err := filter.ParseAttribute(text)
		if err != nil {
			return selected, usageError("--where: %w", err)
		}
		selected.Attributes = append(selected.Attributes, attribute)
	}
	return selected, nil
}

// detailFlags select what is shown of spans.
type detailFlags struct {
	Full       bool `group:"shown" help:"Show all spans. By default, CLIENT spans are folded into the SERVER spans that they call."`
	Attributes bool `group:"shown" help:"Show attributes and events."`
	IDs        bool `group:"shown" name:"ids" help:"Show IDs, parents and links."`
}

// manyTraces is the number of traces from which on they are listed as a table.
const manyTraces = 6

func (c viewCommand) Run(ctx context.Context, env *environment, g given) error {
	if c.Limit < 0 {
		return usageError("--limit is %d: want 0 or more", c.Limit)
	}
	if err := c.checkFormat(g); err != nil {
		return err
	}
	in := c.input(c.Files, findFlags{Service: c.Service, Operation: c.Operation, Limit: c.Limit, Trace: c.Trace}, c.Strict)
	in.selects = true
	capture, err := openInputs(ctx, env, g, in)
	if err != nil {
		return err
	}
	defer capture.close()
	found, err := c.find(ctx, env, capture)
	if err != nil {
		return err
	}
	if found.total == 0 {
		return &exitError{exitFailed, fmt.Errorf("no spans in %s: want traces", strings.Join(capture.names(), ", "))}
	}
	if len(found.traces) == 0 {
		return &exitError{exitFailed, fmt.Errorf("no trace matches the filters (%s read)", words.Count(found.total, "trace"))}
	}
	plain := c.Format == "tree" && !c.Open && !c.Map && !c.Stats && !c.CriticalPath && !c.Full && !c.Attributes && !c.IDs
	if plain && c.Limit == 0 && c.Trace == "" && len(found.traces) >= manyTraces {
		return show.Traces(env.stdout, found.traces, found.total)
	}
	spans, err := capture.spans(ctx, env, func(s *tracetree.Span) bool { return found.wants(s.TraceID) })
	if err != nil {
		return err
	}
	mask.Spans(spans)
	switch {
	case c.Open:
		return c.open(ctx, env, spans)
	case c.Format == "html":
		return c.writeHTML(ctx, env, spans)
	}
	return c.print(env, found, spans)
}

// checkFormat refuses formats that figures don't have, and flags that have no effect.
func (c viewCommand) checkFormat(g given) error {
	shown := []string{"--full", "--attributes", "--ids", "--group"}
	if c.Open {
		return g.noEffect("--open", append(shown, "--format", "--map", "--stats", "--critical-path")...)
	}
	for _, figure := range []struct {
		flag    string
		given   bool
		formats []string
	}{
		{"--map", c.Map, show.MapFormats},
		{"--stats", c.Stats, show.FigureFormats},
		{"--critical-path", c.CriticalPath, show.FigureFormats},
	} {
		if !figure.given {
			continue
		}
		if !slices.Contains(figure.formats, c.Format) {
			return usageError("--format is %s: want %s with %s", c.Format, words.OneOf(figure.formats), figure.flag)
		}
		return g.noEffect(figure.flag, shown...)
	}
	switch c.Format {
	case "json", "otlp", "html":
		return g.noEffect("--format "+c.Format, shown...)
	case "mermaid", "sequence", "dot":
		return g.noEffect("--format "+c.Format, "--attributes", "--ids", "--group")
	}
	return nil
}

// found is the result of reading a capture for the first time.
type found struct {
	total  int           // traces in the capture
	traces []stats.Trace // those that match the filters, in order
	wanted map[tracetree.TraceID]bool
}

// wants also reports true for traces that are linked to a matching one: they are shown below the
// spans that they link to.
func (f *found) wants(id tracetree.TraceID) bool { return f.wanted[id] }

// find reads the capture once and keeps one line per trace.
func (c viewCommand) find(ctx context.Context, env *environment, capture *capture) (*found, error) {
	var summary stats.Summary
	filter, err := c.filter()
	if err != nil {
		return nil, err
	}
	filter.TraceID = c.Trace
	matching := map[tracetree.TraceID]bool{}
	links := map[[2]tracetree.TraceID]bool{} // from, to
	err = capture.each(ctx, env, func(spans []tracetree.Span) error {
		summary.Add(spans)
		for i := range spans {
			s := &spans[i]
			if !matching[s.TraceID] && filter.Span(s) {
				matching[s.TraceID] = true
			}
			for _, link := range s.Links {
				if link.TraceID != s.TraceID {
					links[[2]tracetree.TraceID{s.TraceID, link.TraceID}] = true
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	f := &found{wanted: map[tracetree.TraceID]bool{}}
	all := summary.Traces(orders[c.Sort])
	f.total = len(all)
	for _, t := range all {
		id, err := tracetree.ParseTraceID(t.TraceID)
		if err != nil {
			return nil, err
		}
		switch {
		case !matching[id], !filter.Trace(id, t.FirstStart, known(t.Duration), t.Duration != nil):
		case c.Limit > 0 && len(f.traces) == c.Limit:
		default:
			f.traces = append(f.traces, t)
			f.wanted[id] = true
		}
	}
	if c.Trace != "" && len(f.traces) > 1 && len(c.Trace) < 32 {
		return nil,
			usageError("--trace is %s: want more digits, %s have this prefix", c.Trace, words.Count(len(f.traces), "trace"))
	}
	f.follow(links)
	return f, nil
}

// known returns a duration that may be unknown, which is 0 then.
func known(d *time.Duration) time.Duration {
	if d == nil {
		return 0
	}
	return *d
}

var orders = map[string]stats.Order{
	"start": stats.ByStart, "duration": stats.ByDuration, "spans": stats.BySpans, "errors": stats.ByErrors,
}

// follow adds the traces that are linked with a wanted one, in either direction, and those that are
// linked with them: the place of a span in the forest depends on them.
func (f *found) follow(links map[[2]tracetree.TraceID]bool) {
	with := map[tracetree.TraceID][]tracetree.TraceID{}
	for link := range links {
		with[link[0]] = append(with[link[0]], link[1])
		with[link[1]] = append(with[link[1]], link[0])
	}
	var todo []tracetree.TraceID
	for id := range f.wanted {
		todo = append(todo, id)
	}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, linked := range with[id] {
			if !f.wanted[linked] {
				f.wanted[linked] = true
				todo = append(todo, linked)
			}
		}
	}
}
