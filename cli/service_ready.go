package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"tracelab/internal/redact"
)

// readiness answers probes.
type readiness struct {
	started atomic.Bool
	check   func(context.Context) error // nil is always ready
}

// readyTimeout bounds a check of readiness. Kubernetes waits a second by default.
const readyTimeout = 900 * time.Millisecond

func (r *readiness) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, req *http.Request) {
		if !r.started.Load() {
			http.Error(w, "starting or stopping", http.StatusServiceUnavailable)
			return
		}
		ctx, cancel := context.WithTimeout(req.Context(), readyTimeout)
		defer cancel()
		if r.check != nil {
			if err := r.check(ctx); err != nil {
				http.Error(w, redact.Text(err.Error()), http.StatusServiceUnavailable)
				return
			}
		}
		fmt.Fprintln(w, "ok")
	})
	return mux
}

// readyFor is the time for which the result of a check is returned again, so that probes, however
// many, cost AWS's APIs little.
const readyFor = 5 * time.Second

// cached returns check with its last result kept for readyFor. One check runs at a time, for at
// most readyTimeout, and others wait for its result. It goes on without the probe that caused it: a
// probe that gives up doesn't make the service not ready.
func cached(check func(context.Context) error) func(context.Context) error {
	var mu sync.Mutex
	var until time.Time
	var last error
	return func(ctx context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if time.Now().Before(until) {
			return last
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTimeout)
		defer cancel()
		last = check(ctx)
		until = time.Now().Add(readyFor)
		return last
	}
}

// ready returns an error that lists what the services need and AWS doesn't have, or doesn't answer
// for. It needs the permissions dynamodb:DescribeTable and sqs:GetQueueAttributes.
func (c *awsClients) ready(ctx context.Context, table, queueURL string) error {
	tableErr := answers(ctx, "table "+table+" at "+c.atDynamoDB.Address, func(ctx context.Context) error {
		return c.tableReady(ctx, table)
	})
	return errors.Join(tableErr, answers(ctx, "queue "+queueURL, func(ctx context.Context) error {
		_, err := c.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
			QueueUrl: &queueURL, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn},
		})
		return err
	}))
}

func (c *awsClients) tableReady(ctx context.Context, table string) error {
	out, err := c.dynamoDB.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &table})
	if err == nil && out.Table.TableStatus != ddbtypes.TableStatusActive &&
		out.Table.TableStatus != ddbtypes.TableStatusUpdating { // it can be used
		err = fmt.Errorf("its status is %s: want %s", out.Table.TableStatus, ddbtypes.TableStatusActive)
	}
	return err
}

// answerTimeout bounds each of the two calls of a check, so that a slow service isn't blamed on the
// other.
const answerTimeout = readyTimeout / 2

// answers calls AWS about a thing, and returns what is wrong with it and what to do.
func answers(ctx context.Context, what string, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	err := call(ctx)
	var noTable *ddbtypes.ResourceNotFoundException
	var noQueue *sqstypes.QueueDoesNotExist
	switch {
	case err == nil:
		return nil
	case errors.As(err, &noTable) || errors.As(err, &noQueue):
		return fmt.Errorf("%s: not found: tracelab setup aws makes it", what)
	case ctx.Err() != nil:
		return fmt.Errorf("%s: no answer within %s: %w", what, answerTimeout, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
