package show

import (
	"bufio"
	"fmt"
	"io"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/tracetree"
)

// A Request is a request to the system and what it left behind.
type Request struct {
	Run
	Asked    string
	Answered string
	Detail   string // what an error response says; empty for other responses
	Checked  Checked
	// Report says how the tree differs from the expected one; nil when it doesn't.
	Report *tracetree.Report
	// Advice follows the verdict when the tree differs.
	Advice string
}

// Request prints a request, its response and its trace.
func (v View) Request(out io.Writer, r *Request) error {
	w := bufio.NewWriter(out)
	lines := tracetree.Lines(r.Forest, v.Options()...)
	fmt.Fprintf(w, "%s → %s", Bold(r.Asked), Bold(r.Answered))
	if len(lines) > 0 {
		fmt.Fprintf(w, " · trace %s", lines[0].Node.Span().TraceID)
	}
	if r.Detail != "" {
		fmt.Fprintf(w, "\n%s", Text(r.Detail))
	}
	fmt.Fprint(w, "\n\n")
	if err := v.Trees(w, &r.Run); err != nil {
		return err
	}
	if len(lines) > 0 {
		fmt.Fprintln(w)
		if v.Explain {
			if err := r.Checked.Explain(w); err != nil {
				return err
			}
		} else {
			fmt.Fprintln(w, r.Checked.Line())
		}
	}
	services := len(draw.Services(tracetree.Lines(r.Forest, tracetree.Full)))
	fmt.Fprintf(w, "\n%s, %s", Count(r.Forest.Len(), "span"), Count(services, "service"))
	if extent, known := draw.Extent(lines); known {
		fmt.Fprint(w, ", "+draw.Duration(extent))
	}
	fmt.Fprintf(w, ". %s\n", r.verdict())
	return w.Flush()
}

func (r *Request) verdict() string {
	if r.Report == nil {
		return Bold("This is the expected tree.")
	}
	text := ansi.NewStyle().Bold().ForegroundColor(ansi.Red).Styled("This is not the expected tree: ") + r.Report.Summary()
	return text + r.Advice
}
