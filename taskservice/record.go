package taskservice

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tracelab/taskservice/task"
	"tracelab/taskservice/taskpb"
)

// The attributes of a stored task. traceparent and tracestate are of the call that created it, for
// the event that may have to be sent again; the request hash distinguishes a repeated request from
// another one under the same key. resends is how often the sweep has sent the event again, and
// swept_at when it last began to: created_at and updated_at are for clients.
const (
	attrID          = task.Key
	attrTitle       = "title"
	attrDescription = "description"
	attrStatus      = "status"
	attrCreatedAt   = "created_at"
	attrUpdatedAt   = "updated_at"
	attrTraceparent = "traceparent"
	attrTracestate  = "tracestate"
	attrRequestHash = "request_hash"
	attrResends     = "resends"
	attrSweptAt     = "swept_at"
)

// record is a task as it is stored.
type record struct {
	id, title, description  string
	status                  taskpb.TaskStatus
	createdAt, updatedAt    time.Time
	traceparent, tracestate string
	requestHash             string
	resends                 int
	sweptAt                 time.Time // zero: no sweep has taken it
}

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func num(n int) types.AttributeValue { return &types.AttributeValueMemberN{Value: strconv.Itoa(n)} }

func key(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{attrID: str(id)}
}

func (r *record) item() map[string]types.AttributeValue {
	item := map[string]types.AttributeValue{
		attrID:        str(r.id),
		attrTitle:     str(r.title),
		attrStatus:    str(taskpb.StatusText(r.status)),
		attrCreatedAt: str(task.TimeText(r.createdAt)),
		attrUpdatedAt: str(task.TimeText(r.updatedAt)),
	}
	for attr, value := range map[string]string{
		attrDescription: r.description,
		attrTraceparent: r.traceparent,
		attrTracestate:  r.tracestate,
		attrRequestHash: r.requestHash,
	} {
		if value != "" {
			item[attr] = str(value)
		}
	}
	if r.resends > 0 {
		item[attrResends] = num(r.resends)
	}
	if !r.sweptAt.IsZero() {
		item[attrSweptAt] = str(task.TimeText(r.sweptAt))
	}
	return item
}

func parseRecord(item map[string]types.AttributeValue) (record, error) {
	text := func(attr string) string {
		if s, ok := item[attr].(*types.AttributeValueMemberS); ok {
			return s.Value
		}
		return ""
	}
	r := record{
		id: text(attrID), title: text(attrTitle), description: text(attrDescription),
		status:      taskpb.ParseStatus(text(attrStatus)),
		traceparent: text(attrTraceparent), tracestate: text(attrTracestate), requestHash: text(attrRequestHash),
	}
	if r.id == "" {
		return r, unreadable("", attrID, errors.New("missing, empty or not a string"))
	}
	if r.status == taskpb.TaskStatus_TASK_STATUS_UNSPECIFIED {
		return r, unreadable(r.id, attrStatus, fmt.Errorf("unknown status %q", text(attrStatus)))
	}
	for _, field := range []struct {
		attr     string
		into     *time.Time
		optional bool
	}{{attrCreatedAt, &r.createdAt, false}, {attrUpdatedAt, &r.updatedAt, false}, {attrSweptAt, &r.sweptAt, true}} {
		if _, found := item[field.attr]; !found && field.optional {
			continue
		}
		at, err := time.Parse(task.TimeLayout, text(field.attr))
		if err != nil {
			return r, unreadable(r.id, field.attr, err)
		}
		*field.into = at
	}
	if n, ok := item[attrResends].(*types.AttributeValueMemberN); ok {
		resends, err := strconv.Atoi(n.Value)
		if err != nil {
			return r, unreadable(r.id, attrResends, err)
		}
		r.resends = resends
	}
	return r, nil
}

func unreadable(id, attr string, err error) error {
	return fmt.Errorf("%w: task %s, attribute %s: %w", errUnreadable, id, attr, err)
}

// A record is a carrier of trace context, for propagation.TraceContext.

func (r *record) Get(name string) string {
	switch name {
	case attrTraceparent:
		return r.traceparent
	case attrTracestate:
		return r.tracestate
	default:
		return ""
	}
}

func (r *record) Set(name, value string) {
	switch name {
	case attrTraceparent:
		r.traceparent = value
	case attrTracestate:
		r.tracestate = value
	}
}

func (r *record) Keys() []string { return []string{attrTraceparent, attrTracestate} }

func (r *record) task() *taskpb.Task {
	return &taskpb.Task{
		Id: r.id, Title: r.title, Description: r.description, Status: r.status,
		CreatedAt: timestamppb.New(r.createdAt), UpdatedAt: timestamppb.New(r.updatedAt),
	}
}
