package taskservice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"tracelab/taskservice/task"
	"tracelab/taskservice/taskpb"
)

// A Service answers tasks.TaskService. It is safe for concurrent use.
type Service struct {
	taskpb.UnimplementedTaskServiceServer

	config Config
	tracer trace.Tracer
	logger *slog.Logger
	store  store
	events publisher
}

// New returns a service that keeps its tasks in the config's table and sends its events to the
// config's queue.
func New(config Config) (*Service, error) {
	config, err := config.check()
	if err != nil {
		return nil, err
	}
	return &Service{
		config: config,
		tracer: config.Telemetry.Tracer(),
		logger: config.Telemetry.Logger,
		store:  store{db: config.DynamoDB, table: aws.String(config.Table)},
		events: publisher{sqs: config.SQS, queueURL: aws.String(config.QueueURL), attributes: config.EventAttributes},
	}, nil
}

// TaskID returns the id of the task that is created under an idempotency key.
func TaskID(idempotencyKey string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(idempotencyKey)).String()
}

// CreateTask stores a task as PENDING and publishes task-created. The task's id is derived from the
// idempotency key, so that the condition of the one write is the whole check for a repeated call.
func (s *Service) CreateTask(ctx context.Context, in *taskpb.CreateTaskRequest) (*taskpb.CreateTaskResponse, error) {
	if err := invalid(in.Validate()); err != nil {
		return nil, err
	}
	now := time.Now()
	r := record{
		id: s.config.NewID(), title: in.GetTitle(), description: in.GetDescription(),
		status: taskpb.TaskStatus_TASK_STATUS_PENDING, createdAt: now, updatedAt: now,
	}
	if key := in.GetIdempotencyKey(); key != "" {
		r.id = TaskID(key)
		r.requestHash = requestHash(in)
	}
	// The item keeps the trace that it was created in, whatever the configured propagator writes:
	// the sweep reads it back.
	propagation.TraceContext{}.Inject(ctx, &r)

	stored, err := s.store.create(ctx, r)
	switch {
	case errors.Is(err, errExists):
		return s.replay(ctx, r, stored, err)
	case err != nil:
		return nil, s.fail(ctx, "store task", err)
	}
	if err := s.events.publish(ctx, task.Event{Type: task.EventCreated, TaskID: r.id}); err != nil {
		return nil, s.notAnnounced(ctx, r.id, err)
	}
	s.logger.LogAttrs(ctx, slog.LevelInfo, "task created", slog.String("task_id", r.id))
	return &taskpb.CreateTaskResponse{Task: r.task()}, nil
}

// replay answers a call whose task exists with the first call's result, whatever has become of the
// task since.
func (s *Service) replay(
	ctx context.Context,
	asked, stored record,
	err error,
) (*taskpb.CreateTaskResponse, error) {
	if asked.requestHash == "" || stored.id == "" || errors.Is(err, errUnreadable) {
		return nil, s.fail(ctx, "store task", err)
	}
	if asked.requestHash != stored.requestHash {
		return nil, errKeyReused()
	}
	s.logger.LogAttrs(ctx, slog.LevelInfo, "task was created before", slog.String("task_id", stored.id))
	first := asked // equal to what the first call asked for
	first.id, first.createdAt, first.updatedAt = stored.id, stored.createdAt, stored.createdAt
	return &taskpb.CreateTaskResponse{Task: first.task(), Replayed: true}, nil
}

// requestHash distinguishes two requests under one idempotency key.
func requestHash(in *taskpb.CreateTaskRequest) string {
	h := sha256.New()
	// The length marks the end of the title: both may hold any character.
	fmt.Fprintf(h, "%d:%s%s", len(in.GetTitle()), in.GetTitle(), in.GetDescription())
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// GetTask returns one task.
func (s *Service) GetTask(ctx context.Context, in *taskpb.GetTaskRequest) (*taskpb.Task, error) {
	if err := invalid(in.Validate()); err != nil {
		return nil, err
	}
	r, err := s.store.get(ctx, in.GetId())
	if err != nil {
		return nil, s.fail(ctx, "get task", err)
	}
	return r.task(), nil
}

// ListTasks returns a page of tasks, in the table's own order.
func (s *Service) ListTasks(ctx context.Context, in *taskpb.ListTasksRequest) (*taskpb.ListTasksResponse, error) {
	if err := invalid(in.Validate()); err != nil {
		return nil, err
	}
	after, err := parsePageToken(in.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := in.GetPageSize()
	if size == 0 {
		size = task.DefaultPageSize
	}
	records, last, err := s.store.list(ctx, after, size)
	var foreign unreadableError
	switch {
	case errors.As(err, &foreign):
		s.skip(ctx, foreign)
	case err != nil:
		return nil, s.fail(ctx, "list tasks", err)
	}
	out := &taskpb.ListTasksResponse{NextPageToken: formatPageToken(last)}
	for _, r := range records {
		out.Tasks = append(out.Tasks, r.task())
	}
	return out, nil
}

// SkippedItemsKey is the number of items of the table that a list left out because they aren't
// tasks.
const SkippedItemsKey = attribute.Key("tracelab.tasks.skipped_items")

// skip reports the items that a page leaves out: a table that others write to must not keep the
// tasks from their readers.
func (s *Service) skip(ctx context.Context, foreign unreadableError) {
	trace.SpanFromContext(ctx).SetAttributes(SkippedItemsKey.Int(len(foreign)))
	s.logger.LogAttrs(ctx, slog.LevelWarn, "skipped items that are not tasks",
		slog.Int("count", len(foreign)), slog.Any("error", foreign))
}

// UpdateTask writes the fields that the mask names.
func (s *Service) UpdateTask(ctx context.Context, in *taskpb.UpdateTaskRequest) (*taskpb.Task, error) {
	if err := invalid(in.Validate()); err != nil {
		return nil, err
	}
	changes := map[string]string{attrUpdatedAt: task.TimeText(time.Now())}
	for _, path := range in.GetUpdateMask().GetPaths() {
		switch path {
		case "title":
			changes[attrTitle] = in.GetTask().GetTitle()
		case "description":
			changes[attrDescription] = in.GetTask().GetDescription()
		case "status":
			changes[attrStatus] = taskpb.StatusText(in.GetTask().GetStatus())
		}
	}
	r, err := s.store.update(ctx, in.GetTask().GetId(), changes)
	if err != nil {
		return nil, s.fail(ctx, "update task", err)
	}
	return r.task(), nil
}

// DeleteTask removes a task. Its event, if one is under way, finds nothing to update and is done
// with.
func (s *Service) DeleteTask(ctx context.Context, in *taskpb.DeleteTaskRequest) (*taskpb.DeleteTaskResponse, error) {
	if err := invalid(in.Validate()); err != nil {
		return nil, err
	}
	if err := s.store.delete(ctx, in.GetId()); err != nil {
		return nil, s.fail(ctx, "delete task", err)
	}
	return &taskpb.DeleteTaskResponse{}, nil
}
