package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tracelab/tools/system"
)

// A fault is something that goes wrong, on purpose.
type fault struct {
	name string
	// strike lets it happen, and returns how often it struck when it is over.
	strike func(context.Context) (int, error)
}

// How often and for how long faults strike.
const (
	kills      = 3
	outage     = 4 * time.Second
	grpcOutage = 10 * time.Second
	strikes    = 20
	poisoned   = 5
)

// strikeWithin bounds the wait for calls that a fault is about.
const strikeWithin = time.Minute

func (s *setup) faults() []fault {
	return []fault{
		{"a message delivered twice", s.played("- {sqs: SendMessage, duplicate: 1, times: %d}", strikes)},
		{"a message delivered late", s.played("- {sqs: SendMessage, delivery_delay: 3s, times: %d}", strikes)},
		{"a write of a task throttled", s.played("- {dynamodb: PutItem, error: throttled, times: %d}", strikes)},
		{"an update of a task throttled", s.played("- {dynamodb: UpdateItem, error: throttled, times: %d}", strikes)},
		{"an event throttled", s.played("- {sqs: SendMessage, error: throttled, times: %d}", strikes)},
		{"a write whose answer is lost", s.played("- {dynamodb: PutItem, error: connection lost, after: true, times: %d}", 5)},
		{"a message that can't be processed", s.poison},
		{"the worker killed in the middle of a batch", s.killWorker},
		{"the task service killed between its write and its event", s.killTasks},
		{"a connection to the database cut", s.cut(s.dynamoDB.cutListener, outage)},
		{"a connection to the queue cut", s.cut(s.sqs.cutListener, outage)},
		{"a connection of gRPC cut", s.cut(s.grpc.cutListener, grpcOutage)},
		{"the Collector stopped and started again", s.stopCollector},
	}
}

// played is a fault of the fakes.
func (s *setup) played(format string, times int) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		if err := s.setFaults(ctx, fmt.Sprintf(format, times)); err != nil {
			return 0, err
		}
		waiting, cancel := context.WithTimeout(ctx, strikeWithin)
		defer cancel()
		struck := 0
		err := system.Await(waiting, fmt.Sprintf("wait for it to strike %d times", times), func(ctx context.Context) (err error) {
			if struck, err = s.struck(ctx); err == nil && struck < times {
				err = fmt.Errorf("it struck %d times", struck)
			}
			return err
		})
		return struck, errors.Join(err, s.setFaults(ctx, "[]"))
	}
}

func (s *setup) setFaults(ctx context.Context, yaml string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, s.aws+"/_tracelab/faults", bytes.NewBufferString(yaml))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/yaml")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		err = fmt.Errorf("set faults: %s", response.Status)
	}
	return errors.Join(err, response.Body.Close())
}

func (s *setup) struck(ctx context.Context) (int, error) {
	text, err := system.Get(ctx, s.aws+"/_tracelab/faults")
	if err != nil {
		return 0, err
	}
	var faults []struct{ Struck int }
	if err := json.Unmarshal(text, &faults); err != nil || len(faults) != 1 {
		return 0, fmt.Errorf("read faults %s: %w", text, err)
	}
	return faults[0].Struck, nil
}

// poison sends messages that no worker can process. They become dead letters.
func (s *setup) poison(ctx context.Context) (int, error) {
	for n := range poisoned {
		if _, err := s.callAWS(ctx, "AmazonSQS.SendMessage", map[string]any{
			"QueueUrl": s.queueURL("task-events"), "MessageBody": fmt.Sprintf(`{"type":"unknown","poison":%d}`, n),
		}); err != nil {
			return n, err
		}
	}
	return poisoned, nil
}

// killWorker kills the worker when it has a batch at hand, and has processed a message of it that
// is not deleted yet.
func (s *setup) killWorker(ctx context.Context) (int, error) {
	for n := range kills {
		// A poll that waits finds several messages.
		if err := s.setFaults(ctx, "- {sqs: ReceiveMessage, delay: 500ms, times: -1}"); err != nil {
			return n, err
		}
		killed := make(chan struct{})
		var once sync.Once
		batch := map[string]bool{} // below the observer's hooks, which are called one at a time by this worker's polls
		var mu sync.Mutex
		s.seen.hook(func(o *observer) {
			o.onReceive = func(handles []string) {
				mu.Lock()
				defer mu.Unlock()
				if len(handles) > 1 {
					for _, handle := range handles {
						batch[handle] = true
					}
				}
			}
			o.onDelete = func(handle string) bool {
				mu.Lock()
				inBatch := batch[handle]
				mu.Unlock()
				if !inBatch {
					return true
				}
				once.Do(func() {
					s.worker.Kill()
					s.seen.killed("worker")
					close(killed)
				})
				return false
			}
		})
		err := wait(ctx, killed, "the worker has received no batch")
		s.seen.hook(func(o *observer) { o.onReceive, o.onDelete = nil, nil })
		if err = errors.Join(err, s.setFaults(ctx, "[]")); err != nil {
			return n, err
		}
		if err := s.startWorker(ctx); err != nil {
			return n, err
		}
		if err := pause(ctx, calm); err != nil {
			return n, err
		}
	}
	return kills, nil
}

// killTasks kills the task service when it is about to send the event of a task that it has stored.
func (s *setup) killTasks(ctx context.Context) (int, error) {
	for n := range kills {
		killed := make(chan struct{})
		var once sync.Once
		s.seen.hook(func(o *observer) {
			o.onSend = func() bool {
				once.Do(func() {
					s.tasks.Kill()
					s.seen.killed("tasks")
					close(killed)
				})
				return false
			}
		})
		err := wait(ctx, killed, "the task service has sent no event")
		s.seen.hook(func(o *observer) { o.onSend = nil })
		if err != nil {
			return n, err
		}
		if err := s.startTasks(ctx); err != nil {
			return n, err
		}
		if err := pause(ctx, calm); err != nil {
			return n, err
		}
	}
	return kills, nil
}

func wait(ctx context.Context, done <-chan struct{}, otherwise string) error {
	limit := time.NewTimer(strikeWithin)
	defer limit.Stop()
	select {
	case <-done:
		return nil
	case <-limit.C:
		return errors.New(otherwise)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// cut cuts connections for a time.
func (s *setup) cut(l *cutListener, d time.Duration) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		l.Cut()
		err := pause(ctx, d)
		return l.Mend(), err
	}
}

// stopCollector stops the Collector for a time in which spans wait in the services.
func (s *setup) stopCollector(ctx context.Context) (int, error) {
	if err := s.collecting.Stop(strikeWithin); err != nil {
		return 0, err
	}
	if err := pause(ctx, outage); err != nil {
		return 0, err
	}
	var err error
	s.collecting, err = s.host.Start(ctx, s.collector)
	return 1, err
}

func (s *setup) queueURL(name string) string { return s.aws + "/000000000000/" + name }

// callAWS calls DynamoDB or SQS directly, past the boxes.
func (s *setup) callAWS(ctx context.Context, target string, in any) ([]byte, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.aws, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-Amz-Target", target)
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	return system.Do(request)
}
