package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"tracelab/lab"
	"tracelab/tools/system"
)

// within bounds each wait for spans that are under way.
const within = 2 * time.Minute

// services starts the services, which export their spans to an address, on a stand-in for AWS with
// arguments of its own.
func (p proofs) services(ctx context.Context, spansTo string, aws ...string) (system.Services, error) {
	t := system.Tracelab{Path: p.tracelab}
	env, err := p.host.StartAWS(ctx, t, aws...)
	if err != nil {
		return system.Services{}, err
	}
	t.Env = append(env, system.SpansTo(spansTo)...)
	return p.host.StartServices(ctx, t, "--drain=4s")
}

// stopWithin is how long each of the services may take to end.
const stopWithin = 30 * time.Second

// startCollector starts a Collector on a free port, and returns its address.
func (p proofs) startCollector(ctx context.Context, c system.Collector) (*system.Process, string, error) {
	var err error
	c.Path = p.collector
	if c.Listen, err = system.FreeAddress(); err != nil {
		return nil, "", err
	}
	dir, err := os.MkdirTemp(p.dir, "collector")
	if err != nil {
		return nil, "", err
	}
	program, err := c.Program(dir)
	if err != nil {
		return nil, "", err
	}
	process, err := p.host.Start(ctx, program)
	return process, c.Listen, err
}

func (p proofs) arrivesIn1(ctx context.Context) error {
	jaeger, err := p.host.StartJaeger1(ctx, p.jaeger1)
	if err != nil {
		return err
	}
	if err := p.arrives(ctx, jaeger); err != nil {
		return err
	}
	return p.save(ctx, jaeger)
}

func (p proofs) arrivesIn2(ctx context.Context) error {
	jaeger, err := p.host.StartJaeger2(ctx, p.jaeger2)
	if err != nil {
		return err
	}
	return p.arrives(ctx, jaeger)
}

// arrives proves that tracelab finds the trace of a request in Jaeger, over both of its APIs.
func (p proofs) arrives(ctx context.Context, jaeger system.Jaeger) error {
	_, collector, err := p.startCollector(ctx, system.Collector{Jaeger: jaeger.Spans})
	if err != nil {
		return err
	}
	s, err := p.services(ctx, collector)
	if err != nil {
		return err
	}
	switch answer, err := system.CreateTask(ctx, http.DefaultClient, s.Gateway.Address(), "Learn tracing", ""); {
	case err != nil:
		return err
	case answer.Status != http.StatusCreated:
		return fmt.Errorf("POST /tasks was answered with status %d\n%s", answer.Status, s.Gateway.Log())
	}
	tree := filepath.Join(p.dir, "expected.tree")
	if err := os.WriteFile(tree, []byte(lab.ExpectedTree), 0o600); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for _, api := range []string{"/api/v3", "/api"} {
		err := system.Await(waiting, "find the trace over "+api, func(ctx context.Context) error {
			out, err := exec.CommandContext(ctx, p.tracelab, "expect", "--from", "jaeger="+jaeger.Query+api,
				"--service", lab.Gateway, "--operation", "POST /tasks", "--tree", tree).CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%w\n%s", err, out)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.Stop(stopWithin)
}

// save keeps Jaeger's answers, if that is wanted.
func (p proofs) save(ctx context.Context, jaeger system.Jaeger) error {
	if p.record == "" {
		return nil
	}
	query := url.Values{"service": {lab.Gateway}, "operation": {"POST /tasks"}, "lookback": {"1h"}, "limit": {"20"}}
	now := time.Now().UTC()
	queryV3 := url.Values{
		"query.service_name": {lab.Gateway}, "query.operation_name": {"POST /tasks"}, "query.num_traces": {"20"},
		"query.start_time_min": {now.Add(-time.Hour).Format(time.RFC3339Nano)},
		"query.start_time_max": {now.Add(time.Minute).Format(time.RFC3339Nano)},
	}
	for name, path := range map[string]string{
		"api.json": "/api/traces?" + query.Encode(), "api-v3.json": "/api/v3/traces?" + queryV3.Encode(),
	} {
		answer, err := system.Get(ctx, jaeger.Query+path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(p.record, name), answer, 0o644); err != nil {
			return err
		}
	}
	return nil
}
