package api

import (
	"net/http"
	"time"

	"tracelab/live/problem"
	"tracelab/live/store"
)

// Changes is an event of the stream: the traces that changed since the last one, and the figures of
// the store.
type Changes struct {
	Traces []ChangedTrace `json:"traces"`
	// Missed reports that there were more changes than are listed: any trace may have changed.
	Missed bool  `json:"missed,omitempty"`
	Stats  Stats `json:"stats"`
}

// ChangedTrace is a trace that changed.
type ChangedTrace struct {
	ID      string `json:"trace_id"`
	Settled bool   `json:"settled,omitempty"`
	Dropped bool   `json:"dropped,omitempty"`
}

const (
	// eventPause is the least time between two events. The first one after a pause is sent at once.
	eventPause = 100 * time.Millisecond
	maxChanges = 1000 // traces of one event
)

// events streams changes. Its first event has no traces.
func (a *API) events(w http.ResponseWriter, r *http.Request) {
	select {
	case a.streams <- struct{}{}:
		defer func() { <-a.streams }()
	default:
		problem.Write(w, problem.New(http.StatusServiceUnavailable,
			"%d streams of events are open: want fewer, close some pages", maxStreams))
		return
	}
	changes := a.config.Store.Subscribe(r.Context())
	stream := problem.Stream(w)
	defer stream.Stop()
	event := func(c Changes) bool {
		c.Stats = a.statsNow()
		if c.Traces == nil {
			c.Traces = []ChangedTrace{}
		}
		return stream.Send("change", c)
	}
	if !event(Changes{}) {
		return
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case <-stream.Beat:
			if !stream.StillHere() {
				return
			}
		case change, open := <-changes:
			if !open {
				return
			}
			next, open := collect(change, changes)
			if !event(next) || !open {
				return
			}
			select { // changes that come meanwhile are collected by the store
			case <-r.Context().Done():
				return
			case <-time.After(eventPause):
			}
		}
	}
}

// collect adds the changes that have come as well, and reports whether more can come.
func collect(first store.Change, changes <-chan store.Change) (Changes, bool) {
	var c Changes
	add := func(change store.Change) {
		if change.Missed || len(c.Traces) == maxChanges {
			c.Missed = true
			return
		}
		c.Traces = append(c.Traces, ChangedTrace{change.TraceID.String(), change.Settled, change.Dropped})
	}
	add(first)
	for {
		select {
		case change, open := <-changes:
			if !open {
				return c, false
			}
			add(change)
		default:
			return c, true
		}
	}
}
