package awshttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssdkhttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	smithy "github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tracelab/fakes"
	"tracelab/fakes/awshttp"
	"tracelab/fakes/fakestest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The fakes behave over HTTP as they do in process, with the SDK's own clients. Time is virtual:
// the network is in memory.
func TestDynamoDBConformsOverHTTP(t *testing.T) {
	fakestest.DynamoDB(t, fakestest.DynamoDBHarness{
		New: func(t testing.TB) (fakestest.DynamoDBClient, string) {
			s := start(t, inMemory(t))
			return s.dynamoDBClient(), "tasks"
		},
	})
}

func TestSQSConformsOverHTTP(t *testing.T) {
	fakestest.SQS(t, fakestest.SQSHarness{
		New: func(t testing.TB) (fakestest.SQSClient, string, string) {
			return start(t, inMemory(t)).sqsClient(), "task-events", "dead-letters"
		},
		Run: synctest.Test,
	})
}

// server is a running server, and how clients reach it.
type server struct {
	url    string
	client *http.Client
	sqs    *fakes.SQS
}

// transport is a listener, and how it is dialed.
type transport struct {
	listener net.Listener
	dial     func(ctx context.Context) (net.Conn, error)
}

func inMemory(t testing.TB) transport {
	t.Helper()
	network := fakes.NewNetwork()
	listener, err := network.Listen("aws")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = network.Close() })
	return transport{listener, func(ctx context.Context) (net.Conn, error) { return network.Dial(ctx, "aws") }}
}

func overTCP(t testing.TB) transport {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return transport{listener, func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", listener.Addr().String())
	}}
}

// start serves empty fakes until the test ends.
func start(t testing.TB, on transport) *server {
	t.Helper()
	handler, queues := newServer(t)
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(on.listener) }()
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return on.dial(ctx) },
	}}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		_ = srv.Close()
		<-served
	})
	return &server{url: "http://aws.test", client: client, sqs: queues}
}

func newServer(t testing.TB) (*awshttp.Server, *fakes.SQS) {
	t.Helper()
	db, err := fakes.NewDynamoDB(fakes.DynamoDBConfig{Tables: []fakes.Table{{Name: "tasks", Key: "id"}}})
	if err != nil {
		t.Fatal(err)
	}
	queues, err := fakes.NewSQS(fakes.SQSConfig{Region: "eu-central-1", Queues: []fakes.Queue{
		{
			Name: "task-events", VisibilityTimeout: fakestest.VisibilityTimeout,
			Redrive: &fakes.Redrive{DeadLetterQueue: "dead-letters", MaxReceiveCount: fakestest.MaxReceiveCount},
		},
		{Name: "dead-letters"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(queues.Close)
	return awshttp.New(db, queues), queues
}

type anyCredentials struct{}

func (anyCredentials) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
}

func (s *server) dynamoDBClient() *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: fakes.Region, Credentials: anyCredentials{}, Retryer: aws.NopRetryer{},
		HTTPClient: s.client, BaseEndpoint: &s.url,
	})
}

func (s *server) sqsClient() *sqs.Client {
	return sqs.New(sqs.Options{
		Region: fakes.Region, Credentials: anyCredentials{}, Retryer: aws.NopRetryer{},
		HTTPClient: s.client, BaseEndpoint: &s.url,
	})
}

