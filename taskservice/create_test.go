package taskservice_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	"tracelab/fakes"
	"tracelab/taskservice"
	"tracelab/taskservice/taskpb"
)

func TestCreatedTaskIsStoredAndAnnounced(t *testing.T) {
	s := newSystem(t, taskservice.Config{NewID: func() string { return "id-1" }})
	out, err := s.CreateTask(t.Context(), &taskpb.CreateTaskRequest{Title: "Buy milk", Description: "two"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: "id-1"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(out.GetTask(), got, protocmp.Transform()); diff != "" {
		t.Errorf("the task is not the one that was answered (-answered +stored):\n%s", diff)
	}
	if got.GetTitle() != "Buy milk" || got.GetDescription() != "two" ||
		got.GetStatus() != taskpb.TaskStatus_TASK_STATUS_PENDING ||
		!got.GetCreatedAt().AsTime().Equal(got.GetUpdatedAt().AsTime()) ||
		out.GetReplayed() {
		t.Errorf("created %v", out)
	}
	if ids := s.published(t); !slices.Equal(ids, []string{"id-1"}) {
		t.Errorf("events of %q, want of the task", ids)
	}
}

func TestRepeatedCallUnderAKeyReturnsTheFirstTask(t *testing.T) {
	s := newSystem(t, taskservice.Config{})
	in := &taskpb.CreateTaskRequest{Title: "Buy milk", Description: "two", IdempotencyKey: "k"}
	first, err := s.CreateTask(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.CreateTask(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.GetTask(), second.GetTask(), protocmp.Transform()); diff != "" {
		t.Errorf("tasks (-first +second):\n%s", diff)
	}
	if first.GetReplayed() || !second.GetReplayed() {
		t.Errorf("replayed: %v, then %v", first.GetReplayed(), second.GetReplayed())
	}
	if n, events := s.stored(t), s.published(t); n != 1 || len(events) != 1 {
		t.Errorf("%d items and %d events, want one of each", n, len(events))
	}
}

func TestAnotherRequestUnderAUsedKeyIsRefused(t *testing.T) {
	first := &taskpb.CreateTaskRequest{Title: "a", Description: "b\x00c", IdempotencyKey: "k"}
	tests := []struct {
		title, description, reason string
	}{
		{"x", "b\x00c", "another title"},
		{"a", "x", "another description"},
		{"a", "", "no description"},
		{"ab", "\x00c", "the same characters, elsewhere"},
		{"a\x00b", "c", "the same bytes, cut elsewhere"},
	}
	for _, test := range tests {
		s := newSystem(t, taskservice.Config{})
		if _, err := s.CreateTask(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		_, err := s.CreateTask(
			t.Context(),
			&taskpb.CreateTaskRequest{Title: test.title, Description: test.description, IdempotencyKey: "k"},
		)
		if status.Code(err) != codes.AlreadyExists {
			t.Errorf("%s: error is %v, want ALREADY_EXISTS", test.reason, err)
		}
		if n, events := s.stored(t), s.published(t); n != 1 || len(events) != 1 {
			t.Errorf("%s: %d items and %d events, want one of each", test.reason, n, len(events))
		}
	}
}

func TestCallersAtOnceUnderOneKeyGetOneTask(t *testing.T) {
	s := newSystem(t, taskservice.Config{})
	var mu sync.Mutex
	ids, replayed := map[string]int{}, 0
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() {
			out, err := s.CreateTask(t.Context(), &taskpb.CreateTaskRequest{Title: "Buy milk", IdempotencyKey: "k"})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			ids[out.GetTask().GetId()]++
			if out.GetReplayed() {
				replayed++
			}
		})
	}
	callers.Wait()
	if len(ids) != 1 || replayed != 49 {
		t.Errorf("ids %v, %d replayed, want one id and 49", ids, replayed)
	}
	if n, events := s.stored(t), s.published(t); n != 1 || len(events) != 1 {
		t.Errorf("%d items and %d events, want one of each", n, len(events))
	}
}

func TestCallsWithoutAKeyCreateATaskEach(t *testing.T) {
	s := newSystem(t, taskservice.Config{})
	first, second := s.create(t, "Buy milk"), s.create(t, "Buy milk")
	if first == second || s.stored(t) != 2 {
		t.Errorf("tasks %s and %s, %d items", first, second, s.stored(t))
	}
}

func TestIDThatIsTakenOverwritesNothing(t *testing.T) {
	s := newSystem(t, taskservice.Config{NewID: func() string { return "id-1" }})
	s.create(t, "first")
	_, err := s.CreateTask(t.Context(), &taskpb.CreateTaskRequest{Title: "second"})
	wantCode(t, err, codes.Unavailable) // another try has another id
	got, err := s.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: "id-1"})
	if err != nil || got.GetTitle() != "first" {
		t.Errorf("the task is %v, error %v", got, err)
	}
}

// The write happened and its answer was lost: the caller tries again.
func TestLostAnswerOfAWriteMakesNoSecondTask(t *testing.T) {
	s := newSystem(t, taskservice.Config{}, fakes.Fault{Op: "PutItem", Err: fakes.Internal, After: true})
	in := &taskpb.CreateTaskRequest{Title: "Buy milk", IdempotencyKey: "k"}
	_, err := s.CreateTask(t.Context(), in)
	wantCode(t, err, codes.Unavailable)
	out, err := s.CreateTask(t.Context(), in)
	if err != nil || !out.GetReplayed() || s.stored(t) != 1 {
		t.Errorf("replayed %v, error %v, %d items", out.GetReplayed(), err, s.stored(t))
	}
}

func TestInvalidTaskIsNeitherStoredNorAnnounced(t *testing.T) {
	s := newSystem(t, taskservice.Config{})
	_, err := s.CreateTask(t.Context(), &taskpb.CreateTaskRequest{})
	wantCode(t, err, codes.InvalidArgument)
	if n, events := s.stored(t), s.published(t); n != 0 || len(events) != 0 {
		t.Errorf("%d items and %d events", n, len(events))
	}
}

func TestTaskThatIsNotStoredIsNotAnnounced(t *testing.T) {
	s := newSystem(t, taskservice.Config{}, fakes.Fault{Op: "PutItem", Err: errors.New("no route to host")})
	_, err := s.CreateTask(t.Context(), &taskpb.CreateTaskRequest{Title: "Buy milk"})
	wantCode(t, err, codes.Unavailable)
	if events := s.published(t); len(events) != 0 {
		t.Errorf("events of %q", events)
	}
}

func TestEventAttributesAreOnEveryMessage(t *testing.T) {
	s := newSystem(t, taskservice.Config{EventAttributes: map[string]string{"team": "blue"}})
	s.create(t, "Buy milk")
	out, err := s.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(fakes.QueueURL("events")), MessageAttributeNames: []string{"All"},
	})
	if err != nil || len(out.Messages) != 1 {
		t.Fatalf("received %v, error %v", out, err)
	}
	if got := aws.ToString(out.Messages[0].MessageAttributes["team"].StringValue); got != "blue" {
		t.Errorf("attribute team is %q", got)
	}
}
