package taskservice_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	"tracelab/fakes"
	"tracelab/internal/slow"
	"tracelab/taskservice"
	"tracelab/taskservice/taskpb"
	"tracelab/telemetry"
)

// reasonOf returns the reason and the task id in an error's details.
func reasonOf(err error) (reason, task string) {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == taskpb.ErrorDomain {
			return info.GetReason(), info.GetMetadata()[taskpb.MetadataTaskID]
		}
	}
	return "", ""
}

// The sweep went by updated_at, so that a task that was edited again and again was never swept.
func TestTaskThatIsEditedAgainAndAgainIsStillSwept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t, taskservice.Config{ResendAfter: 5 * time.Minute, MaxResends: 1000}, lost(1))
		id, sent := s.createLost(t, "k", ""), 0
		for i := range 24 * 60 / 4 {
			pass(4 * time.Minute)
			edit := update(id, "title", &taskpb.Task{Title: fmt.Sprint("edit ", i)})
			if _, err := s.UpdateTask(t.Context(), edit); err != nil {
				t.Fatal(err)
			}
			n, err := s.Sweep(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			sent += n
		}
		if want := 24 * 60 / 8; sent != want {
			t.Errorf("sent %d times in a day, want %d: at every second edit", sent, want)
		}
	})
}

func TestSweepChangesNothingThatClientsSee(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t, taskservice.Config{ResendAfter: time.Minute}, lost(1))
		id := s.createLost(t, "k", "")
		before, err := s.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: id})
		if err != nil {
			t.Fatal(err)
		}
		pass(time.Minute + time.Second)
		s.wantSweep(t, 1)
		after, err := s.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: id})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, after, protocmp.Transform()); diff != "" {
			t.Errorf("the task before and after a sweep (-before +after):\n%s", diff)
		}
	})
}

