package show

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/draw"
	"tracelab/internal/words"
	"tracelab/lab"
	"tracelab/tracetree"
)

// Request prints a recording of one request: the response, the trace, and whether the tree is the
// expected one. The report contains the differences, and the advice follows it; both may be empty.
func (v View) Request(out io.Writer, r *lab.Recording, report *tracetree.Report, advice string) error {
	w := bufio.NewWriter(out)
	lines := tracetree.Lines(r.Forest, v.Options()...)
	answer := r.Answers[0]
	fmt.Fprintf(w, "%s → %s", Bold(answer.Request.Method+" "+answer.Request.Path), Bold(statusText(answer.Status)))
	if len(lines) > 0 {
		fmt.Fprintf(w, " · trace %s", lines[0].Node.Span().TraceID)
	}
	if detail := detailOf(&answer.Response); detail != "" {
		fmt.Fprintf(w, "\n%s", Text(detail))
	}
	fmt.Fprint(w, "\n\n")
	if err := v.Trees(w, r); err != nil {
		return err
	}
	if len(lines) > 0 {
		fmt.Fprintln(w)
		checked := RecordingChecked(r)
		if v.Explain {
			if err := checked.Explain(w); err != nil {
				return err
			}
		} else {
			fmt.Fprintln(w, checked.Line())
		}
	}
	services := len(draw.Services(tracetree.Lines(r.Forest, tracetree.Full)))
	fmt.Fprintf(w, "\n%s, %s", words.Count(len(r.Forest.Spans()), "span"), words.Count(services, "service"))
	if extent, known := draw.Extent(lines); known {
		fmt.Fprint(w, ", "+draw.Duration(extent))
	}
	fmt.Fprintf(w, ". %s\n", verdict(report, advice))
	return w.Flush()
}

func verdict(report *tracetree.Report, advice string) string {
	if report == nil {
		return Bold("This is the expected tree.")
	}
	text := ansi.NewStyle().Bold().ForegroundColor(ansi.Red).Styled("This is not the expected tree: ") + report.Summary()
	if advice != "" {
		text += " " + advice
	}
	return text
}

// detailOf returns the detail of an error response.
func detailOf(response *lab.Response) string {
	var problem struct{ Detail string }
	if response.Status < http.StatusBadRequest || json.Unmarshal(response.Body, &problem) != nil {
		return ""
	}
	return problem.Detail
}

func statusText(status int) string { return fmt.Sprintf("%d %s", status, http.StatusText(status)) }
