package fakes_test

import (
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"tracelab/fakes"
	"tracelab/fakes/fakestest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDynamoDBConforms(t *testing.T) {
	fakestest.DynamoDB(t, fakestest.DynamoDBHarness{
		New: func(t testing.TB) (fakestest.DynamoDBClient, string) {
			return newDynamoDB(t, fakes.DynamoDBConfig{}), "tasks"
		},
	})
}

func TestSQSConforms(t *testing.T) {
	fakestest.SQS(t, fakestest.SQSHarness{
		New: func(t testing.TB) (fakestest.SQSClient, string, string) {
			return newSQS(t, fakes.SQSConfig{}), "task-events", "dead-letters"
		},
		Run: synctest.Test,
	})
}

// newDynamoDB adds the table tasks to the configuration.
func newDynamoDB(t testing.TB, config fakes.DynamoDBConfig) *fakes.DynamoDB {
	t.Helper()
	config.Tables = append(config.Tables, fakes.Table{Name: "tasks", Key: "id"})
	d, err := fakes.NewDynamoDB(config)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// newSQS adds the queue task-events and its dead-letter queue to the configuration.
func newSQS(t testing.TB, config fakes.SQSConfig) *fakes.SQS {
	t.Helper()
	config.Queues = append(config.Queues,
		fakes.Queue{
			Name: "task-events", VisibilityTimeout: fakestest.VisibilityTimeout,
			Redrive: &fakes.Redrive{DeadLetterQueue: "dead-letters", MaxReceiveCount: fakestest.MaxReceiveCount},
		},
		fakes.Queue{Name: "dead-letters"},
	)
	s, err := fakes.NewSQS(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}