// post sends a call without an SDK.
func post(t testing.TB, h http.Handler, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://aws.test:4566/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAnswersToInputsThatNoSDKSends(t *testing.T) {
	const item = `"TableName": "tasks", "Item": {"id": {"S": "a"}}`
	send := func(more string) string {
		return `{"QueueUrl": "http://h/000000000000/task-events", "MessageBody": "x"` + more + `}`
	}
	const receive = `{"QueueUrl": "http://h/000000000000/task-events"`
	tests := []struct {
		reason, target, body string
		status               int
		code, message        string // parts of the answer; none for status 200
	}{
		{"a put", "DynamoDB_20120810.PutItem", `{` + item + `}`, 200, "", ""},
		{"null is no value", "DynamoDB_20120810.PutItem", `{` + item + `, "ConditionExpression": null}`, 200, "", ""},
		{"unknown operation", "DynamoDB_20120810.Query", `{}`, 501, "NotImplemented", `operation "Query"`},
		{"batch", "AmazonSQS.SendMessageBatch", `{}`, 501, "NotImplemented", `operation "SendMessageBatch"`},
		{"another service", "Kinesis_20131202.PutRecord", `{}`, 501, "NotImplemented", `"Kinesis_20131202.PutRecord"`},
		{"no target", "", `Action=SendMessage`, 501, "NotImplemented", "AWS JSON 1.0"},
		{
			"a member that the fake can't honor", "DynamoDB_20120810.PutItem",
			`{` + item + `, "ReturnConsumedCapacity": "TOTAL"}`, 501, "NotImplemented", "field ReturnConsumedCapacity",
		},
		{"a misspelled member", "DynamoDB_20120810.PutItem", `{"Tablename": 1}`, 501, "NotImplemented", `member "Tablename"`},
		{
			"another account's queue", "AmazonSQS.SendMessage",
			`{"QueueUrl": "http://h/111111111111/task-events", "MessageBody": "x"}`,
			400, "com.amazonaws.sqs#QueueDoesNotExist", "does not exist",
		},
		{
			"no table", "DynamoDB_20120810.PutItem", `{"Item": {"id": {"S": "a"}}}`,
			400, "ValidationException", "Value null at 'tableName'",
		},
		{
			"no queue", "AmazonSQS.SendMessage", `{"MessageBody": "x"}`,
			400, "MissingRequiredParameterException", "must contain the parameter QueueUrl",
		},
		{"not JSON", "DynamoDB_20120810.PutItem", `{`, 400, "SerializationException", "not a JSON object"},
		{"a list", "DynamoDB_20120810.PutItem", `[]`, 400, "SerializationException", "not a JSON object"},
		{"two objects", "DynamoDB_20120810.PutItem", `{}{}`, 400, "SerializationException", "goes on"},
		{
			"a number for a text", "DynamoDB_20120810.PutItem", `{"TableName": 1}`,
			400, "SerializationException", "PutItemInput.TableName is a number: want a string",
		},
		{
			"a text for a number", "AmazonSQS.SendMessage", send(`, "DelaySeconds": "1"`),
			400, "SerializationException", "DelaySeconds is a string: want a whole number",
		},
		{"a fraction", "AmazonSQS.SendMessage", send(`, "DelaySeconds": 1.5`), 400, "SerializationException", "is 1.5"},
		{"too large", "AmazonSQS.SendMessage", send(`, "DelaySeconds": 9999999999`), 400, "SerializationException", "32 bits"},
		{
			"an empty value", "DynamoDB_20120810.PutItem", `{"TableName": "tasks", "Item": {"id": {}}}`,
			400, "ValidationException", "Supplied AttributeValue is empty",
		},
		{
			"two data types", "DynamoDB_20120810.PutItem", `{"TableName": "tasks", "Item": {"id": {"S": "a", "N": "1"}}}`,
			400, "ValidationException", "more than one datatypes",
		},
		{
			"an unknown data type", "DynamoDB_20120810.PutItem", `{"TableName": "tasks", "Item": {"id": {"T": "a"}}}`,
			400, "SerializationException", `unknown data type "T"`,
		},
		{
			"a bare value", "DynamoDB_20120810.PutItem", `{"TableName": "tasks", "Item": {"id": "a"}}`,
			400, "SerializationException", "PutItemInput.Item.id is a string",
		},
		{
			"no base64", "DynamoDB_20120810.PutItem", `{"TableName": "tasks", "Item": {"id": {"S": "a"}, "b": {"B": "%"}}}`,
			400, "SerializationException", "Item.b.B is not base64",
		},
		{
			"a visibility that the SDK for Go can't send", "AmazonSQS.ReceiveMessage", receive + `, "VisibilityTimeout": 0}`,
			501, "NotImplemented", "VisibilityTimeout 0 of ReceiveMessage",
		},
		{"a poll without waiting", "AmazonSQS.ReceiveMessage", receive + `, "WaitTimeSeconds": 0}`, 200, "", ""},
		{
			"the older name of the system attributes", "AmazonSQS.ReceiveMessage", receive + `, "AttributeNames": ["No"]}`,
			400, "InvalidParameterValueException", "Unknown Attribute No",
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			h, _ := newServer(t)
			w := post(t, h, tt.target, tt.body)
			var answer struct {
				Type    string `json:"__type"`
				Message string `json:"message"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
				t.Fatalf("answer %q: %v", w.Body, err)
			}
			if w.Code != tt.status || !strings.Contains(answer.Type, tt.code) || !strings.Contains(answer.Message, tt.message) {
				t.Errorf("got %d %s, want %d %s %q", w.Code, w.Body, tt.status, tt.code, tt.message)
			}
			short := w.Header().Get("x-amzn-errortype")
			if tt.status != 200 && (answer.Type == "" || !strings.HasSuffix(answer.Type, short)) {
				t.Errorf("got __type %q and x-amzn-errortype %q, want the same name", answer.Type, short)
			}
			if w.Header().Get("x-amzn-RequestId") == "" {
				t.Error("no x-amzn-RequestId")
			}
		})
	}
}

func TestAnswersHaveTheServicesHeaders(t *testing.T) {
	h, _ := newServer(t)
	w := post(t, h, "DynamoDB_20120810.GetItem", `{"TableName": "tasks", "Key": {"id": {"S": "none"}}}`)
	if got, want := w.Body.String(), "{}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	want := strconv.FormatUint(uint64(crc32.ChecksumIEEE(w.Body.Bytes())), 10)
	if got := w.Header().Get("x-amz-crc32"); got != want {
		t.Errorf("got x-amz-crc32 %q, want %s", got, want)
	}
	if got := w.Header().Get("Content-Type"); got != "application/x-amz-json-1.0" {
		t.Errorf("got Content-Type %q", got)
	}
	w = post(t, h, "AmazonSQS.SendMessage", `{"QueueUrl": "http://h/000000000000/other", "MessageBody": "x"}`)
	if got, want := w.Header().Get("x-amzn-query-error"), "AWS.SimpleQueueService.NonExistentQueue;Sender"; got != want {
		t.Errorf("got x-amzn-query-error %q, want %q", got, want)
	}
	w = post(t, h, "DynamoDB_20120810.Scan", `{"TableName": "tasks"}`)
	if got, want := w.Body.String(), `{"Count":0,"Items":[],"ScannedCount":0}`; got != want {
		t.Errorf("an empty scan is %s, want %s", got, want)
	}
	w = post(t, h, "AmazonSQS.GetQueueUrl", `{"QueueName": "task-events"}`)
	if got, want := w.Body.String(), `{"QueueUrl":"http://aws.test:4566/000000000000/task-events"}`; got != want {
		t.Errorf("got %s, want %s: the address by which the client reached the server", got, want)
	}
}

func TestLargeBodiesAreRefused(t *testing.T) {
	h, _ := newServer(t)
	w := post(t, h, "DynamoDB_20120810.PutItem", strings.Repeat(" ", 16<<20+1))
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("got status %d, want 413", w.Code)
	}
}

func TestOnlyPostReachesTheServices(t *testing.T) {
	h, _ := newServer(t)
	for _, method := range []string{http.MethodGet, http.MethodOptions} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/", http.NoBody))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: got %d %v, want 405 and no CORS header", method, w.Code, w.Header())
		}
	}
}

// Every failure looks to a real client as the real service's does.
func TestFaultsReachClientsOverHTTP(t *testing.T) {
	s := start(t, overTCP(t))
	for _, failure := range fakes.Failures() {
		t.Run(string(failure), func(t *testing.T) {
			s.setFaults(t, fmt.Sprintf(`[{"dynamodb": "PutItem", "error": %q}]`, string(failure)))
			put := func() error {
				_, err := s.dynamoDBClient().PutItem(t.Context(), &dynamodb.PutItemInput{
					TableName: aws.String("tasks"),
					Item:      map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "a"}},
				})
				return err
			}
			err := put()
			if failure == fakes.ConnectionLost {
				if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
					t.Errorf("got error %v, want a reset connection", err)
				}
			} else if diff := cmp.Diff(wantShape(failure.DynamoDB()), shapeOf(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s\n%v", diff, err)
			}
			if err := put(); err != nil {
				t.Errorf("the second call fails too: %v", err)
			}
		})
	}
}

type shape struct {
	Type, Code, Message string
}

func wantShape(err error) shape {
	var api smithy.APIError
	errors.As(err, &api)
	return shape{fmt.Sprintf("%T", api), api.ErrorCode(), api.ErrorMessage()}
}

func shapeOf(err error) shape {
	var response *awssdkhttp.ResponseError
	var api smithy.APIError
	if !errors.As(err, &response) || !errors.As(err, &api) {
		return shape{}
	}
	return wantShape(err)
}

func (s *server) setFaults(t testing.TB, text string) {
	t.Helper()
	if code, body := s.faults(t, http.MethodPut, "application/json", text); code != http.StatusOK {
		t.Fatalf("set faults: %d %s", code, body)
	}
}

func (s *server) faults(t testing.TB, method, contentType, text string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+"/_tracelab/faults", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	resp, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestFaultsAreSetAndCountedAtRunTime(t *testing.T) {
	s := start(t, inMemory(t))
	put := func() {
		_, _ = s.dynamoDBClient().PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: aws.String("tasks"),
			Item:      map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "a"}},
		})
	}
	const faults = "- dynamodb: PutItem\n  match: tasks\n  error: throttled\n  nth: 2\n- sqs: SendMessage\n  drop: true\n"
	if code, body := s.faults(t, http.MethodPut, "application/yaml; charset=utf-8", faults); code != http.StatusOK {
		t.Fatalf("got %d %s, want 200", code, body)
	}
	for range 3 {
		put()
	}
	_, body := s.faults(t, http.MethodGet, "", "")
	want := `[{"dynamodb":"PutItem","match":"tasks","nth":2,"error":"throttled","calls":3,"struck":1},` +
		`{"sqs":"SendMessage","drop":true,"calls":0,"struck":0}]`
	var got bytes.Buffer
	if err := json.Compact(&got, []byte(body)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	code, body := s.faults(t, http.MethodPut, "application/yaml", "- dynamodb: PutItem\n  match: other\n  drop: true\n")
	if want := `faults:1:13: match: unknown table or queue "other", want one of tasks`; code != http.StatusBadRequest ||
		!strings.Contains(body, want) {
		t.Errorf("got %d %s, want 400 and the place", code, body)
	}
	if code, _ := s.faults(t, http.MethodPut, "text/plain", "[]"); code != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: got %d, want 415, so that no page in a browser can set faults", code)
	}
	if _, after := s.faults(t, http.MethodGet, "", ""); !strings.Contains(after, `"struck": 1`) {
		t.Errorf("refused faults replaced the old ones: %s", after)
	}
	if code, _ := s.faults(t, http.MethodDelete, "", ""); code != http.StatusNoContent {
		t.Errorf("DELETE: got %d, want 204", code)
	}
	if _, after := s.faults(t, http.MethodGet, "", ""); after != "[]\n" {
		t.Errorf("after DELETE: got %s, want []", after)
	}
}

// A long poll ends with its server, not with an error, and a client that leaves takes no message
// along.
func TestLongPollsEndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, inMemory(t))
		url := s.url + "/000000000000/task-events"
		poll := func(ctx context.Context) ([]sqstypes.Message, error) {
			out, err := s.sqsClient().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20})
			if err != nil {
				return nil, err
			}
			return out.Messages, nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := poll(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v, want the deadline's", err)
		}
		synctest.Wait() // the server sees that the client is gone
		in := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("x")}
		if _, err := s.sqsClient().SendMessage(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if got, err := poll(t.Context()); err != nil || len(got) != 1 {
			t.Errorf("received %d messages, error %v, want the one that no canceled poll took", len(got), err)
		}
		began, done := time.Now(), make(chan error, 1)
		url2 := s.url + "/000000000000/dead-letters"
		go func() {
			_, err := s.sqsClient().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url2, WaitTimeSeconds: 20})
			done <- err
		}()
		synctest.Wait()
		s.sqs.EndPolls()
		if err := <-done; err != nil || time.Since(began) != 0 {
			t.Errorf("the poll ended after %s with error %v, want at once without one", time.Since(began), err)
		}
	})
}

func TestTraceHeaderTravelsAsASystemAttribute(t *testing.T) {
	s := start(t, inMemory(t))
	url := s.url + "/000000000000/task-events"
	const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	if _, err := s.sqsClient().SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: aws.String("x"),
		MessageSystemAttributes: map[string]sqstypes.MessageSystemAttributeValue{
			"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String(header)},
		},
	}); err != nil {
		t.Fatal(err)
	}
	out, err := s.sqsClient().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: &url, MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"AWSTraceHeader"},
	})
	if err != nil || len(out.Messages) != 1 {
		t.Fatalf("received %v, error %v, want a message", out, err)
	}
	want := map[string]string{"AWSTraceHeader": header}
	if diff := cmp.Diff(want, out.Messages[0].Attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// Whatever is sent, the answer is JSON with a request ID, and no answer is a status of 500.
func FuzzServer(f *testing.F) {
	f.Add("DynamoDB_20120810.PutItem", `{"TableName": "tasks", "Item": {"id": {"S": "a"}, "l": {"L": [{"M": {"x": {"N": "1"}}}]}}}`)
	f.Add("DynamoDB_20120810.UpdateItem", `{"TableName": "tasks", "Key": {"id": {"S": "a"}}, "UpdateExpression": "SET a = :v",
		"ExpressionAttributeValues": {":v": {"BS": ["AA==", ""]}}}`)
	f.Add("DynamoDB_20120810.Scan", `{"TableName": "tasks", "Limit": 1, "ExclusiveStartKey": {"id": {"S": ""}}}`)
	f.Add("AmazonSQS.SendMessage", `{"QueueUrl": "http://h/000000000000/task-events", "MessageBody": "x",
		"MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": "AA=="}}, "MessageSystemAttributes": {"AWSTraceHeader": {}}}`)
	f.Add("AmazonSQS.ReceiveMessage", `{"QueueUrl": "http://h/000000000000/task-events", "MessageAttributeNames": ["All"]}`)
	f.Add("AmazonSQS.GetQueueAttributes", `{"QueueUrl": "/000000000000/dead-letters", "AttributeNames": ["All"]}`)
	f.Fuzz(func(t *testing.T, target, body string) {
		if strings.Contains(body, "WaitTimeSeconds") {
			t.Skip("a long poll waits")
		}
		h, _ := newServer(t)
		w := post(t, h, target, body)
		if !json.Valid(w.Body.Bytes()) || w.Code >= 500 && w.Code != 501 || w.Header().Get("x-amzn-RequestId") == "" {
			t.Errorf("answer %d %v %q", w.Code, w.Header(), w.Body)
		}
	})
}
