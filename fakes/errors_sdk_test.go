package fakes_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	smithy "github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"tracelab/fakes"
)

// dynamoDBClient and sqsClient are what a test needs of a real client or a fake.
type dynamoDBClient interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
}

type sqsClient interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	DeleteMessage(context.Context, *sqs.DeleteMessageInput, ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
}

// answering is an HTTP client that answers every request with a recorded answer.
type answering struct{ raw []byte }

func (a answering) Do(r *http.Request) (*http.Response, error) {
	return http.ReadResponse(bufio.NewReader(bytes.NewReader(a.raw)), r)
}

type anyCredentials struct{}

func (anyCredentials) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
}

func realDynamoDB(client aws.HTTPClient, endpoint *string) dynamoDBClient {
	return dynamodb.New(dynamodb.Options{
		Region: fakes.Region, Credentials: anyCredentials{}, Retryer: aws.NopRetryer{},
		HTTPClient: client, BaseEndpoint: endpoint,
	})
}

func realSQS(client aws.HTTPClient, endpoint *string) sqsClient {
	return sqs.New(sqs.Options{
		Region: fakes.Region, Credentials: anyCredentials{}, Retryer: aws.NopRetryer{},
		HTTPClient: client, BaseEndpoint: endpoint,
	})
}

// errorShape is what code can find out about an error.
type errorShape struct {
	Types         []string // outermost first
	Code, Message string
	Fault         smithy.ErrorFault
	Status        int
	RequestID     string
	Item          int // attributes of the item in a failed condition
	Retryable     aws.Ternary
	Throttled     aws.Ternary
}

func shapeOf(err error) errorShape {
	var s errorShape
	for e := err; e != nil; e = errors.Unwrap(e) {
		s.Types = append(s.Types, fmt.Sprintf("%T", e))
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		s.Code, s.Message, s.Fault = api.ErrorCode(), api.ErrorMessage(), api.ErrorFault()
	}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		s.Status, s.RequestID = response.HTTPStatusCode(), response.ServiceRequestID()
	}
	var condition *types.ConditionalCheckFailedException
	if errors.As(err, &condition) {
		s.Item = len(condition.Item)
	}
	s.Retryable = retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err)
	s.Throttled = retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}.IsErrorThrottle(err)
	return s
}

func TestFakesFailAsTheSDKDoes(t *testing.T) {
	item := func(id string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}}
	}
	putItem := func(in dynamodb.PutItemInput) func(*testing.T, dynamoDBClient) error {
		return func(t *testing.T, c dynamoDBClient) error {
			in := in
			if in.TableName == nil {
				in.TableName = aws.String("tasks")
			}
			if in.Item == nil {
				in.Item = item("a")
			}
			_, err := c.PutItem(t.Context(), &in)
			return err
		}
	}
	sendMessage := func(in sqs.SendMessageInput) func(*testing.T, sqsClient) error {
		return func(t *testing.T, c sqsClient) error {
			in := in
			if in.QueueUrl == nil {
				in.QueueUrl = aws.String(fakes.QueueURL("task-events"))
			}
			if in.MessageBody == nil {
				in.MessageBody = aws.String("x")
			}
			_, err := c.SendMessage(t.Context(), &in)
			return err
		}
	}
	deleteMessage := func(t *testing.T, c sqsClient) error {
		_, err := c.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{
			QueueUrl: aws.String(fakes.QueueURL("task-events")), ReceiptHandle: aws.String("nonsense"),
		})
		return err
	}
	onlyNew := aws.String("attribute_not_exists(id)")
	dynamoDB := map[string]struct {
		fault fakes.Failure
		call  func(*testing.T, dynamoDBClient) error
	}{
		"dynamodb-throttled":      {fakes.Throttled, putItem(dynamodb.PutItemInput{})},
		"dynamodb-internal":       {fakes.Internal, putItem(dynamodb.PutItemInput{})},
		"dynamodb-unavailable":    {fakes.Unavailable, putItem(dynamodb.PutItemInput{})},
		"dynamodb-write-conflict": {fakes.WriteConflict, putItem(dynamodb.PutItemInput{})},
		"dynamodb-empty-503":      {fakes.Empty503, putItem(dynamodb.PutItemInput{})},
		"dynamodb-condition":      {"", putItem(dynamodb.PutItemInput{Item: item("taken"), ConditionExpression: onlyNew})},
		"dynamodb-condition-item": {"", putItem(dynamodb.PutItemInput{
			Item: item("taken"), ConditionExpression: onlyNew,
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		})},
		"dynamodb-no-table": {"", putItem(dynamodb.PutItemInput{TableName: aws.String("other")})},
		"dynamodb-validation": {
			"",
			putItem(
				dynamodb.PutItemInput{Item: map[string]types.AttributeValue{"key": &types.AttributeValueMemberS{Value: "a"}}},
			),
		},
	}
	queues := map[string]struct {
		fault fakes.Failure
		call  func(*testing.T, sqsClient) error
	}{
		"sqs-throttled":   {fakes.Throttled, sendMessage(sqs.SendMessageInput{})},
		"sqs-internal":    {fakes.Internal, sendMessage(sqs.SendMessageInput{})},
		"sqs-unavailable": {fakes.Unavailable, sendMessage(sqs.SendMessageInput{})},
		"sqs-empty-503":   {fakes.Empty503, sendMessage(sqs.SendMessageInput{})},
		"sqs-no-queue":    {"", sendMessage(sqs.SendMessageInput{QueueUrl: aws.String(fakes.QueueURL("other"))})},
		"sqs-bad-body":    {"", sendMessage(sqs.SendMessageInput{MessageBody: aws.String("\x00")})},
		"sqs-no-body":     {"", sendMessage(sqs.SendMessageInput{MessageBody: aws.String("")})},
		"sqs-bad-value":   {"", sendMessage(sqs.SendMessageInput{DelaySeconds: 901})},
		"sqs-bad-receipt": {"", deleteMessage},
	}
	newID := func() string { return "request-1" }
	files, err := filepath.Glob("testdata/answers/*.http")
	if err != nil || len(files) != len(dynamoDB)+len(queues) {
		t.Fatalf("%d recorded answers for %d cases, error %v", len(files), len(dynamoDB)+len(queues), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".http")
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want, got error
			if test, ok := dynamoDB[name]; ok {
				fake := newDynamoDB(t, fakes.DynamoDBConfig{NewID: newID, Faults: faultOf("PutItem", 2, test.fault)})
				if err := put(t.Context(), fake, "taken"); err != nil {
					t.Fatal(err)
				}
				want, got = test.call(t, realDynamoDB(answering{raw}, nil)), test.call(t, fake)
			} else if test, ok := queues[name]; ok {
				fake := newSQS(t, fakes.SQSConfig{NewID: newID, Faults: faultOf("SendMessage", 1, test.fault)})
				want, got = test.call(t, realSQS(answering{raw}, nil)), test.call(t, fake)
			} else {
				t.Fatal("no case for this answer")
			}
			if want == nil || got == nil {
				t.Fatalf("the client's error is %v, the fake's %v, want two errors", want, got)
			}
			if diff := cmp.Diff(shapeOf(want), shapeOf(got)); diff != "" {
				t.Errorf("error (-client +fake):\n%s\nclient: %v\nfake:   %v", diff, want, got)
			}
			if want.Error() != got.Error() {
				t.Errorf("error texts differ:\nclient: %v\nfake:   %v", want, got)
			}
		})
	}
}

