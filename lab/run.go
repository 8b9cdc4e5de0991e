package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/fakes"
	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec/fromsdk"
)

// NewestTask in the path of a [Request] stands for the id of the task that was created last.
const NewestTask = "{id}"

const (
	settleTimeout = 30 * time.Second
	closeTimeout  = 5 * time.Second
)

// A Recording is the result of a run of the system. Every part of it is computed once, at the end
// of the run.
type Recording struct {
	Answers []Answer
	// Spans are the spans that have ended, in the order of their start, with their secrets masked.
	Spans []sdktrace.ReadOnlySpan
	// Forest contains the trees of Spans, for printing.
	Forest *tracetree.Forest
	// Checked contains the trees that were checked. Unless [Config].MaskBeforeChecks was set, they
	// contain secrets, and must not be printed.
	Checked *tracetree.Forest
	// Findings is the result of the checks. Quoted text is masked.
	Findings check.Result
	// Wire contains the messages on each hop, in order, if [Config].Wire was set. The gateway's
	// response to a request comes after all other messages that the request caused.
	Wire []Hop
	// Logs are the services' log records, in order, if [Config].Logs was set.
	Logs []LogRecord
	// DeadLetters is the number of messages in the dead-letter queue.
	DeadLetters int
}

// An Answer is the gateway's response to one request.
type Answer struct {
	Request Request
	Response
}

// Run starts a system, records what it does for the requests as [Lab.Record] does, and closes it.
func Run(ctx context.Context, config Config, requests ...Request) (r *Recording, err error) {
	system, err := Start(ctx, config)
	if err != nil {
		return nil, err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		err = errors.Join(err, system.Close(closing))
	}()
	return system.Record(ctx, requests...)
}

// Record sends the requests one after the other, each when the system has settled after the one
// before, and returns everything that the system did since its start. A worker that
// [Config].HoldWorker holds is released after the last request, and the system settles only then.
//
// If the system doesn't settle within 30 seconds, or ctx is done before that, Record returns both
// the recording so far and an error. If a request can't be sent, the recording is nil.
func (l *Lab) Record(ctx context.Context, requests ...Request) (*Recording, error) {
	var answers []Answer
	var wire []Hop
	var unsettled error
	newest := ""
	for _, request := range requests {
		if strings.Contains(request.Path, NewestTask) && newest == "" {
			return nil, fmt.Errorf("%s %s: no task was created yet: want a POST /tasks first, for %s to stand for its id",
				request.Method, request.Path, NewestTask)
		}
		request.Path = strings.ReplaceAll(request.Path, NewestTask, newest)
		response, err := l.Do(ctx, request)
		if err != nil {
			return nil, err
		}
		answers = append(answers, Answer{request, *response})
		if request.Method == http.MethodPost && response.Status == http.StatusCreated {
			var task struct{ ID string }
			if err := json.Unmarshal(response.Body, &task); err != nil {
				return nil, fmt.Errorf("read task: %w", err)
			}
			newest = task.ID
		}
		if l.config.HoldWorker {
			continue
		}
		if unsettled = l.settleInTime(ctx); unsettled != nil {
			break
		}
		wire = append(wire, responsesLast(l.Wire()[len(wire):])...)
	}
	if l.ReleaseWorker(); unsettled == nil {
		unsettled = l.settleInTime(ctx)
	}
	wire = append(wire, responsesLast(l.Wire()[len(wire):])...)
	r := NewRecording(l.Spans(), l.config.Checks, l.config.MaskBeforeChecks)
	r.Answers, r.Wire, r.Logs = answers, wire, l.Logs()
	r.sharpen(l.config.Checks)
	var err error
	r.DeadLetters, err = l.deadLetters(context.WithoutCancel(ctx)) // a fake in memory: it returns at once
	return r, errors.Join(unsettled, err)
}

// NewRecording returns the recording of spans that were recorded elsewhere: it has no answers, hops
// or logs.
func NewRecording(spans []sdktrace.ReadOnlySpan, config check.Config, maskBeforeChecks bool) *Recording {
	r := &Recording{Spans: telemetry.Masked(spans)}
	r.Forest = tracetree.Build(fromsdk.Spans(r.Spans))
	r.Checked = r.Forest
	if masked := len(spans) > 0 && &r.Spans[0] != &spans[0]; masked && !maskBeforeChecks {
		r.Checked = tracetree.Build(fromsdk.Spans(spans))
	}
	r.Findings = check.Run(check.All(), check.Input{Forest: r.Checked}, config)
	return r
}

// responsesLast moves the gateway's responses to the end: whether the client has its response
// before the worker has its message is decided by chance.
func responsesLast(hops []Hop) []Hop {
	isResponse := func(hop Hop) int {
		if hop.From == Gateway && hop.Protocol == "HTTP" {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(hops, func(a, b Hop) int { return isResponse(a) - isResponse(b) })
	return hops
}

func (l *Lab) settleInTime(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	return l.Settle(ctx)
}

func (l *Lab) deadLetters(ctx context.Context) (int, error) {
	const waiting = types.QueueAttributeNameApproximateNumberOfMessages
	out, err := l.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(fakes.QueueURL(DeadLetterQueue)), AttributeNames: []types.QueueAttributeName{waiting},
	})
	if err != nil {
		return 0, fmt.Errorf("count dead letters: %w", err)
	}
	return strconv.Atoi(out.Attributes[string(waiting)])
}
