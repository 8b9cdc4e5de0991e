package worker_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tracelab/telemetry"
	"tracelab/worker"
)

func TestConfigsThatCannotWorkAreRefused(t *testing.T) {
	tests := []struct {
		name   string
		change func(*worker.Config)
		want   string // part of the error, "" for none
		reason string
	}{
		{"full", func(*worker.Config) {}, "", ""},
		{"no SQS", func(c *worker.Config) { c.SQS = nil }, "are required", ""},
		{"no QueueURL", func(c *worker.Config) { c.QueueURL = "" }, "are required", ""},
		{"no DynamoDB", func(c *worker.Config) { c.DynamoDB = nil }, "are required", ""},
		{"no Table", func(c *worker.Config) { c.Table = "" }, "are required", ""},
		{"child", func(c *worker.Config) { c.Consumer = worker.ConsumerChild }, "", ""},
		{
			"unknown consumer",
			func(c *worker.Config) { c.Consumer = "parent" },
			`consumer is "parent": want child, link or batch`,
			"",
		},
		{"longest wait", func(c *worker.Config) { c.Wait = 20 * time.Second }, "", ""},
		{
			"wait over",
			func(c *worker.Config) { c.Wait = 21 * time.Second },
			"wait is 21s: want 1s to 20s",
			"SQS would refuse every receive",
		},
		{
			"wait under",
			func(c *worker.Config) { c.Wait = time.Millisecond },
			"wait is 1ms",
			"it would be no long poll at all",
		},
		{"wait below zero", func(c *worker.Config) { c.Wait = -time.Second }, "wait is -1s", ""},
		{
			"wait with a fraction",
			func(c *worker.Config) { c.Wait = 1500 * time.Millisecond },
			"wait is 1.5s",
			"SQS takes whole seconds, and half of one would be dropped",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := newSystem(t).config
			test.change(&config)
			_, err := worker.New(config)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), "configure worker: ") ||
				err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q: %s", err, test.want, test.reason)
			}
		})
	}
}

func TestPollersReceiveAtOnce(t *testing.T) {
	for pollers, want := range map[int]int64{0: 1, 1: 1, 3: 3} {
		t.Run(fmt.Sprint(pollers, " pollers"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSystem(t)
				var receives atomic.Int64
				s.queue.receiving = func() { receives.Add(1) }
				s.config.Pollers, s.config.Wait = pollers, 5*time.Second
				stop := s.run(t)
				synctest.Wait()
				if got := receives.Load(); got != want {
					t.Errorf("%d receives are under way, want %d", got, want)
				}
				pass(7 * time.Second) // the first polls are over, the second are not
				stop()
				if got := receives.Load(); got != 2*want {
					t.Errorf("%d receives in 7 seconds of 5-second polls, want %d", got, 2*want)
				}
			})
		})
	}
}

func TestMessagesOfOneReceiveAreWorkedOnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.table.updating = func(context.Context, string) error { pass(time.Second); return nil }
		ids := strings.Split("abcdefghij", "")
		s.send(t, ids...)
		s.run(t)
		pass(time.Second + time.Millisecond)
		for _, id := range ids {
			s.wantStatus(t, id, "PROCESSED")
		}
	})
}

func TestUntracedWorkerProcessesMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.config.Telemetry = telemetry.Service{}
		s.send(t, "a")
		s.run(t)
		synctest.Wait()
		s.wantStatus(t, "a", "PROCESSED")
		s.wantMessages(t, "events", 0, 0)
		if n := len(s.spans("process task-created")); n != 0 {
			t.Errorf("%d spans", n)
		}
	})
}