// foreign are items that something else put into the table.
var foreign = map[string]map[string]types.AttributeValue{
	"nothing but a key":  {},
	"no times":           {"title": text("x"), "status": text("PENDING")},
	"another kind":       {"status": text("PENDING"), "created_at": text("yesterday"), "updated_at": text("today")},
	"a number as a time": {"status": text("DONE"), "created_at": &types.AttributeValueMemberN{Value: "1"}},
	"an unknown status": {
		"status": text("LOST"), "created_at": text("2026-01-02T03:04:05.000000000Z"),
		"updated_at": text("2026-01-02T03:04:05.000000000Z"),
	},
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func (s *system) putForeign(t *testing.T) (ids []string) {
	t.Helper()
	for id, attrs := range foreign {
		item := map[string]types.AttributeValue{"id": text(id)}
		for name, value := range attrs {
			item[name] = value
		}
		in := &dynamodb.PutItemInput{TableName: aws.String("tasks"), Item: item}
		if _, err := s.db.PutItem(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestForeignRowsAreSkippedLoggedAndCounted(t *testing.T) {
	var log bytes.Buffer
	s := newSystem(t, taskservice.Config{Telemetry: telemetry.Service{Logger: slog.New(slog.NewJSONHandler(&log, nil))}})
	s.putForeign(t)
	var want, got []string
	for i := range 20 {
		want = append(want, s.create(t, fmt.Sprint("task ", i)))
	}
	log.Reset()
	for token := ""; ; {
		out, err := s.ListTasks(t.Context(), &taskpb.ListTasksRequest{PageSize: 3, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range out.GetTasks() {
			got = append(got, task.GetId())
		}
		if token = out.GetNextPageToken(); token == "" {
			break
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("listed tasks (-want +got):\n%s", diff)
	}
	for id := range foreign {
		if n := strings.Count(log.String(), "task "+id+", attribute"); n != 1 {
			t.Errorf("item %q is logged %d times, want once:\n%s", id, n, &log)
		}
	}
	if !strings.Contains(log.String(), `"count":`) || strings.Contains(log.String(), `"ERROR"`) {
		t.Errorf("the log has no count, or an error:\n%s", &log)
	}
}

func TestGetOfAForeignRowIsAClearError(t *testing.T) {
	s := newSystem(t, taskservice.Config{})
	for _, id := range s.putForeign(t) {
		_, err := s.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: id})
		wantCode(t, err, codes.DataLoss)
		if reason, _ := reasonOf(err); reason != taskpb.ReasonUnreadable ||
			!strings.Contains(err.Error(), "the stored item is not a task") {
			t.Errorf("%s: error is %v", id, err)
		}
	}
}

// itemless is a database that doesn't return the item of a failed condition.
type itemless struct{ taskservice.DynamoDB }

func (d itemless) PutItem(
	ctx context.Context, in *dynamodb.PutItemInput, opts ...func(*dynamodb.Options),
) (*dynamodb.PutItemOutput, error) {
	out, err := d.DynamoDB.PutItem(ctx, in, opts...)
	var condition *types.ConditionalCheckFailedException
	if errors.As(err, &condition) {
		condition.Item = nil
	}
	return out, err
}

func TestRepeatedRequestIsReplayedByADatabaseThatReturnsNoOldItem(t *testing.T) {
	s := newSystem(t, taskservice.Config{})
	service, err := taskservice.New(taskservice.Config{
		DynamoDB: itemless{s.db}, Table: "tasks", SQS: s.sqs, QueueURL: fakes.QueueURL("events"),
	})
	if err != nil {
		t.Fatal(err)
	}
	in := &taskpb.CreateTaskRequest{Title: "Buy milk", IdempotencyKey: "k"}
	first, err := service.CreateTask(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	second, err := service.CreateTask(t.Context(), in)
	if err != nil || !second.GetReplayed() {
		t.Fatalf("replayed %v, error %v", second.GetReplayed(), err)
	}
	if diff := cmp.Diff(first.GetTask(), second.GetTask(), protocmp.Transform()); diff != "" {
		t.Errorf("first and second result (-first +second):\n%s", diff)
	}
	_, err = service.CreateTask(t.Context(), &taskpb.CreateTaskRequest{Title: "other", IdempotencyKey: "k"})
	wantCode(t, err, codes.AlreadyExists)
}

func TestReplayIsTheFirstResultWhateverBecameOfTheTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t, taskservice.Config{})
		in := &taskpb.CreateTaskRequest{Title: "Buy milk", Description: "two", IdempotencyKey: "k"}
		first, err := s.CreateTask(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		edited := update(first.GetTask().GetId(), "title", &taskpb.Task{Title: "Buy bread"})
		if _, err := s.UpdateTask(t.Context(), edited); err != nil {
			t.Fatal(err)
		}
		second, err := s.CreateTask(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first.GetTask(), second.GetTask(), protocmp.Transform()); diff != "" {
			t.Errorf("first and second result (-first +second):\n%s", diff)
		}
	})
}

func TestKeyOfADifferentRequestHasAReason(t *testing.T) {
	s := newSystem(t, taskservice.Config{})
	for i, title := range []string{"a", "b"} {
		_, err := s.CreateTask(t.Context(), &taskpb.CreateTaskRequest{Title: title, IdempotencyKey: "k"})
		if reason, _ := reasonOf(err); i == 1 && reason != taskpb.ReasonKeyReused {
			t.Errorf("error is %v with reason %q, want %q", err, reason, taskpb.ReasonKeyReused)
		}
	}
}

func TestStoredTaskWhoseEventIsNotSentIsNamed(t *testing.T) {
	for _, failure := range []error{fakes.Throttled, errors.New("access denied")} {
		s := newSystem(t, taskservice.Config{}, fakes.Fault{Op: "SendMessage", Err: failure})
		_, err := s.CreateTask(t.Context(), &taskpb.CreateTaskRequest{Title: "Buy milk", IdempotencyKey: "k"})
		if reason, id := reasonOf(err); reason != taskpb.ReasonNotAnnounced || id != taskservice.TaskID("k") {
			t.Errorf("error is %v with reason %q and task %q", err, reason, id)
		}
	}
}

func TestEventAttributeThatCarriesContextIsRefused(t *testing.T) {
	s := newSystem(t, taskservice.Config{})
	config := taskservice.Config{DynamoDB: s.db, Table: "tasks", SQS: s.sqs, QueueURL: fakes.QueueURL("events")}
	config.Telemetry.Propagator = propagation.Baggage{}
	for name, refused := range map[string]bool{
		"traceparent": true, "tracestate": true, "baggage": true, "team": false, "Traceparent": false,
	} {
		config.EventAttributes = map[string]string{name: "mine"}
		_, err := taskservice.New(config)
		if refused != (err != nil) || err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("attribute %s: error is %v, want it refused: %v", name, err, refused)
		}
	}
}

// The caller's deadline cancels its call at nearly the moment at which the deadline comes here.
func TestCallThatIsCanceledAtItsDeadlineIsTooLate(t *testing.T) {
	tests := []struct {
		canceledAfter time.Duration // of 10 s
		want          string
	}{
		{5 * time.Second, "CANCELLED"},
		{9800 * time.Millisecond, "CANCELLED"},
		{9999 * time.Millisecond, "DEADLINE_EXCEEDED"},
		{10 * time.Second, "DEADLINE_EXCEEDED"},
		{time.Minute, "DEADLINE_EXCEEDED"},
	}
	for _, test := range tests {
		t.Run(test.canceledAfter.String(), func(t *testing.T) {
			for range slow.Times(100, 10) {
				synctest.Test(t, func(t *testing.T) {
					recorder := tracetest.NewSpanRecorder()
					pipeline := telemetry.NewPipeline(telemetry.Config{Processors: []sdktrace.SpanProcessor{recorder}})
					config := taskservice.Config{Telemetry: pipeline.Service("tasks")}
					s := run(t, newSystem(t, config, fakes.Fault{Op: "GetItem", Delay: time.Hour}))
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
					defer cancel()
					time.AfterFunc(test.canceledAfter, cancel)
					if _, err := s.client.GetTask(ctx, &taskpb.GetTaskRequest{Id: "a"}); err == nil {
						t.Error("the call succeeded")
					}
					<-time.After(time.Second)
					synctest.Wait()
					ended := recorder.Ended()
					if len(ended) != 1 {
						t.Fatalf("%d spans, want the call's", len(ended))
					}
					want := semconv.RPCResponseStatusCode(test.want)
					if got := ended[0].Attributes(); !slices.Contains(got, want) {
						t.Errorf("attributes are %v, want %v", got, want)
					}
				})
			}
		})
	}
}

func TestSkippedItemsAreCountedOnTheSpan(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	pipeline := telemetry.NewPipeline(telemetry.Config{Processors: []sdktrace.SpanProcessor{recorder}})
	s := newSystem(t, taskservice.Config{})
	s.putForeign(t)
	ctx, span := pipeline.Service("test").Tracer().Start(t.Context(), "call")
	if _, err := s.ListTasks(ctx, &taskpb.ListTasksRequest{PageSize: 100}); err != nil {
		t.Fatal(err)
	}
	span.End()
	want := taskservice.SkippedItemsKey.Int(len(foreign))
	if got := recorder.Ended()[0].Attributes(); !slices.Contains(got, want) {
		t.Errorf("attributes are %v, want %v", got, want)
	}
}