func faultOf(op string, nth int, failure fakes.Failure) []fakes.Fault {
	if failure == "" {
		return nil
	}
	return []fakes.Fault{{Op: op, Nth: nth, Err: failure}}
}

// The server reads the request and resets the connection.
func TestLostConnectionFailsAsTheSDKDoes(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.(*net.TCPConn).SetLinger(0) // so that Close sends a reset
		_ = conn.Close()
	}))
	defer server.Close()
	endpoint, client := aws.String(server.URL), server.Client()

	fake := newDynamoDB(t, fakes.DynamoDBConfig{Faults: faultOf("PutItem", 1, fakes.ConnectionLost)})
	in := &dynamodb.PutItemInput{
		TableName: aws.String("tasks"),
		Item:      map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "a"}},
	}
	_, want := realDynamoDB(client, endpoint).PutItem(t.Context(), in)
	_, got := fake.PutItem(t.Context(), in)
	if diff := cmp.Diff(shapeOf(want), shapeOf(got)); diff != "" {
		t.Errorf("DynamoDB's error (-client +fake):\n%s\nclient: %v\nfake:   %v", diff, want, got)
	}

	queues := newSQS(t, fakes.SQSConfig{Faults: faultOf("SendMessage", 1, fakes.ConnectionLost)})
	send := &sqs.SendMessageInput{QueueUrl: aws.String(fakes.QueueURL("task-events")), MessageBody: aws.String("x")}
	_, want = realSQS(client, endpoint).SendMessage(t.Context(), send)
	_, got = queues.SendMessage(t.Context(), send)
	if diff := cmp.Diff(shapeOf(want), shapeOf(got)); diff != "" {
		t.Errorf("SQS's error (-client +fake):\n%s\nclient: %v\nfake:   %v", diff, want, got)
	}
}

// The server never answers, and the caller's context ends.
func TestEndedContextFailsAsTheSDKDoes(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	real := realDynamoDB(client, aws.String("http://"+listener.Addr().String()))
	fake := newDynamoDB(t, fakes.DynamoDBConfig{Faults: []fakes.Fault{{Op: "PutItem", Delay: time.Hour, Times: -1}}})
	in := &dynamodb.PutItemInput{
		TableName: aws.String("tasks"),
		Item:      map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "a"}},
	}
	ended := func(d time.Duration) func() (context.Context, context.CancelFunc) {
		return func() (context.Context, context.CancelFunc) { return context.WithTimeout(t.Context(), d) }
	}
	tests := map[string]func() (context.Context, context.CancelFunc){
		"deadline before the call": ended(0),
		"deadline during the call": ended(10 * time.Millisecond),
		"canceled before the call": func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return ctx, cancel
		},
		"canceled during the call": func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(10*time.Millisecond, cancel)
			return ctx, cancel
		},
	}
	for name, newContext := range tests {
		t.Run(name, func(t *testing.T) {
			call := func(c dynamoDBClient) error {
				ctx, cancel := newContext()
				defer cancel()
				_, err := c.PutItem(ctx, in)
				return err
			}
			want, got := call(real), call(fake)
			if diff := cmp.Diff(shapeOf(want), shapeOf(got)); diff != "" {
				t.Errorf("error (-client +fake):\n%s\nclient: %v\nfake:   %v", diff, want, got)
			}
			if want.Error() != got.Error() {
				t.Errorf("error texts differ:\nclient: %v\nfake:   %v", want, got)
			}
		})
	}
}
