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
	"tracelab/live/checklist"
	"tracelab/live/guard"
	"tracelab/live/server"
	"tracelab/live/store"
	"tracelab/tracetree"
)

const (
	// challengeMemory is the memory for received traces.
	challengeMemory = 64 << 20
	// challengeTraces is the number of traces that --once waits for, the latest ones.
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
	screen := newChallengeScreen(env.stderr, c.Language)
	env.stderr = screen // log records don't disturb the drawing
	live := &liveChallenge{command: c, env: env, screen: screen}
	if c.Drive != "" {
		if _, err := rand.Read(live.trace[:]); err != nil {
			return err
		}
	}
	run, err := live.open(receiving, names)
	if err != nil {
		return err
	}
	changes := live.store.Subscribe(receiving)
	ended := make(chan error, 1)
	go func() { ended <- run(receiving) }()
	err = live.follow(receiving, changes, ended)
	stop()
	if end := <-ended; !errors.Is(end, context.Canceled) {
		err = errors.Join(err, end)
	}
	if err = errors.Join(err, screen.clear()); err != nil {
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
	list    *checklist.Checklist
	trace   tracetree.TraceID // of the request that was sent, or zero
	screen  *challengeScreen
	grade   challenge.Grade
}

// open opens what spans are received with, and the page if there is an address for it. It returns a
// function that serves until its context ends.
func (l *liveChallenge) open(ctx context.Context, names challenge.Names) (func(context.Context) error, error) {
	c := l.command
	config := store.Config{Memory: challengeMemory, Settle: c.Settle}
	if c.HTTP == "" {
		l.store = store.New(config)
		l.list = checklist.New(l.store, names, l.trace)
		return c.receive(l.env, l.store)
	}
	certificate, err := c.tls()
	if err != nil {
		return nil, err
	}
	var open listeners
	var at server.Listeners
	if at.OTLP, err = open.otlp(c.receiveFlags); err == nil {
		at.HTTP, err = open.listen("--http", c.HTTP)
	}
	if err != nil {
		open.close()
		return nil, err
	}
	token := open.token()
	s, err := server.New(ctx, server.Config{
		Store: config, Token: token, Hosts: c.Host, TLS: certificate, Log: logTo(l.env.stderr),
	})
	if err != nil {
		open.close()
		return nil, err
	}
	l.store, l.list = s.Store(), checklist.New(s.Store(), names, l.trace)
	addPage(s, nil, l.list)
	query := ""
	if token != "" {
		query = "?" + guard.Parameter + "=" + token
	}
	fmt.Fprintf(l.env.stderr, "The checklist is at %s/%s#/challenge\n\nTo send spans of a program, in its shell:\n%s\n",
		urlOf(at.HTTP, certificate != nil), query, exporterLines(at.OTLP, certificate != nil, token))
	return func(ctx context.Context) error { return s.Run(ctx, at) }, nil
}

// isOver reports whether there is nothing more to wait for. A page stays until an interrupt,
// because it is looked at.
func (l *liveChallenge) isOver() bool {
	return l.grade.Open() == 0 && l.command.HTTP == "" || l.command.Once && l.complete()
}

// follow grades the traces until all items are met, or one of the reasons to stop comes first. The
// error of the receiver stays in ended.
func (l *liveChallenge) follow(ctx context.Context, changes <-chan store.Change, ended chan error) error {
	var driven chan error
	if l.command.Drive != "" {
		driven = make(chan error, 1)
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
	var draw <-chan time.Time
	if l.screen.isDrawn() {
		if err := l.update(); err != nil { // what there is to do
			return err
		}
	}
	for {
		select {
		case change, ok := <-changes:
			if !ok {
				return l.update()
			}
			if !change.Settled && !change.Missed {
				if draw == nil && l.screen.isDrawn() {
					draw = time.After(drawPause) // with what arrives until then
				}
				continue
			}
			if err := l.update(); err != nil || l.isOver() {
				return err
			}
		case <-draw:
			draw = nil
			if err := l.update(); err != nil {
				return err
			}
		case err := <-driven:
			if ctx.Err() != nil {
				return l.update() // an interrupt, and no failure of the system
			}
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

// update grades the latest traces, and shows the grade.
func (l *liveChallenge) update() error {
	l.grade, _ = l.list.Grade()
	return l.screen.show(l.grade)
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
