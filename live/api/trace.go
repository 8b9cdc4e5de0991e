package api

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"tracelab/live/problem"
	"tracelab/live/rows"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/chart"
	"tracelab/tracetree/codec"
)

// TraceMeta describes a trace before its rows.
type TraceMeta struct {
	Trace
	// Colors are the services of the trace and those that it is linked with, in the order of their
	// colors.
	Colors   []string `json:"colors"`
	Rows     int      `json:"rows"` // in the view that was asked for, all of them expanded
	Linked   []string `json:"linked,omitempty"`
	Unlinked bool     `json:"unlinked,omitempty"` // there are more linked traces
	// Clocks are the processes whose clocks differ from their callers'.
	Clocks []Clock `json:"clocks,omitempty"`
}

// Clock is a difference of two clocks.
type Clock struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Ahead   int64  `json:"ahead_ns"` // how far the clock of To is ahead
	Text    string `json:"text"`
	Example string `json:"span_id"` // the first span that shows it
}

// trace answers ID with JSON, ID.tree with the notation and ID.json with OTLP.
func (a *API) trace(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if text, ok := strings.CutSuffix(id, ".tree"); ok {
		a.download(w, r, text, a.traceTree)
		return
	}
	if text, ok := strings.CutSuffix(id, ".json"); ok {
		a.download(w, r, text, a.traceOTLP)
		return
	}
	problem.Respond(w, r, a.answers.through(func(r *http.Request) (any, error) {
		trace, tree, _, err := a.visibleOf(r)
		if err != nil {
			return nil, err
		}
		meta := TraceMeta{
			Trace: traceRow(0, &trace.Summary), Colors: tree.Services(), Rows: tree.Visible(rows.Expanded()).Len(),
			Unlinked: trace.Unlinked,
		}
		if now, found := a.config.Store.Summary(trace.ID); found {
			meta.Trace = traceRow(0, &now)
		}
		meta.Revision = trace.Revision
		for _, id := range trace.Linked {
			meta.Linked = append(meta.Linked, id.String())
		}
		for _, skew := range tree.Clocks().Skews() {
			meta.Clocks = append(meta.Clocks, Clock{
				From: skew.From.Service, To: skew.To.Service, Ahead: int64(skew.Offset), Text: chart.Duration(skew.Offset.Abs()),
				Example: trace.Forest.Spans()[skew.Example].SpanID.String(),
			})
		}
		return meta, nil
	}))
}

// download writes a whole trace.
func (a *API) download(w http.ResponseWriter, r *http.Request, id string,
	write func(http.ResponseWriter, *http.Request, *store.Trace) error,
) {
	leave, err := a.transfers.enter(r.Context())
	if err != nil {
		problem.Write(w, err)
		return
	}
	defer leave()
	trace, err := a.traceOf(id)
	if err == nil {
		err = write(w, r, trace)
	}
	if err != nil {
		problem.Write(w, err)
	}
}

func (a *API) traceTree(w http.ResponseWriter, r *http.Request, trace *store.Trace) error {
	options, err := optionsOf(r.URL.Query())
	if err != nil {
		return err
	}
	var view []tracetree.Option
	if options.Full {
		view = append(view, tracetree.Full)
	}
	problem.Header(w, "text/plain; charset=utf-8")
	if trace.Cut > 0 { // as a comment of the notation, which stays with the tree wherever it is pasted
		w.Header().Set(cutHeader, strconv.Itoa(trace.Cut))
		fmt.Fprintf(w, "# incomplete, spans dropped for lack of memory: %d\n", trace.Cut)
	}
	_, _ = w.Write([]byte(tracetree.Format(trace.Forest, view...)))
	return nil
}

// cutHeader has the number of spans of a trace that were dropped for lack of memory. A whole trace
// has no such header.
const cutHeader = "X-Tracelab-Cut"

