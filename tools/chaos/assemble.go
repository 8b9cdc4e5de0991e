package main

import (
	"context"
	"fmt"
	"path/filepath"

	"tracelab/tools/system"
)

// assemble starts the system.
func assemble(ctx context.Context, dir, tracelab, collector string) (_ *setup, err error) {
	s := &setup{host: system.NewHost(dir), spans: filepath.Join(dir, "spans.jsonl"), seen: newObserver()}
	defer func() {
		if err != nil {
			s.host.Close()
		}
	}()
	s.tracelab = system.Tracelab{Path: tracelab}
	queue := fmt.Sprintf("task-events,visibility=%s,dead-letter=dead,max-receives=%d", visibility, receives)
	aws, err := s.host.Start(ctx, s.tracelab.AWS("--table", "tasks", "--queue", queue, "--queue", "dead"))
	if err != nil {
		return nil, err
	}
	s.aws = aws.Address()
	if s.dynamoDB, err = newBox(s.aws, s.seen.before, s.seen.after); err != nil {
		return nil, err
	}
	if s.sqs, err = newBox(s.aws, s.seen.before, s.seen.after); err != nil {
		return nil, err
	}
	spansTo, err := system.FreeAddress()
	if err != nil {
		return nil, err
	}
	s.collector, err = system.Collector{Path: collector, Listen: spansTo, File: s.spans}.Program(dir)
	if err != nil {
		return nil, err
	}
	if s.collecting, err = s.host.Start(ctx, s.collector); err != nil {
		return nil, err
	}
	s.tracelab.Env = append(system.AWSAt(s.dynamoDB.url(), s.sqs.url()), system.SpansTo(spansTo)...)
	// Room and time for the spans that wait while there is no Collector.
	s.tracelab.Env = append(s.tracelab.Env,
		"OTEL_BSP_MAX_QUEUE_SIZE=100000", "OTEL_BSP_EXPORT_TIMEOUT=60000", "OTEL_EXPORTER_OTLP_TIMEOUT=60000")
	tasksAt, err := system.FreeAddress()
	if err != nil {
		return nil, err
	}
	s.tasksAt = tasksAt
	if s.grpc, err = newRelay(tasksAt); err != nil {
		return nil, err
	}
	if err := s.startTasks(ctx); err != nil {
		return nil, err
	}
	if err := s.startWorker(ctx); err != nil {
		return nil, err
	}
	s.gateway, err = s.host.Start(ctx, s.tracelab.Gateway("127.0.0.1:0", s.grpc.Addr().String(), "--drain=10s"))
	return s, err
}

func (s *setup) startTasks(ctx context.Context) (err error) {
	s.tasks, err = s.host.Start(ctx,
		s.tracelab.TaskService(s.tasksAt, "--drain=10s", "--resend-after="+resendAfter.String()))
	return err
}

func (s *setup) startWorker(ctx context.Context) (err error) {
	s.worker, err = s.host.Start(ctx, s.tracelab.Worker("--drain=6s", "--visibility="+visibility.String()))
	return err
}
