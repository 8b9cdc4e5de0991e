package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"tracelab/cli/draw"
	"tracelab/internal/words"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
	"tracelab/tracetree/filter"
)

// tailCommand prints traces as they become complete.
type tailCommand struct {
	Input string `arg:"" optional:"" help:"- reads standard input, in any trace format, instead of receiving spans."`

	Settle time.Duration `help:"Time without new spans after which a trace counts as complete." default:"2s" placeholder:"DURATION"`
	Limit  int           `help:"Stop after N traces." placeholder:"N"`
	selectFlags
	Format string `group:"shown" help:"Output format: ${enum}." enum:"tree,text" default:"tree"`
	detailFlags
	receiveFlags
}

// Help is shown below the usage.
func (tailCommand) Help() string {
	return "tail receives spans like serve. app | tracelab tail - reads what a program writes, while it runs. " +
		"A trace that gets more spans later is printed again."
}

// tailMemory is the memory for traces that are not complete, and for those that others may link to.
const tailMemory = 64 << 20

func (c tailCommand) Run(ctx context.Context, env *environment, g given) error {
	selected, err := c.filter()
	if err != nil {
		return err
	}
	if err := c.checkFlags(g); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	traces := store.New(store.Config{Memory: tailMemory, Settle: c.Settle})
	printer := &tailPrinter{
		command: c, env: env, store: traces, filter: selected, printed: make(map[tracetree.TraceID]uint64),
	}
	changes := traces.Subscribe(ctx)
	ended := make(chan error, 1)
	if c.Input != "" {
		go func() { ended <- readLive(ctx, env, traces) }()
	} else {
		run, err := c.receive(env, traces)
		if err != nil {
			return err
		}
		go func() { ended <- run(ctx) }()
	}
	for {
		select {
		case change, ok := <-changes:
			if !ok { // an interrupt
				return errors.Join(<-ended, printer.rest())
			}
			err := printer.changed(change)
			if err != nil || c.Limit > 0 && printer.count >= c.Limit {
				stop()
				if end := <-ended; !errors.Is(end, context.Canceled) {
					err = errors.Join(err, end)
				}
				return err
			}
		case err := <-ended:
			// Nothing more comes: what there is, is complete.
			return errors.Join(err, printer.rest())
		}
	}
}

func (c tailCommand) checkFlags(g given) error {
	switch {
	case c.Input != "" && c.Input != stdinName:
		return usageError("the argument is %q: want - for standard input; view shows files", c.Input)
	case c.Limit < 0:
		return usageError("--limit is %d: want 0 or more", c.Limit)
	case c.Settle <= 0:
		return usageError("--settle is %v: want more than 0", c.Settle)
	case c.Input != "":
		return g.noEffect("-", "--otlp-http", "--otlp-grpc", "--host", "--tls-cert", "--tls-key")
	}
	return nil
}

// readLive adds the spans of standard input as soon as they are written.
func readLive(ctx context.Context, env *environment, traces *store.Store) error {
	reader := codec.NewReader(env.stdin, "standard input")
	reader.Live = true
	for {
		spans, err := interruptible(ctx, reader.Next)
		switch {
		case errors.Is(err, io.EOF):
			for _, warning := range reader.Warnings() {
				env.lost = env.lost || warning.Lost()
				if warning.Kind != codec.Microseconds {
					fmt.Fprintln(env.stderr, "tracelab:", draw.Clean(warning.String()))
				}
			}
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return &exitError{exitUsage, err}
		}
		if added := traces.Add(spans); added.Dropped > 0 {
			env.lost = true
			fmt.Fprintf(env.stderr, "tracelab: %s lost: %s\n", words.Count(added.Dropped, "span"), added.Problem)
		}
	}
}

// tailPrinter prints traces that are complete.
type tailPrinter struct {
	command tailCommand
	env     *environment
	store   *store.Store
	filter  filter.Filter
	printed map[tracetree.TraceID]uint64 // the revision of each trace that was printed, by itself or with a linked one
	count   int
}

// maxPrinted bounds what a printer remembers. A trace that was forgotten may be printed once more
// than necessary.
const maxPrinted = 1 << 16

// changed prints a trace that has settled, and all that have if changes were missed.
func (p *tailPrinter) changed(c store.Change) error {
	switch {
	case c.Missed:
		return p.each(p.settled)
	case c.Dropped:
		delete(p.printed, c.TraceID)
		return nil
	case c.Settled:
		return p.settled(c.TraceID)
	}
	return nil
}

// rest prints all traces that have not been printed as they are.
func (p *tailPrinter) rest() error { return p.each(p.print) }

// each calls do for the traces in the order of their arrival, until the limit.
func (p *tailPrinter) each(do func(tracetree.TraceID) error) error {
	var ids []tracetree.TraceID
	q := store.Query{Limit: 1000}
	for {
		page := p.store.Traces(q)
		for _, sum := range page {
			ids = append(ids, sum.ID)
			q.Before = sum.Seq
		}
		if len(page) < q.Limit {
			break
		}
	}
	slices.Reverse(ids)
	for _, id := range ids {
		if p.command.Limit > 0 && p.count >= p.command.Limit {
			break
		}
		if err := do(id); err != nil {
			return err
		}
	}
	return nil
}

// settled prints a trace if it and all that are linked with it have settled. The last one of them
// to settle prints them.
func (p *tailPrinter) settled(id tracetree.TraceID) error {
	trace, ok := p.store.Trace(id)
	if !ok {
		return nil
	}
	for _, id := range append([]tracetree.TraceID{id}, trace.Linked...) {
		if sum, ok := p.store.Summary(id); ok && !sum.Settled {
			return nil
		}
	}
	return p.print(id)
}

func (p *tailPrinter) print(id tracetree.TraceID) error {
	trace, ok := p.store.Trace(id)
	if !ok || p.printed[id] >= trace.Revision || !p.matches(trace) {
		return nil
	}
	if len(p.printed) > maxPrinted {
		clear(p.printed)
	}
	for _, id := range append([]tracetree.TraceID{id}, trace.Linked...) {
		p.printed[id] = trace.Revision
	}
	p.count++
	w := bufio.NewWriter(p.env.stdout)
	if err := p.command.write(w, p.env.width, trace.Forest); err != nil {
		return err
	}
	if trace.Cut > 0 {
		fmt.Fprintf(w, "# %s of this trace not shown: there was no memory for more\n", words.Count(trace.Cut, "span"))
	}
	fmt.Fprintln(w)
	if err := w.Flush(); err != nil {
		return err
	}
	return flush(p.env.stdout)
}

// matches reports whether the trace, or one that is shown with it, matches the filters.
func (p *tailPrinter) matches(t *store.Trace) bool {
	if !p.filter.Trace(t.ID, t.Start, t.Duration, t.HasDuration) {
		return false
	}
	if !p.filter.WantsSpan() {
		return true
	}
	spans := t.Forest.Spans()
	for i := range spans {
		if spans[i].TraceID == t.ID && p.filter.Span(&spans[i]) {
			return true
		}
	}
	return false
}

func (c tailCommand) write(w io.Writer, width int, forest *tracetree.Forest) error {
	lines := tracetree.Lines(forest, c.options(c.Format)...)
	if c.Format == "text" {
		return c.details(c.Format).WriteText(w, lines)
	}
	waterfall := draw.Waterfall{Width: width, Below: c.details(c.Format).Below}
	return waterfall.Write(w, lines)
}