// traceOTLP answers with the spans of the trace alone, without those of linked ones.
func (a *API) traceOTLP(w http.ResponseWriter, _ *http.Request, trace *store.Trace) error {
	problem.Header(w, "application/json")
	name := "trace-" + trace.ID.String()
	if trace.Cut > 0 { // OTLP has no place for it
		w.Header().Set(cutHeader, strconv.Itoa(trace.Cut))
		name += "-incomplete"
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.json"`)
	_ = codec.WriteOTLPJSON(w, ownSpans(trace))
	return nil
}

// ownSpans returns the spans of a trace without those of the traces that it is linked with.
func ownSpans(trace *store.Trace) []tracetree.Span {
	all := trace.Forest.Spans()
	if len(trace.Linked) == 0 {
		return all
	}
	var own []tracetree.Span
	for i := range all {
		if all[i].TraceID == trace.ID {
			own = append(own, all[i])
		}
	}
	return own
}

// Window is a part of the rows of a trace.
type Window struct {
	Total    int        `json:"total"` // visible rows
	From     int        `json:"from"`
	Rows     []rows.Row `json:"rows"`
	Revision uint64     `json:"revision"`
}

func (a *API) rows(r *http.Request) (any, error) {
	q := r.URL.Query()
	from, err := intOf(q, "from", 0, 0, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	to, err := intOf(q, "to", min(from+200, math.MaxInt32), 0, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	critical, err := boolOf(q, "critical")
	if err != nil {
		return nil, err
	}
	findings, err := boolOf(q, "findings")
	if err != nil {
		return nil, err
	}
	trace, _, visible, err := a.visibleOf(r)
	if err != nil {
		return nil, err
	}
	from = min(from, visible.Len())
	window := Window{visible.Len(), from, visible.Window(from, to, critical), trace.Revision}
	for i := range window.Rows {
		if !findings {
			break
		}
		for _, node := range visible.Nodes(from + i) {
			window.Rows[i].Findings = append(window.Rows[i].Findings, trace.FindingsAt(node)...)
		}
	}
	return window, nil
}

func (a *API) overview(r *http.Request) (any, error) {
	q := r.URL.Query()
	width, err := intOf(q, "width", 512, 1, rows.MaxWidth)
	if err != nil {
		return nil, err
	}
	height, err := intOf(q, "height", 64, 1, rows.MaxHeight)
	if err != nil {
		return nil, err
	}
	_, _, visible, err := a.visibleOf(r)
	if err != nil {
		return nil, err
	}
	return visible.Overview(width, height), nil
}

// Located is where a row is.
type Located struct {
	Row       int    `json:"row"`
	Toggled   string `json:"toggled"`   // with what has to be expanded to see the row
	Ungrouped string `json:"ungrouped"` // with what has to be ungrouped
}

func (a *API) locate(r *http.Request) (any, error) {
	q := r.URL.Query()
	span, err := spanIDOf(q.Get("span"))
	if err != nil {
		return nil, err
	}
	trace, tree, _, err := a.visibleOf(r)
	if err != nil {
		return nil, err
	}
	state, err := stateOf(q)
	if err != nil {
		return nil, err
	}
	// The span may be one of a linked trace.
	for _, id := range append([]tracetree.TraceID{trace.ID}, trace.Linked...) {
		if state, row, found := tree.Locate(id, span, state); found {
			return Located{row, idsText(state.Toggled), idsText(state.Ungrouped)}, nil
		}
	}
	return nil, problem.NotFound("span %s has no row in trace %s", span, trace.ID)
}

func (a *API) find(r *http.Request) (any, error) {
	q := r.URL.Query()
	after, err := intOf(q, "after", -1, -1, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	text := q.Get("text")
	if text == "" {
		return nil, problem.BadRequest("text is empty: want a part of a label")
	}
	_, _, visible, err := a.visibleOf(r)
	if err != nil {
		return nil, err
	}
	return struct {
		Row int `json:"row"` // -1: no row has it
	}{visible.Find(text, after)}, nil
}
