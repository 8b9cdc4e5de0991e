package fakes_test

import (
	"testing"

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
