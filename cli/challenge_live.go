package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"tracelab/challenge"
	"tracelab/cli/show"
	"tracelab/live/store"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

const (
	// challengeMemory is the memory for received traces.
	challengeMemory = 64 << 20
	// challengeTraces is the number of traces that are graded, the latest ones.
	challengeTraces = 200
	// driveTimeout is the time in which the system has to answer a request that --drive sends.
	driveTimeout = 30 * time.Second
	// drivenTimeout is the default of --timeout with --drive: a trace that doesn't come shall not
	// hold up CI.
	drivenTimeout = time.Minute
)

// receiveAndGrade receives spans, prints each item when it is met, and at the end the grade.
func (c challengeCommand) receiveAndGrade(ctx context.Context, env *environment, names challenge.Names) error {
	receiving, stop := context.WithCancel(ctx)
	defer stop()
	traces := store.New(store.Config{Memory: challengeMemory, Settle: c.Settle})
	changes := traces.Subscribe(receiving)
	run, err := c.receive(env, traces)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- run(receiving) }()
	live := &liveChallenge{command: c, env: env, store: traces, names: names, met: map[string]bool{}}
	err = live.follow(receiving, changes, ended)
	stop()
	if end := <-ended; !errors.Is(end, context.Canceled) {
		err = errors.Join(err, end)
	}
	if err != nil {
		return err
	}
	if !live.trace.IsZero() && live.grade.Requests == 0 {
		fmt.Fprintf(env.stderr, "tracelab: no span of %s is in trace %s, which --drive sent as traceparent: "+
			"want a gateway that exports to this receiver and continues its caller's trace\n", names.Gateway, live.trace)
	}
	return c.print(env, live.grade)
}

// liveChallenge is a challenge whose spans arrive.
type liveChallenge struct {
	command challengeCommand
	env     *environment
	store   *store.Store
	names   challenge.Names
	trace   tracetree.TraceID // of the request that was sent, or zero
	met     map[string]bool   // the items that were printed as met, by ID
	grade   challenge.Grade
}

// follow grades the traces until all items are met, or one of the reasons to stop comes first. The
// error of the receiver stays in ended.
func (l *liveChallenge) follow(ctx context.Context, changes <-chan store.Change, ended chan error) error {
	var driven chan error
	if l.command.Drive != "" {
		driven = make(chan error, 1)
		if _, err := rand.Read(l.trace[:]); err != nil {
			return err
		}
		go func() { driven <- drive(ctx, l.command.Drive, l.trace) }()
	}
	var timeout <-chan time.Time
	limit := l.command.Timeout
	if limit == 0 && l.command.Drive != "" {
		limit = drivenTimeout
	}
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		timeout = timer.C
	}
	for {
		select {
		case change, ok := <-changes:
			if !ok {
				return l.update()
			}
			if !change.Settled && !change.Missed {
				continue
			}
			if err := l.update(); err != nil || l.grade.Open() == 0 || l.command.Once && l.complete() {
				return err
			}
		case err := <-driven:
			if err != nil {
				return &exitError{exitFailed, fmt.Errorf("--drive: %w", err)}
			}
			driven = nil
		case <-timeout:
			return l.update()
		case err := <-ended:
			ended <- err
			return l.update()
		}
	}
}

// update grades the latest traces, and prints the items that are met since the last time, or no
// longer.
func (l *liveChallenge) update() error {
	var spans []tracetree.Span
	for _, summary := range l.store.Traces(store.Query{Limit: challengeTraces}) {
		spans = append(spans, l.store.Spans(summary.ID)...)
	}
	in := check.Input{Forest: tracetree.Build(spans)}
	l.grade = challenge.RunTrace(in, l.names, l.trace)
	if l.grade.Requests == 0 {
		return nil
	}
	for _, v := range l.grade.Verdicts {
		isMet := v.Status == challenge.Met
		if isMet == l.met[v.Item.ID] {
			continue
		}
		l.met[v.Item.ID] = isMet
		var err error
		if isMet {
			_, err = fmt.Fprintf(l.env.stderr, "✓ %s (%s)\n", show.Text(v.Item.Title), v.Item.ID)
		} else {
			_, err = fmt.Fprintf(l.env.stderr, "✗ %s (%s): %s\n", show.Text(v.Item.Title), v.Item.ID, show.Text(v.Seen))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// complete reports whether there is a request, and no trace that still gets spans.
func (l *liveChallenge) complete() bool {
	if l.grade.Requests == 0 {
		return false
	}
	for _, summary := range l.store.Traces(store.Query{Limit: challengeTraces}) {
		if !summary.Settled {
			return false
		}
	}
	return true
}

// drive sends a request for a task, with a traceparent whose trace is the given one.
func drive(ctx context.Context, target string, trace tracetree.TraceID) error {
	ctx, cancel := context.WithTimeout(ctx, driveTimeout)
	defer cancel()
	body, err := json.Marshal(map[string]string{"title": defaultTitle})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("traceparent", fmt.Sprintf("00-%s-%s-01", trace, trace.String()[:16]))
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 200))
	if err == nil && response.StatusCode/100 != 2 {
		err = fmt.Errorf("POST %s: found %s %s, want a status from 200 to 299", target, response.Status, answer)
	}
	return err
}
