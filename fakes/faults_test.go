package fakes_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	smithy "github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"tracelab/fakes"
)

func put(ctx context.Context, d *fakes.DynamoDB, id string) error {
	_, err := d.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String("tasks"), Item: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}},
	})
	return err
}

func exists(t *testing.T, d *fakes.DynamoDB, id string) bool {
	t.Helper()
	out, err := d.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String("tasks"), Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item != nil
}

func TestFaultAppliesToWhatTheCallIsAbout(t *testing.T) {
	d, err := fakes.NewDynamoDB(fakes.DynamoDBConfig{
		Tables: []fakes.Table{{Name: "tasks", Key: "id"}},
		Faults: []fakes.Fault{{Op: "PutItem", About: "b", Nth: 2, Err: fakes.Throttled}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var failed []int
	for i, id := range []string{"a", "b", "a", "b", "b", "bb"} {
		if put(t.Context(), d, id) != nil {
			failed = append(failed, i)
		}
	}
	if diff := cmp.Diff([]int{3}, failed); diff != "" {
		t.Errorf("failed puts, the second about b (-want +got):\n%s", diff)
	}

	queues, err := fakes.NewSQS(fakes.SQSConfig{
		Queues: []fakes.Queue{
			{Name: "events"},
		}, Faults: []fakes.Fault{{Op: "SendMessage", About: "task-2", Err: fakes.Unavailable}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer queues.Close()
	for body, fails := range map[string]bool{`{"id": "task-1"}`: false, `{"id": "task-2"}`: true} {
		_, err := queues.SendMessage(
			t.Context(),
			&sqs.SendMessageInput{QueueUrl: aws.String(fakes.QueueURL("events")), MessageBody: aws.String(body)},
		)
		if (err != nil) != fails {
			t.Errorf("sending %s: %v", body, err)
		}
	}
}

// A fault that is bound to a request fails the same calls, in whatever order they come.
func TestFaultAppliesToTheContextsThatItIsFor(t *testing.T) {
	type requestKey struct{}
	d, err := fakes.NewDynamoDB(fakes.DynamoDBConfig{
		Tables: []fakes.Table{{Name: "tasks", Key: "id"}},
		Faults: []fakes.Fault{{
			Op: "PutItem", Times: -1, Err: fakes.Throttled,
			When: func(ctx context.Context) bool { return ctx.Value(requestKey{}) == 7 },
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range []int{1, 7, 3, 7} {
		err := put(context.WithValue(t.Context(), requestKey{}, request), d, "a")
		if (err != nil) != (request == 7) {
			t.Errorf("request %d: %v", request, err)
		}
	}
}

func TestFaultAppliesToTheCallsItNames(t *testing.T) {
	tests := []struct {
		fault  fakes.Fault
		failed []int // of five puts, counted from 1
		reason string
	}{
		{fakes.Fault{}, []int{1}, "the first call by default"},
		{fakes.Fault{Nth: 3}, []int{3}, "one call"},
		{fakes.Fault{Nth: 2, Times: 2}, []int{2, 3}, "several calls"},
		{fakes.Fault{Nth: 4, Times: -1}, []int{4, 5}, "for ever"},
		{fakes.Fault{Match: "tasks"}, []int{1}, "the table that the call names"},
		{fakes.Fault{Match: "other", Times: -1}, nil, "another table"},
		{fakes.Fault{Op: "GetItem", Times: -1}, nil, "another operation"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			tt.fault.Err = fakes.Throttled
			if tt.fault.Op == "" {
				tt.fault.Op = "PutItem"
			}
			d := newDynamoDB(t, fakes.DynamoDBConfig{
				Tables: []fakes.Table{{Name: "other", Key: "id"}}, Faults: []fakes.Fault{tt.fault},
			})
			var failed []int
			for i := range 5 {
				if put(t.Context(), d, "a") != nil {
					failed = append(failed, i+1)
				}
			}
			if diff := cmp.Diff(tt.failed, failed); diff != "" {
				t.Error("failed calls (-want +got):\n" + diff)
			}
		})
	}
}

func TestFaultFailsBeforeOrAfterTheWrite(t *testing.T) {
	for _, after := range []bool{false, true} {
		d := newDynamoDB(t, fakes.DynamoDBConfig{Faults: []fakes.Fault{{Op: "PutItem", Err: fakes.Internal, After: after}}})
		if err := put(t.Context(), d, "a"); err == nil {
			t.Errorf("After %t: got no error", after)
		}
		if got := exists(t, d, "a"); got != after {
			t.Errorf("After %t: the item is there: %t", after, got)
		}
	}
}

func TestFaultErrorsHaveTheClientsLayers(t *testing.T) {
	lost := errors.New("connection reset")
	tests := []struct {
		reason string
		err    error
		code   string
		status int
	}{
		{"throttled", fakes.Throttled, "ProvisionedThroughputExceededException", http.StatusBadRequest},
		{"internal", fakes.Internal, "InternalServerError", http.StatusInternalServerError},
		{"unavailable", fakes.Unavailable, "ServiceUnavailable", http.StatusServiceUnavailable},
		{"not an answer", lost, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			d := newDynamoDB(t, fakes.DynamoDBConfig{
				Faults: []fakes.Fault{{Op: "PutItem", Err: tt.err}},
				NewID:  func() string { return "request-1" },
			})
			err := put(t.Context(), d, "a")
			var op *smithy.OperationError
			if !errors.As(err, &op) || op.ServiceID != "DynamoDB" || op.OperationName != "PutItem" {
				t.Errorf("got error %v, want a *smithy.OperationError of DynamoDB and PutItem", err)
			}
			want := tt.err
			var failure fakes.Failure
			if errors.As(tt.err, &failure) {
				want = failure.DynamoDB()
			}
			if !strings.Contains(err.Error(), want.Error()) {
				t.Errorf("got error %v, want it to wrap %v", err, want)
			}
			var api smithy.APIError
			var response *awshttp.ResponseError
			if tt.code == "" {
				var send *smithyhttp.RequestSendError
				if !errors.As(err, &send) || errors.As(err, &response) && response.HTTPStatusCode() != 0 {
					t.Errorf("got error %v, want a *http.RequestSendError without a status", err)
				}
				return
			}
			if !errors.As(err, &api) || api.ErrorCode() != tt.code {
				t.Errorf("got error %v, want code %s", err, tt.code)
			}
			if !errors.As(err, &response) {
				t.Fatalf("got error %v, want an *http.ResponseError", err)
			}
			if response.HTTPStatusCode() != tt.status || response.ServiceRequestID() != "request-1" {
				t.Errorf("got error %v, want status %d and request-1", err, tt.status)
			}
			if got := response.HTTPResponse().Header.Get("X-Amzn-RequestId"); got != "request-1" {
				t.Errorf("got request id %q in the response's header, want request-1", got)
			}
		})
	}
}

func TestDelayAndLatencyAddUpAndRespectTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDynamoDB(t, fakes.DynamoDBConfig{
			Latency: func(op string) time.Duration { return map[string]time.Duration{"PutItem": time.Second}[op] },
			Faults:  []fakes.Fault{{Op: "PutItem", Delay: 2 * time.Second, Times: 2}},
		})
		start := time.Now()
		if err := put(t.Context(), d, "a"); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != 3*time.Second {
			t.Errorf("the put took %s, want 3s", got)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		err := put(ctx, d, "late")
		wantCanceled(t, err, context.DeadlineExceeded)
		if got := time.Since(start); got != time.Second {
			t.Errorf("the put gave up after %s, want 1s", got)
		}
		if exists(t, d, "late") {
			t.Error("a put that was given up wrote its item")
		}
	})
}

func TestCancelledContextSendsNothing(t *testing.T) {
	d := newDynamoDB(t, fakes.DynamoDBConfig{Faults: []fakes.Fault{{Op: "PutItem", Err: fakes.Internal}}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := put(ctx, d, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
	}
	if err := put(t.Context(), d, "a"); err == nil {
		t.Error("the call that was not sent used up the fault")
	}
}

func wantCanceled(t *testing.T, err, cause error) {
	t.Helper()
	var canceled *smithy.CanceledError
	if !errors.As(err, &canceled) || !errors.Is(err, cause) {
		t.Errorf("got error %v, want a *smithy.CanceledError around %v", err, cause)
	}
}

func TestRequestIDsComeFromNewID(t *testing.T) {
	d := newDynamoDB(t, fakes.DynamoDBConfig{NewID: func() string { return "id-7" }})
	out, err := d.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("tasks")})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata); got != "id-7" {
		t.Errorf("got request id %q, want id-7", got)
	}
}
