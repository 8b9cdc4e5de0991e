package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"

	"tracelab/live/problem"
	"tracelab/live/rows"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// Uploaded is what became of an upload.
type Uploaded struct {
	Traces   []string `json:"trace_ids"` // at most 100 of them
	Total    int      `json:"traces"`
	Spans    int      `json:"spans"`
	Rejected int      `json:"rejected"`
	Problem  string   `json:"problem,omitempty"` // of the first span that was rejected
	Warnings []string `json:"warnings"`          // of the reader
	Riddle   *Riddle  `json:"riddle,omitempty"`  // of the scenario that ran
}

// add hands spans on and notes their traces.
func (u *Uploaded) add(ctx context.Context, config *Config, spans []tracetree.Span, seen map[tracetree.TraceID]bool) {
	for i := range spans {
		id := spans[i].TraceID
		if !seen[id] && !id.IsZero() {
			seen[id] = true
			if len(u.Traces) < 100 {
				u.Traces = append(u.Traces, id.String())
			}
		}
	}
	u.Spans += len(spans)
	rejected, problem := config.Add(ctx, spans)
	u.Rejected += rejected
	if u.Problem == "" {
		u.Problem = problem
	}
}

// upload reads a file of any known format from the body.
func (a *API) upload(r *http.Request) (any, error) {
	if a.config.Add == nil {
		return nil, problem.New(http.StatusForbidden,
			"uploads are off: this page shows what it was started with")
	}
	name := r.URL.Query().Get("name")
	if name == "" {
		name = "upload"
	}
	reader := codec.NewReader(r.Body, rows.Cut(name, 200))
	reader.MaxSize = a.config.MaxUpload
	result := Uploaded{Traces: []string{}, Warnings: []string{}}
	seen := make(map[tracetree.TraceID]bool)
	var err error
	for {
		var spans []tracetree.Span
		if spans, err = reader.Next(); err != nil {
			break
		}
		result.add(r.Context(), &a.config, spans, seen)
	}
	result.Total = len(seen)
	for _, warning := range reader.Warnings() {
		result.Warnings = append(result.Warnings, rows.Cut(warning.String(), 500))
	}
	switch {
	case errors.Is(err, codec.ErrTooLarge):
		return nil, problem.New(http.StatusRequestEntityTooLarge,
			"the upload is too large: want at most %s without compression; serve the file instead", sizeText(a.config.MaxUpload))
	case !errors.Is(err, io.EOF):
		return nil, problem.BadRequest("%w", err)
	}
	return result, nil
}

func sizeText(n int64) string {
	unit := "bytes"
	for _, larger := range []string{"KiB", "MiB", "GiB"} {
		if n < 1024 {
			break
		}
		n, unit = n/1024, larger
	}
	return strconv.FormatInt(n, 10) + " " + unit
}

// Scenario is a scenario that can be run.
type Scenario struct {
	Name, Title, Lesson, Story string
	Fix                        string // the name of the scenario with the fix, or empty
	Tree                       string // the expected tree in the notation
	// Run runs it and returns its spans. The riddle is nil unless what ran is to be guessed.
	Run func(ctx context.Context) ([]tracetree.Span, *Riddle, error)
}

// Riddle is the question what is wrong in the traces of a scenario.
type Riddle struct {
	Options []RiddleOption `json:"options"`
	// Fault is what is wrong, as a sentence, and Scenario the one with its story. The page shows
	// both when asked for.
	Fault    string `json:"fault"`
	Scenario string `json:"scenario"`
	// Unseen is why no check finds the fault; empty if one does.
	Unseen string `json:"unseen,omitempty"`
}

// RiddleOption is an answer to choose from.
type RiddleOption struct {
	Text     string   `json:"text"`
	Accepted bool     `json:"accepted"`
	Reasons  []string `json:"reasons"` // why it is accepted or not, as sentences
}

// ScenarioInfo describes a scenario.
type ScenarioInfo struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Lesson string `json:"lesson,omitempty"`
	Story  string `json:"story,omitempty"`
	Fix    string `json:"repair,omitempty"`
	Tree   string `json:"tree,omitempty"`
}

func (a *API) listScenarios(*http.Request) (any, error) {
	result := struct {
		Scenarios []ScenarioInfo `json:"scenarios"`
	}{[]ScenarioInfo{}}
	for _, s := range a.config.Scenarios {
		result.Scenarios = append(result.Scenarios, ScenarioInfo{s.Name, s.Title, s.Lesson, s.Story, s.Fix, s.Tree})
	}
	return result, nil
}

func (a *API) runScenario(r *http.Request) (any, error) {
	name := r.PathValue("name")
	at := slices.IndexFunc(a.config.Scenarios, func(s Scenario) bool { return s.Name == name })
	if at < 0 || a.config.Add == nil {
		return nil, problem.NotFound("unknown scenario %.80q: want one that /api/v1/scenarios lists", name)
	}
	spans, riddle, err := a.config.Scenarios[at].Run(r.Context())
	if err != nil {
		return nil, err
	}
	result := Uploaded{Traces: []string{}, Warnings: []string{}, Riddle: riddle}
	seen := make(map[tracetree.TraceID]bool)
	result.add(r.Context(), &a.config, spans, seen)
	result.Total = len(seen)
	return result, nil
}
