package api

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tracelab/live/problem"
	"tracelab/live/rows"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/filter"
)

// filterOf returns the filters of a query. They have the names of the flags of the command line.
func filterOf(q url.Values) (filter.Filter, error) {
	f := filter.Filter{TraceID: q.Get("trace"), Service: q.Get("service"), Operation: q.Get("operation")}
	var err error
	if f.Error, err = boolOf(q, "error"); err != nil {
		return f, err
	}
	for name, into := range map[string]*time.Duration{
		"min_duration": &f.MinDuration, "max_duration": &f.MaxDuration,
	} {
		if text := q.Get(name); text != "" {
			if *into, err = time.ParseDuration(text); err != nil || *into < 0 {
				return f, problem.BadRequest("%s is %.80q: want a duration such as 250ms", name, text)
			}
		}
	}
	for name, into := range map[string]*time.Time{"since": &f.Since, "until": &f.Until} {
		if text := q.Get(name); text != "" {
			if *into, err = time.Parse(time.RFC3339Nano, text); err != nil {
				return f, problem.BadRequest("%s is %.80q: want a time such as 2026-01-02T15:04:05Z", name, text)
			}
		}
	}
	for _, text := range q["where"] {
		attribute, err := filter.ParseAttribute(text)
		if err != nil {
			return f, problem.BadRequest("where: %w", err)
		}
		f.Attributes = append(f.Attributes, attribute)
	}
	return f, nil
}

func boolOf(q url.Values, name string) (bool, error) {
	text := q.Get(name)
	if text == "" {
		return false, nil
	}
	b, err := strconv.ParseBool(text)
	if err != nil {
		return false, problem.BadRequest("%s is %.80q: want true or false", name, text)
	}
	return b, nil
}

// intOf returns a number of a query within bounds.
func intOf(q url.Values, name string, missing, least, most int) (int, error) {
	text := q.Get(name)
	if text == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, problem.BadRequest("%s is %.80q: want a number from %d to %d", name, text, least, most)
	}
	return n, nil
}

func spanIDOf(text string) (id tracetree.SpanID, err error) {
	if len(text) != 2*len(id) {
		return id, problem.BadRequest("span ID is %.80q: want %d hexadecimal digits", text, 2*len(id))
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil {
		return id, problem.BadRequest("span ID is %.80q: want %d hexadecimal digits", text, 2*len(id))
	}
	return id, nil
}

// traceOf returns a trace by the text of its ID.
func (a *API) traceOf(text string) (*store.Trace, error) {
	id, err := tracetree.ParseTraceID(text)
	if err != nil {
		return nil, problem.BadRequest("trace ID is %.80q: want 32 hexadecimal digits", text)
	}
	trace, found := a.config.Store.Trace(id)
	if !found {
		return nil, problem.NotFound("trace %s is not here: it has not arrived, or made room for newer ones", id)
	}
	return trace, nil
}

// maxToggled is the number of rows that can differ from their level.
const maxToggled = 2000

// stateOf returns what is expanded: depth is the number of expanded levels, toggled the spans that
// differ, and ungrouped those whose equal siblings have rows of their own.
func stateOf(q url.Values) (rows.State, error) {
	depth, err := intOf(q, "depth", -1, -1, 1<<30)
	state := rows.State{Depth: depth}
	if err != nil {
		return state, err
	}
	for name, change := range map[string]func(tracetree.SpanID){
		"toggled":   func(id tracetree.SpanID) { state = state.Toggle(id) },
		"ungrouped": func(id tracetree.SpanID) { state = state.Ungroup(id) },
	} {
		if q.Get(name) == "" {
			continue
		}
		ids := strings.Split(q.Get(name), ",")
		if len(ids) > maxToggled {
			return state, problem.BadRequest("%s has %d spans: want at most %d", name, len(ids), maxToggled)
		}
		for _, text := range ids {
			id, err := spanIDOf(text)
			if err != nil {
				return state, err
			}
			change(id)
		}
	}
	return state, nil
}

// idsText returns the spans of a state as [stateOf] reads them.
func idsText(list []tracetree.SpanID) string {
	ids := make([]string, len(list))
	for i, id := range list {
		ids[i] = id.String()
	}
	return strings.Join(ids, ",")
}

// optionsOf returns the view: view=compact or full, group=true.
func optionsOf(q url.Values) (rows.Options, error) {
	var o rows.Options
	switch view := q.Get("view"); view {
	case "", "compact":
	case "full":
		o.Full = true
	default:
		return o, problem.BadRequest("view is %.80q: want compact or full", view)
	}
	var err error
	o.Group, err = boolOf(q, "group")
	return o, err
}

// visibleOf returns the rows that a request is about.
func (a *API) visibleOf(r *http.Request) (*store.Trace, *rows.Tree, *rows.Visible, error) {
	q := r.URL.Query()
	options, err := optionsOf(q)
	if err != nil {
		return nil, nil, nil, err
	}
	state, err := stateOf(q)
	if err != nil {
		return nil, nil, nil, err
	}
	trace, err := a.traceOf(r.PathValue("id"))
	if err != nil {
		return nil, nil, nil, err
	}
	tree := a.tree(trace, options)
	return trace, tree, tree.Visible(state), nil
}
