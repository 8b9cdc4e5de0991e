package cli

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

type testCredentials struct{}

func (testCredentials) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
}

func TestAWSServesTablesAndQueues(t *testing.T) {
	faults := filepath.Join(t.TempDir(), "faults.yaml")
	if err := os.WriteFile(faults, []byte("- dynamodb: PutItem\n  error: throttled\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "aws", "--listen", ":0", "--region", "eu-central-1", "--table", "orders:number",
		"--queue", "events,visibility=5s,dead-letter=dead,max-receives=2", "--faults", faults)
	endpoint := s.find(t, `AWS_ENDPOINT_URL=(http://127\.0\.0\.1:\d+)`)
	s.find(t, `(Tables: orders\nQueues: events, dead\n)`)

	transport := &http.Transport{}
	client := &http.Client{Transport: transport}
	db := dynamodb.New(dynamodb.Options{
		Region: "eu-central-1", Credentials: testCredentials{}, HTTPClient: client, BaseEndpoint: &endpoint,
	})
	// The SDK tries again after the fault.
	item := map[string]types.AttributeValue{"number": &types.AttributeValueMemberS{Value: "1"}}
	if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("orders"), Item: item}); err != nil {
		t.Errorf("put: %v", err)
	}
	_, body := request(t, "GET", endpoint+"/_tracelab/faults", "")
	var counts []struct{ Calls, Struck int }
	err := json.Unmarshal([]byte(body), &counts)
	if err != nil || len(counts) != 1 || counts[0].Calls != 2 || counts[0].Struck != 1 {
		t.Errorf("faults: %s, %v, want one that struck the first of 2 calls", body, err)
	}
	queues := sqs.New(sqs.Options{
		Region: "eu-central-1", Credentials: testCredentials{}, HTTPClient: client, BaseEndpoint: &endpoint,
	})
	url, err := queues.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("events")})
	if err != nil || !strings.HasPrefix(*url.QueueUrl, endpoint+"/") {
		t.Fatalf("queue URL %v, %v, want one of the server", url, err)
	}
	attrs, err := queues.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: url.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{"All"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := attrs.Attributes["RedrivePolicy"],
		`{"deadLetterTargetArn":"arn:aws:sqs:eu-central-1:000000000000:dead","maxReceiveCount":2}`; got != want {
		t.Errorf("redrive policy %s, want %s", got, want)
	}
	// A long poll that waits when the command is interrupted is answered.
	polled, began := make(chan error, 1), time.Now()
	go func() {
		_, err := queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url.QueueUrl, WaitTimeSeconds: 20})
		polled <- err
	}()
	s.stop(t)
	if err := <-polled; err != nil && !strings.Contains(err.Error(), "connection refused") { // it came after the stop
		t.Errorf("long poll: %v", err)
	}
	if waited := time.Since(began); waited > 10*time.Second {
		t.Errorf("the long poll took %s", waited)
	}
	transport.CloseIdleConnections()
}
