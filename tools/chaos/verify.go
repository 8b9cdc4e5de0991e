package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"tracelab/tools/system"
)

// settleWithin is how long the last events may take: those that are sent again, up to three times,
// and those that are received again. The task service looks for pending tasks once in resendAfter,
// and for those that were sent longer ago than that, so each time takes up to twice as long.
const settleWithin = 3*2*resendAfter + receives*visibility

// firstErrors joins errors, and leaves out all but some.
func firstErrors(errs []error) error {
	const most = 10
	if len(errs) > most {
		errs = append(errs[:most:most], fmt.Errorf("and %d more", len(errs)-most))
	}
	return errors.Join(errs...)
}

// processedOnce waits until every task is processed, and compares what clients were told with what
// DynamoDB was.
func (s *setup) processedOnce(ctx context.Context, l *load) error {
	ids := map[string]bool{}
	for _, c := range l.creates {
		switch {
		case c.id == "":
			return fmt.Errorf("a create was not answered with 201: %w", c.err)
		case ids[c.id]:
			return fmt.Errorf("two keys have the task %s", c.id)
		}
		ids[c.id] = true
	}
	waiting, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	err := system.Await(waiting, "wait for the last tasks", func(context.Context) error {
		s.seen.mu.Lock()
		defer s.seen.mu.Unlock()
		if left := len(ids) - len(s.seen.processed); left > 0 {
			return fmt.Errorf("%d tasks are not processed", left)
		}
		return nil
	})
	if err != nil {
		return err
	}
	var errs []error
	s.seen.mu.Lock()
	for id := range ids {
		if processed := s.seen.processed[id]; processed != 1 {
			errs = append(errs, fmt.Errorf("task %s was processed %d times, want once", id, processed))
		}
	}
	s.seen.mu.Unlock()
	if err := s.storedExactly(ctx, len(ids)); err != nil {
		errs = append(errs, err)
	}
	for _, c := range l.creates {
		status, err := l.status(ctx, c.id)
		if err == nil && status != "PROCESSED" {
			err = fmt.Errorf("its status is %s, want PROCESSED", status)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("task %s: %w", c.id, err))
		}
	}
	return firstErrors(errs)
}

// idempotent repeats every create, with its body and with another one.
func (s *setup) idempotent(ctx context.Context, l *load) error {
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		errs  []error
	)
	slots := make(chan struct{}, 16)
	for _, c := range l.creates {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			again, err := l.create(ctx, c.key, c.title)
			other, otherErr := l.create(ctx, c.key, c.title+", changed")
			if err = errors.Join(err, otherErr); err == nil && (again.ID != c.id || !again.Replayed) {
				err = fmt.Errorf("%s made the task %s, and then %s", c.key, c.id, again.ID)
			}
			if err == nil && (other.Status < 400 || other.Status >= 500) {
				err = fmt.Errorf("%s with another body was answered with status %d, want it refused", c.key, other.Status)
			}
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	group.Wait()
	if err := s.storedExactly(ctx, len(l.creates)); err != nil {
		errs = append(errs, err)
	}
	return firstErrors(errs)
}

func (s *setup) storedExactly(ctx context.Context, want int) error {
	stored, err := s.stored(ctx)
	if err == nil && stored != want {
		err = fmt.Errorf("%d tasks are stored, want %d", stored, want)
	}
	return err
}

// stored returns the number of tasks in the table.
func (s *setup) stored(ctx context.Context) (int, error) {
	n := 0
	for in := (map[string]any{"TableName": "tasks"}); ; {
		text, err := s.callAWS(ctx, "DynamoDB_20120810.Scan", in)
		if err != nil {
			return n, err
		}
		var out struct {
			Count            int
			LastEvaluatedKey map[string]any
		}
		if err := json.Unmarshal(text, &out); err != nil {
			return n, err
		}
		if n += out.Count; len(out.LastEvaluatedKey) == 0 {
			return n, nil
		}
		in["ExclusiveStartKey"] = out.LastEvaluatedKey
	}
}

// deadLetters reads the dead-letter queue: it has the messages that can't be processed, and
// otherwise only events of tasks that were processed all the same.
func (s *setup) deadLetters(ctx context.Context, _ *load) error {
	waiting, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	poison, events := map[string]bool{}, 0
	err := system.Await(waiting, "wait for the dead letters", func(ctx context.Context) error {
		for {
			text, err := s.callAWS(ctx, "AmazonSQS.ReceiveMessage", map[string]any{
				"QueueUrl": s.queueURL("dead"), "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1,
			})
			if err != nil {
				return err
			}
			var out struct {
				Messages []struct{ ReceiptHandle, Body string }
			}
			if err := json.Unmarshal(text, &out); err != nil {
				return err
			}
			for _, m := range out.Messages {
				if task := taskOf(m.Body); task == "" {
					poison[m.Body] = true
				} else if s.processed(task) {
					events++
				} else {
					return fmt.Errorf("the event of task %s is a dead letter, and the task is not processed", task)
				}
				if _, err := s.callAWS(ctx, "AmazonSQS.DeleteMessage", map[string]any{
					"QueueUrl": s.queueURL("dead"), "ReceiptHandle": m.ReceiptHandle,
				}); err != nil {
					return err
				}
			}
			if len(out.Messages) == 0 {
				break
			}
		}
		if len(poison) != poisoned {
			return fmt.Errorf("%d messages that can't be processed are dead letters, want %d", len(poison), poisoned)
		}
		return nil
	})
	fmt.Printf("     %d dead letters: %d that can't be processed, %d of tasks that were processed\n",
		len(poison)+events, len(poison), events)
	return errors.Join(err, s.empty(ctx))
}

func (s *setup) processed(task string) bool {
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	return s.seen.processed[task] > 0
}

// empty returns an error if there are messages in the queue of events.
func (s *setup) empty(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	return system.Await(waiting, "wait for the queue to be empty", func(ctx context.Context) error {
		text, err := s.callAWS(ctx, "AmazonSQS.GetQueueAttributes", map[string]any{
			"QueueUrl": s.queueURL("task-events"), "AttributeNames": []string{"All"},
		})
		if err != nil {
			return err
		}
		var out struct{ Attributes map[string]string }
		if err := json.Unmarshal(text, &out); err != nil {
			return err
		}
		for _, name := range []string{
			"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed",
		} {
			if value := out.Attributes[name]; value != "0" && value != "" {
				return fmt.Errorf("%s is %s", name, value)
			}
		}
		return nil
	})
}
