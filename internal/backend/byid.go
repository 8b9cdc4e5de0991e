package backend

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tracelab/tracetree"
)

// Tempo and tracelab find the IDs of traces, and return each trace by its ID.

func (c *Client) tempo(ctx context.Context, s Source, q Query) (Result, error) {
	return c.byID(ctx, s, q, c.searchTempo, "/api/traces/%s", "application/protobuf")
}

// searchTempo returns the IDs of the traces that match.
func (c *Client) searchTempo(ctx context.Context, s Source, q Query) ([]tracetree.TraceID, error) {
	traceQL := q.TraceQL
	if traceQL == "" {
		traceQL = traceQLOf(q)
	}
	a, err := c.get(ctx, s.URL, "/api/search", url.Values{
		"q":     {traceQL},
		"start": {strconv.FormatInt(q.Since.Unix(), 10)},
		"end":   {strconv.FormatInt(q.Until.Unix()+1, 10)},
		"limit": {strconv.Itoa(q.Limit)},
	}, "application/json")
	if err != nil {
		return nil, err
	}
	var found struct {
		Traces []struct {
			TraceID string `json:"traceID"`
		} `json:"traces"`
	}
	if err := decodeJSON(a, &found); err != nil {
		return nil, err
	}
	var ids []tracetree.TraceID
	for _, t := range found.Traces[:min(len(found.Traces), q.Limit)] {
		// Leading zeros are left out.
		id, err := tracetree.ParseTraceID(strings.Repeat("0", max(0, 32-len(t.TraceID))) + t.TraceID)
		if err != nil {
			return nil, fmt.Errorf("the answer to %s has a bad trace ID: %w", a.url, err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// traceQLOf returns the TraceQL for a service and an operation.
func traceQLOf(q Query) string {
	var conditions []string
	if q.Service != "" {
		conditions = append(conditions, "resource.service.name = "+strconv.Quote(q.Service))
	}
	if q.Operation != "" {
		conditions = append(conditions, "name = "+strconv.Quote(q.Operation))
	}
	return "{" + strings.Join(conditions, " && ") + "}"
}

func (c *Client) tracelab(ctx context.Context, s Source, q Query) (Result, error) {
	return c.byID(ctx, s, q, c.listTracelab, "/api/v1/traces/%s.json", "application/json")
}

// listTracelab returns the IDs of the newest traces that match.
func (c *Client) listTracelab(ctx context.Context, s Source, q Query) ([]tracetree.TraceID, error) {
	query := url.Values{
		"service": {q.Service}, "operation": {q.Operation}, "sort": {"arrival"},
		"since": {q.Since.UTC().Format(time.RFC3339Nano)}, "until": {q.Until.UTC().Format(time.RFC3339Nano)},
	}
	var ids []tracetree.TraceID
	for {
		query.Set("from", strconv.Itoa(len(ids)))
		query.Set("limit", strconv.Itoa(min(q.Limit-len(ids), pageSize)))
		a, err := c.get(ctx, s.URL, "/api/v1/traces", query, "application/json")
		if err != nil {
			return nil, err
		}
		var page struct {
			Total  int `json:"total"`
			Traces []struct {
				ID string `json:"trace_id"`
			} `json:"traces"`
		}
		if err := decodeJSON(a, &page); err != nil {
			return nil, err
		}
		for _, t := range page.Traces {
			id, err := tracetree.ParseTraceID(t.ID)
			if err != nil {
				return nil, fmt.Errorf("the answer to %s has a bad trace ID: %w", a.url, err)
			}
			ids = append(ids, id)
		}
		if len(page.Traces) == 0 || len(ids) >= min(q.Limit, page.Total) {
			return ids[:min(len(ids), q.Limit)], nil
		}
	}
}

// byID returns the trace of the query, or those whose IDs the search finds, a few at a time. A
// trace that the backend no longer has is left out. The path has %s for the ID.
func (c *Client) byID(ctx context.Context, s Source, q Query,
	search func(context.Context, Source, Query) ([]tracetree.TraceID, error), path, accept string,
) (Result, error) {
	ids := []tracetree.TraceID{q.TraceID}
	if q.TraceID.IsZero() {
		var err error
		if ids, err = search(ctx, s, q); err != nil {
			return Result{}, err
		}
	}
	found := make([]Result, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	seen := map[tracetree.TraceID]bool{}
	for i, id := range ids {
		if seen[id] { // new traces came between two pages, and moved the list
			continue
		}
		seen[id] = true
		group.Go(func() error {
			a, err := c.get(ctx, s.URL, fmt.Sprintf(path, id), nil, accept)
			if err != nil || a.status == http.StatusNotFound {
				return err
			}
			found[i].Spans, found[i].Warnings, err = c.read(a)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return Result{}, err
	}
	var all Result
	for _, one := range found {
		all.Spans = append(all.Spans, one.Spans...)
		all.Warnings = merge(all.Warnings, one.Warnings)
	}
	return all, nil
}
