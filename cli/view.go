package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tracelab/cli/show"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/mask"
	"tracelab/tracetree/stats"
)

// viewCommand shows the traces of files.
type viewCommand struct {
	Files []string `arg:"" name:"file" help:"Trace files: OTLP JSON or protobuf, stdouttrace, Jaeger or Zipkin JSON, also with gzip or zstd. - is stdin."`

	Trace       string        `help:"Show the trace of this id, or of the only one that begins so." placeholder:"ID"`
	Service     string        `help:"Show traces with a span of this service." placeholder:"NAME"`
	Operation   string        `help:"Show traces with a span whose label or name contains this." placeholder:"TEXT"`
	Error       bool          `help:"Show traces with a failed span. With --service or --operation, that span."`
	MinDuration time.Duration `help:"Show traces that last as long as this, as in 250ms." placeholder:"DURATION"`
	Sort        string        `help:"The order of traces: ${enum}. All but start have the largest first." enum:"start,duration,spans,errors" default:"start"`
	Limit       int           `help:"Show so many traces. Without it, many traces are shown as a table." placeholder:"N"`
	Full        bool          `help:"Show every span, also the CLIENT halves of calls."`
	Attributes  bool          `help:"Show the spans' attributes."`
	IDs         bool          `name:"ids" help:"Show the spans' ids, parents and links."`
	Format      string        `help:"What to print: ${enum}." enum:"tree,text,json,otlp,mermaid,dot" default:"tree"`

	Map          bool `help:"Show which service speaks to which, how often, how long and how well." xor:"what"`
	Stats        bool `help:"Show rate, errors and durations of each operation." xor:"what"`
	CriticalPath bool `help:"Show what each trace was waiting for." xor:"what"`
}

// manyTraces is from how many on they are shown as a table.
const manyTraces = 6

func (c viewCommand) Run(ctx context.Context, env *environment) error {
	if c.Limit < 0 {
		return usageError("--limit is %d: it takes a number of traces", c.Limit)
	}
	if err := c.checkFormat(); err != nil {
		return err
	}
	capture, err := openCapture(ctx, env, c.Files)
	if err != nil {
		return err
	}
	defer capture.close()
	found, err := c.find(ctx, env, capture)
	if err != nil {
		return err
	}
	if len(found.traces) == 0 {
		return &exitError{exitFailed, fmt.Errorf("no trace of %s is asked for", show.Count(found.total, "trace"))}
	}
	plain := c.Format == "tree" && !c.Map && !c.Stats && !c.CriticalPath && !c.Full && !c.Attributes && !c.IDs
	if plain && c.Limit == 0 && c.Trace == "" && len(found.traces) >= manyTraces {
		return show.Traces(env.stdout, found.traces, found.total)
	}
	spans, err := capture.spans(ctx, env, func(s *tracetree.Span) bool { return found.wants(s.TraceID) })
	if err != nil {
		return err
	}
	mask.Spans(spans)
	return c.print(env, found, spans)
}

// checkFormat refuses formats that figures don't have.
func (c viewCommand) checkFormat() error {
	for _, figure := range []struct {
		flag    string
		given   bool
		formats []string
	}{
		{"--map", c.Map, show.MapFormats},
		{"--stats", c.Stats, show.FigureFormats},
		{"--critical-path", c.CriticalPath, show.FigureFormats},
	} {
		if figure.given && !slices.Contains(figure.formats, c.Format) {
			return usageError("--format is %s: want %s with %s", c.Format, oneOf(figure.formats), figure.flag)
		}
	}
	return nil
}

// oneOf returns alternatives as a sentence has them.
func oneOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// found is what a first reading of a capture found.
type found struct {
	total  int           // traces in the capture
	traces []stats.Trace // those that are asked for, in order
	wanted map[tracetree.TraceID]bool
}

// wants also holds for traces that are linked to what is asked for: they are
// shown below the spans that they link to.
func (f *found) wants(id tracetree.TraceID) bool { return f.wanted[id] }

// find reads the capture once and keeps a line for each trace.
func (c viewCommand) find(ctx context.Context, env *environment, capture *capture) (*found, error) {
	var summary stats.Summary
	matching := map[tracetree.TraceID]bool{}
	links := map[[2]tracetree.TraceID]bool{} // from, to
	err := capture.each(ctx, env, func(spans []tracetree.Span) error {
		summary.Add(spans)
		for i := range spans {
			s := &spans[i]
			if !matching[s.TraceID] && c.matches(s) {
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
		case !matching[id], !strings.HasPrefix(t.TraceID, strings.ToLower(c.Trace)):
		case c.MinDuration > 0 && (t.Duration == nil || *t.Duration < c.MinDuration):
		case c.Limit > 0 && len(f.traces) == c.Limit:
		default:
			f.traces = append(f.traces, t)
			f.wanted[id] = true
		}
	}
	if c.Trace != "" && len(f.traces) > 1 && len(c.Trace) < 32 {
		return nil, usageError("--trace is %s: %s begin so, give more of the id", c.Trace, show.Count(len(f.traces), "trace"))
	}
	f.follow(links)
	return f, nil
}

var orders = map[string]stats.Order{
	"start": stats.ByStart, "duration": stats.ByDuration, "spans": stats.BySpans, "errors": stats.ByErrors,
}

// follow adds the traces that are linked with a wanted one, either way, and
// those that are linked with them: where a span stands depends on them.
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

// matches reports whether a span has all that is asked of one.
func (c viewCommand) matches(s *tracetree.Span) bool {
	return (c.Service == "" || s.Service() == c.Service) &&
		(!c.Error || s.Status == tracetree.StatusError) &&
		(c.Operation == "" || strings.Contains(s.Name, c.Operation) || strings.Contains(tracetree.Label(s), c.Operation))
}
