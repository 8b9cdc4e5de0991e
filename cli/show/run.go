package show

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/cli/draw"
	"tracelab/lab"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// A View selects what is shown of a recording, and its width.
type View struct {
	Width                             int
	Full, Attributes, IDs, Logs, Wire bool
	// Keys are the attributes that are shown when not all of them are.
	Keys []string
	// Explain lists the findings by the items of the course's list.
	Explain bool
}

// RecordingChecked returns the findings of the checks in a recording. Checks of exported spans have
// no input there.
func RecordingChecked(r *lab.Recording) *Checked {
	return &Checked{
		Checks: check.All(), Traces: TracesOf(r.Checked), Spans: len(r.Checked.Spans()),
		Unchecked: []string{"errors-kept", "partial-trace"}, Result: r.Findings,
	}
}

// StdoutTrace writes spans as Go's stdouttrace exporter does.
func StdoutTrace(w io.Writer, spans []sdktrace.ReadOnlySpan) error {
	exporter, err := stdouttrace.New(stdouttrace.WithWriter(w), stdouttrace.WithPrettyPrint())
	if err != nil {
		return err
	}
	return exporter.ExportSpans(context.Background(), spans)
}

// Options returns the options with which the view formats trees.
func (v View) Options() []tracetree.Option {
	if v.Full {
		return []tracetree.Option{tracetree.Full}
	}
	return nil
}

// Notation writes a recording as bare notation. Everything else that the view selects follows as
// comments, so that the whole stays notation.
func (v View) Notation(out io.Writer, r *lab.Recording) error {
	w := bufio.NewWriter(out)
	options := v.Options()
	if v.Attributes {
		options = append(options, tracetree.Attributes)
	}
	d := v.details(r)
	d.Attributes = false // they are in the lines
	if err := d.WriteText(w, tracetree.Lines(r.Forest, options...)); err != nil {
		return err
	}
	if v.Wire {
		for _, hop := range r.Wire {
			fmt.Fprintln(w)
			printHop(w, hop, "# ")
		}
	}
	return w.Flush()
}

// Trees writes the trees of a recording as waterfalls, with everything else that the view selects.
func (v View) Trees(w io.Writer, r *lab.Recording) error {
	lines := tracetree.Lines(r.Forest, v.Options()...)
	if len(lines) == 0 {
		fmt.Fprintln(w,
			"No span was recorded: the request's traceparent isn't sampled, OTEL_TRACES_SAMPLER samples nothing, or "+
				"OTEL_SDK_DISABLED is set.")
	}
	if err := (draw.Waterfall{Width: v.Width, Below: v.details(r).Below}).Write(w, lines); err != nil {
		return err
	}
	if r.Forest.NumTops() > 1 {
		fmt.Fprintln(w, "\n# Each tree has its own time scale.")
	}
	if loose := v.looseLogs(r); len(loose) > 0 {
		fmt.Fprintf(w, "\n%s\n", Bold("Logged outside of these spans"))
		for _, text := range loose {
			fmt.Fprintln(w, "  "+text)
		}
	}
	if !v.Wire || len(r.Wire) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\n%s\n", Bold("On the wire"))
	for _, hop := range r.Wire {
		printHop(w, hop, "  ")
	}
	return nil
}

func (v View) details(r *lab.Recording) Details {
	d := Details{IDs: v.IDs, Attributes: v.Attributes, Keys: v.Keys}
	if v.Logs {
		d.Logs = map[string][]lab.LogRecord{}
		for _, record := range r.Logs {
			d.Logs[record.SpanID] = append(d.Logs[record.SpanID], record)
		}
	}
	return d
}

// looseLogs returns the log records that belong to none of the spans.
func (v View) looseLogs(r *lab.Recording) []string {
	if !v.Logs {
		return nil
	}
	known := map[string]bool{}
	for i := range r.Forest.Spans() {
		known[r.Forest.Spans()[i].SpanID.String()] = true
	}
	var texts []string
	for _, record := range r.Logs {
		if !known[record.SpanID] {
			texts = append(texts, logText(record))
		}
	}
	return texts
}

func printHop(w io.Writer, hop lab.Hop, indent string) {
	fmt.Fprintf(w, "%s%s → %s  %s %s\n", indent, hop.From, hop.To, hop.Protocol, draw.Clean(hop.What))
	for _, field := range hop.Fields {
		fmt.Fprintf(w, "%s    %s: %s\n", indent, draw.Clean(field.Name), draw.Clean(field.Value))
	}
}
