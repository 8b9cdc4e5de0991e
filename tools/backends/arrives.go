package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"tracelab/lab"
	"tracelab/tools/system"
)

// within bounds each wait for spans that are under way.
const within = 30 * time.Second

// services starts the fakes of AWS and the three services, which export their spans to an address.
func (p proofs) services(ctx context.Context, spansTo string, aws ...string) (services, error) {
	var s services
	tracelab := system.Tracelab{Path: p.tracelab}
	fakes, err := p.host.Start(ctx, tracelab.AWS(aws...))
	if err != nil {
		return s, err
	}
	tracelab.Env = append(system.AWSAt(fakes.Address(), fakes.Address()), system.SpansTo(spansTo)...)
	s.worker, err = p.host.Start(ctx, tracelab.Worker("--drain=4s"))
	if err != nil {
		return s, err
	}
	s.tasks, err = p.host.Start(ctx, tracelab.TaskService("127.0.0.1:0", "--drain=4s"))
	if err != nil {
		return s, err
	}
	s.gateway, err = p.host.Start(ctx, tracelab.Gateway("127.0.0.1:0", s.tasks.Address(), "--drain=4s"))
	return s, err
}

type services struct{ gateway, tasks, worker *system.Process }

// stop ends the services, which export their last spans.
func (s services) stop() error {
	for _, process := range []*system.Process{s.gateway, s.tasks, s.worker} {
		if err := process.Stop(10 * time.Second); err != nil {
			return err
		}
	}
	return nil
}

// create sends a request for a task, and returns the status of the answer.
func (s services) create(ctx context.Context, title string) (int, error) {
	body := fmt.Sprintf(`{"title": %q}`, title)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.gateway.Address()+"/tasks", strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

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
	switch status, err := s.create(ctx, "Learn tracing"); {
	case err != nil:
		return err
	case status != http.StatusCreated:
		return fmt.Errorf("POST /tasks was answered with status %d\n%s", status, s.gateway.Log())
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
	return s.stop()
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
