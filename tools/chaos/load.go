package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tracelab/tools/system"
)

// A create is a task that a client wants, and what became of its requests.
type create struct {
	key, title string
	tries      int
	id         string   // of the task, once a request was answered with 201
	replayed   bool     // that answer was a repeated one
	trace      string   // the trace of the request that was answered with 201
	traces     []string // those of all answers
	err        error    // why it was given up
}

// load sends creates at a steady rate. Each is repeated under its Idempotency-Key until it is
// answered with 201, as a client does that wants the task.
type load struct {
	gateway string
	client  *http.Client
	creates []*create
}

// What a client does about an answer that isn't 201.
const (
	tryAgainAfter = 300 * time.Millisecond
	giveUpAfter   = 180 * time.Second
	tryTimeout    = 30 * time.Second
)

func newLoad(gateway string) *load {
	return &load{gateway: gateway, client: &http.Client{
		Timeout: tryTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: 100},
	}}
}

// run sends creates until loading ends, and returns when each was answered.
func (l *load) run(loading, ctx context.Context, rate int) error {
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	var group sync.WaitGroup
	defer group.Wait()
	for n := 0; ; n++ {
		select {
		case <-tick.C:
			c := &create{key: fmt.Sprintf("key-%d", n), title: fmt.Sprintf("task %d", n)}
			l.creates = append(l.creates, c)
			group.Go(func() { l.until201(ctx, c) })
		case <-loading.Done():
			return ctx.Err()
		}
	}
}

func (l *load) attempts() int {
	sum := 0
	for _, c := range l.creates {
		sum += c.tries
	}
	return sum
}

func (l *load) until201(ctx context.Context, c *create) {
	ctx, cancel := context.WithTimeout(ctx, giveUpAfter)
	defer cancel()
	for c.id == "" {
		c.tries++
		a, err := l.create(ctx, c.key, c.title)
		if a.Trace != "" {
			c.traces = append(c.traces, a.Trace)
		}
		switch {
		case err != nil:
		case a.Status == http.StatusCreated:
			c.id, c.replayed, c.trace = a.ID, a.Replayed, a.Trace
			return
		case a.Status < 500 && a.Status != http.StatusConflict && a.Status != http.StatusTooManyRequests:
			c.err = fmt.Errorf("%s was answered with status %d", c.key, a.Status)
			return
		default:
			err = fmt.Errorf("status %d", a.Status)
		}
		if stop := pause(ctx, tryAgainAfter); stop != nil {
			c.err = fmt.Errorf("%s was given up after %d tries: %w", c.key, c.tries, errors.Join(stop, err))
			return
		}
	}
}

func (l *load) create(ctx context.Context, key, title string) (system.Answer, error) {
	return system.CreateTask(ctx, l.client, l.gateway, title, key)
}

// status returns the status of a task.
func (l *load) status(ctx context.Context, id string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.gateway+"/tasks/"+id, nil)
	if err != nil {
		return "", err
	}
	response, err := l.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var task struct{ Status string }
	if err := json.NewDecoder(response.Body).Decode(&task); err != nil {
		return "", err
	}
	return task.Status, nil
}
