package scenarios

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
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"tracelab/fakes"
	"tracelab/lab"
	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec/fromsdk"
	"tracelab/tracetree/play"
)

// Times of a run.
const (
	settleTimeout = 30 * time.Second
	closeTimeout  = 5 * time.Second
	drain         = time.Second
)

// An Outcome is what a run left behind.
type Outcome struct {
	Scenario *Scenario
	Answers  []Answer
	Spans    []sdktrace.ReadOnlySpan // in the order of their start
	Forest   *tracetree.Forest
	Checked  check.Result
	Wire     []lab.Hop
	Logs     []lab.LogRecord
	// DeadLetters is how many messages are in the dead-letter queue.
	DeadLetters int

	// Report says how the tree differs from the expected one; nil when it doesn't.
	Report *tracetree.Report
	// Wrong says what else isn't as the file says: statuses, findings, claims of the story.
	Wrong []string
}

// AsExpected reports whether everything is as the file says.
func (o *Outcome) AsExpected() bool { return o.Report == nil && len(o.Wrong) == 0 }

// An Answer is what the gateway answered to one request.
type Answer struct {
	Request Request
	Status  int
	Body    []byte
}

// Run runs the scenario, on a system of its own, and compares what happened with the file. The config is added to: the
// spans go to its exporters and processors as well. What isn't as expected is in the outcome; an error says that the run
// itself failed.
func (s *Scenario) Run(ctx context.Context, config telemetry.Config) (*Outcome, error) {
	run := s.runSystem
	if s.Played() {
		run = s.runPlay
	}
	o, err := run(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("run scenario %s: %w", s.Name, err)
	}
	if err := s.look(ctx, o); err != nil {
		return nil, fmt.Errorf("run scenario %s: %w", s.Name, err)
	}
	return o, nil
}

// look builds the forest of the spans, checks it, and compares it with what is expected.
func (s *Scenario) look(ctx context.Context, o *Outcome) error {
	if s.Settings.Redact {
		kept := tracetest.NewInMemoryExporter()
		if err := telemetry.Redacting(kept).ExportSpans(ctx, o.Spans); err != nil {
			return err
		}
		o.Spans = kept.GetSpans().Snapshots()
	}
	o.Forest = tracetree.Build(fromsdk.Spans(o.Spans))
	o.Checked = check.Run(check.All(), check.Input{Forest: o.Forest}, s.checkConfig())
	if s.open {
		o.Wrong = nil
		return nil
	}
	o.Report = s.Tree.Match(o.Forest)
	o.Wrong = append(o.Wrong, compareFindings(s.Findings, o.Checked.Findings)...)
	o.Wrong = append(o.Wrong, o.unshown()...)
	return nil
}

// runPlay plays the tree: real spans of real providers, one for each service.
func (s *Scenario) runPlay(ctx context.Context, config telemetry.Config) (*Outcome, error) {
	recorder := tracetest.NewSpanRecorder()
	config.Processors = append([]sdktrace.SpanProcessor{recorder}, config.Processors...)
	pipeline := telemetry.NewPipeline(config)
	err := play.Play(ctx, s.Play, play.Config{Pipeline: pipeline})
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	o := &Outcome{Scenario: s}
	for _, span := range recorder.Started() {
		o.Spans = append(o.Spans, span)
	}
	return o, errors.Join(err, pipeline.Shutdown(closing))
}

// runSystem sends the requests through the task system, one after the other, each when all that followed from the one
// before has come to rest.
func (s *Scenario) runSystem(ctx context.Context, config telemetry.Config) (o *Outcome, err error) {
	setup := s.systemConfig()
	setup.Telemetry, setup.Drain = config, drain
	system, err := lab.Start(ctx, setup)
	if err != nil {
		return nil, err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		err = errors.Join(err, system.Close(closing))
	}()
	o = &Outcome{Scenario: s}
	if err := s.send(ctx, system, o); err != nil {
		return nil, err
	}
	o.Spans, o.Logs = system.Spans(), system.Logs()
	o.addHops(system)
	o.DeadLetters, err = deadLetters(ctx, system.SQS())
	return o, err
}

func deadLetters(ctx context.Context, queues *fakes.SQS) (int, error) {
	const waiting = types.QueueAttributeNameApproximateNumberOfMessages
	out, err := queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(fakes.QueueURL(lab.DeadLetterQueue)), AttributeNames: []types.QueueAttributeName{waiting},
	})
	if err != nil {
		return 0, fmt.Errorf("count dead letters: %w", err)
	}
	return strconv.Atoi(out.Attributes[string(waiting)])
}

func (s *Scenario) send(ctx context.Context, system *lab.Lab, o *Outcome) error {
	id := ""
	for _, request := range s.Requests {
		if strings.Contains(request.Path, newest) && id == "" {
			return fmt.Errorf("%s %s: no task was created yet whose id could take the place of %s", request.Method, request.Path, newest)
		}
		request.Path = strings.ReplaceAll(request.Path, newest, id)
		for range request.Count {
			response, err := system.Do(ctx, request.Request)
			if err != nil {
				return err
			}
			o.Answers = append(o.Answers, Answer{request, response.Status, response.Body})
			if request.Status != 0 && response.Status != request.Status {
				o.Wrong = append(o.Wrong, fmt.Sprintf("%s %s is answered with %d, the file expects %d", request.Method, request.Path, response.Status, request.Status))
			}
			if request.Method == http.MethodPost && response.Status == http.StatusCreated {
				var task struct{ ID string }
				if err := json.Unmarshal(response.Body, &task); err != nil {
					return fmt.Errorf("read task: %w", err)
				}
				id = task.ID
			}
			if !s.Settings.HoldWorker {
				if err := settle(ctx, system); err != nil {
					return err
				}
				o.addHops(system)
			}
		}
	}
	system.ReleaseWorker()
	return settle(ctx, system)
}

// addHops adds what went over the wire since the last time. Whether the client has its answer before the worker has
// its message is a matter of luck, so the answers come last.
func (o *Outcome) addHops(system *lab.Lab) {
	hops := system.Wire()[len(o.Wire):]
	isAnswer := func(hop lab.Hop) int {
		if hop.From == lab.Gateway && hop.Protocol == "HTTP" {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(hops, func(a, b lab.Hop) int { return isAnswer(a) - isAnswer(b) })
	o.Wire = append(o.Wire, hops...)
}

func settle(ctx context.Context, system *lab.Lab) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	return system.Settle(ctx)
}
