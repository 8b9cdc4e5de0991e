package sampling

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"tracelab/lab"
	"tracelab/taskservice/task"
)

// callers is the number of concurrent requests. Slow ones wait most of the time, so
// it is many times the number of cores.
const callers = 64

// driver sends the requests of a plan to the gateway's handler.
type driver struct {
	handler  http.Handler
	plan     *plan
	progress func(int)

	next, answered atomic.Int64
}

// fill puts the tasks into the table that are there before the first request.
func fill(ctx context.Context, system *lab.Lab, tasks []string) error {
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	now := text(task.TimeText(time.Now()))
	for _, id := range tasks {
		_, err := system.DynamoDB().PutItem(ctx, &dynamodb.PutItemInput{
			TableName: aws.String(lab.Table),
			Item: map[string]types.AttributeValue{
				"id": text(id), "title": text("task " + id), "created_at": now, "updated_at": now,
				"status": text(task.StatusProcessed),
			},
		})
		if err != nil {
			return fmt.Errorf("fill table: %w", err)
		}
	}
	return nil
}

// drive sends all requests, or those until ctx ends.
func (d *driver) drive(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	for range min(callers, len(d.plan.requests)) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(d.next.Add(1)) - 1
				if i >= len(d.plan.requests) {
					return
				}
				if err := d.send(ctx, i, &d.plan.requests[i]); err != nil {
					cancel(err)
				}
				d.report()
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

func (d *driver) report() {
	n := int(d.answered.Add(1))
	if every := max(1, len(d.plan.requests)/100); d.progress != nil && n%every == 0 {
		d.progress(n)
	}
}

func (d *driver) send(ctx context.Context, i int, planned *request) error {
	path, body := "/tasks", ""
	switch planned.method {
	case http.MethodPost:
		body = fmt.Sprintf(`{"title": "task %d"}`, i)
	case http.MethodPatch:
		body = fmt.Sprintf(`{"title": "task %d"}`, i)
		path += "/" + planned.task
	default:
		if path += "?page_size=10"; planned.task != "" {
			path = "/tasks/" + planned.task
		}
	}
	r, err := http.NewRequestWithContext(context.WithValue(ctx, requestKey{}, i), planned.method,
		"http://"+lab.Gateway+path, strings.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	r.RemoteAddr = "10.0.0.1:4711"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if planned.key != "" {
		r.Header.Set("Idempotency-Key", planned.key)
	}
	d.handler.ServeHTTP(&response{header: http.Header{}}, r)
	return nil
}

// response throws away what a handler answers: what became of a request is in its
// trace.
type response struct{ header http.Header }

func (w *response) Header() http.Header         { return w.header }
func (w *response) WriteHeader(int)             {}
func (w *response) Write(p []byte) (int, error) { return len(p), nil }
