package taskservice

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tracelab/taskservice/taskpb"
)

// The attributes of a stored task. traceparent and tracestate are of the call
// that created it, for the event that may have to be sent again; the request
// hash tells a repeated request from another one under the same key.
const (
	attrID          = "id"
	attrTitle       = "title"
	attrDescription = "description"
	attrStatus      = "status"
	attrCreatedAt   = "created_at"
	attrUpdatedAt   = "updated_at"
	attrTraceparent = "traceparent"
	attrTracestate  = "tracestate"
	attrRequestHash = "request_hash"
)

const (
	statusPending   = "PENDING"
	statusProcessed = "PROCESSED"
	statusDone      = "DONE"
)

// record is a task as it is stored.
type record struct {
	id, title, description, status string
	createdAt, updatedAt           time.Time
	traceparent, tracestate        string
	requestHash                    string
}

// timeLayout has a fixed width, so that times compare as the text they are
// stored as.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func key(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{attrID: str(id)}
}

func (r record) item() map[string]types.AttributeValue {
	item := map[string]types.AttributeValue{
		attrID:        str(r.id),
		attrTitle:     str(r.title),
		attrStatus:    str(r.status),
		attrCreatedAt: str(formatTime(r.createdAt)),
		attrUpdatedAt: str(formatTime(r.updatedAt)),
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
		id: text(attrID), title: text(attrTitle), description: text(attrDescription), status: text(attrStatus),
		traceparent: text(attrTraceparent), tracestate: text(attrTracestate), requestHash: text(attrRequestHash),
	}
	for attr, at := range map[string]*time.Time{attrCreatedAt: &r.createdAt, attrUpdatedAt: &r.updatedAt} {
		t, err := time.Parse(timeLayout, text(attr))
		if err != nil {
			return r, fmt.Errorf("read task %s: attribute %s: %w", r.id, attr, err)
		}
		*at = t
	}
	return r, nil
}

func (r record) task() *taskpb.Task {
	return &taskpb.Task{
		Id: r.id, Title: r.title, Description: r.description, Status: parseStatus(r.status),
		CreatedAt: timestamppb.New(r.createdAt), UpdatedAt: timestamppb.New(r.updatedAt),
	}
}

func parseStatus(s string) taskpb.TaskStatus {
	return taskpb.TaskStatus(taskpb.TaskStatus_value["TASK_STATUS_"+s]) // unknown is UNSPECIFIED
}

func formatStatus(s taskpb.TaskStatus) string {
	switch s {
	case taskpb.TaskStatus_TASK_STATUS_PROCESSED:
		return statusProcessed
	case taskpb.TaskStatus_TASK_STATUS_DONE:
		return statusDone
	default:
		return statusPending
	}
}
