package api

import (
	"context"
	"net/http"
	"time"

	"tracelab/live/problem"
)

// gate lets a number of requests in at one time, so that many of them together take no more memory
// and processors than these. The others wait.
type gate chan struct{}

const (
	maxAnswers = 8 // requests that are computed at one time
	// maxTransfers is the number of uploads and downloads of whole traces at one time, which take
	// as long as their clients.
	maxTransfers = 4
	// patience is how long a request waits. A person who waits for longer reloads the page.
	patience = 5 * time.Second
)

func newGate(places int) gate { return make(gate, places) }

// enter waits for a place, and returns a function that frees it. If all are taken for longer than
// patience, it returns an error for a client that may try again.
func (g gate) enter(ctx context.Context) (leave func(), err error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case g <- struct{}{}:
		return func() { <-g }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return nil, problem.New(http.StatusServiceUnavailable, "too many requests at a time: try again later")
	}
}

// through returns a handler that waits for a place. It frees it before the answer is written, so
// that a client that doesn't read keeps none.
func (g gate) through(handle func(*http.Request) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		leave, err := g.enter(r.Context())
		if err != nil {
			return nil, err
		}
		defer leave()
		return handle(r)
	}
}
