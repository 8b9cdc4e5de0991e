package taskservice_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tracelab/fakes"
	"tracelab/taskservice"
	"tracelab/taskservice/taskpb"
	"tracelab/telemetry"
)

// theirs is an error text of the database, which callers must not get.
const theirs = "node-17 of table tasks"

func TestErrorsOfTheDatabaseHaveACodeForTheCaller(t *testing.T) {
	api := func(code string, fault smithy.ErrorFault) error {
		return &smithy.GenericAPIError{Code: code, Message: theirs, Fault: fault}
	}
	tests := []struct {
		name   string
		err    error
		want   codes.Code
		reason string
	}{
		{"throttled", fakes.Throttled, codes.Unavailable, "worth another try, though AWS calls it the client's fault"},
		{"throttling", api("ThrottlingException", smithy.FaultUnknown), codes.Unavailable, "so is this"},
		{"request limit", api("RequestLimitExceeded", smithy.FaultUnknown), codes.Unavailable, ""},
		{"request throttled", api("RequestThrottled", smithy.FaultClient), codes.Unavailable, "SQS's"},
		{"slow down", api("SlowDown", smithy.FaultUnknown), codes.Unavailable, "any code of the SDK's list"},
		{
			"request timeout",
			api("RequestTimeout", smithy.FaultUnknown),
			codes.Unavailable,
			"the service's time-out, not the caller's",
		},
		{"internal", fakes.Internal, codes.Unavailable, "InternalServerError and InternalFailure: status 500"},
		{"unavailable", fakes.Unavailable, codes.Unavailable, "status 503"},
		{"empty 503", fakes.Empty503, codes.Unavailable, "whatever comes with the status"},
		{"connection lost", fakes.ConnectionLost, codes.Unavailable, "the next one may get through"},
		{"no answer", errors.New(theirs), codes.Unavailable, "the next one may get through"},
		{
			"write conflict",
			&types.ReplicatedWriteConflictException{Message: aws.String(theirs)},
			codes.Unavailable,
			"the other region's write ends",
		},
		{
			"no such table",
			&types.ResourceNotFoundException{Message: aws.String(theirs)},
			codes.Internal,
			"another try would fail again",
		},
		{
			"access denied",
			api("AccessDeniedException", smithy.FaultClient),
			codes.Internal,
			"our credentials are no business of the caller's",
		},
		{"validation", api("ValidationException", smithy.FaultClient), codes.Internal, "we asked for something wrong"},
		{"unknown code", api("Strange", smithy.FaultUnknown), codes.Internal, "its status is 400"},
		{"unknown code of the server's", api("Strange", smithy.FaultServer), codes.Unavailable, "its status is 500"},
		{"canceled", context.Canceled, codes.Canceled, "the caller went away"},
		{"too late", fmt.Errorf("wait: %w", context.DeadlineExceeded), codes.DeadlineExceeded, ""},
	}
	calls := map[string]func(*system) error{
		"PutItem": func(s *system) error {
			_, err := s.CreateTask(t.Context(), &taskpb.CreateTaskRequest{Title: "t"})
			return err
		},
		"SendMessage": func(s *system) error {
			_, err := s.CreateTask(t.Context(), &taskpb.CreateTaskRequest{Title: "t"})
			return err
		},
		"GetItem": func(s *system) error {
			_, err := s.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: "a"})
			return err
		},
		"Scan": func(s *system) error {
			_, err := s.ListTasks(t.Context(), &taskpb.ListTasksRequest{})
			return err
		},
		"UpdateItem": func(s *system) error {
			_, err := s.UpdateTask(t.Context(), update("a", "title", &taskpb.Task{Title: "t"}))
			return err
		},
		"DeleteItem": func(s *system) error {
			_, err := s.DeleteTask(t.Context(), &taskpb.DeleteTaskRequest{Id: "a"})
			return err
		},
	}
	for _, test := range tests {
		for operation, call := range calls {
			t.Run(test.name+" "+operation, func(t *testing.T) {
				var log bytes.Buffer
				service := telemetry.Service{Logger: slog.New(slog.NewJSONHandler(&log, nil))}
				err := call(newSystem(t, taskservice.Config{Telemetry: service}, fakes.Fault{Op: operation, Err: test.err}))
				if status.Code(err) != test.want {
					t.Errorf("error is %v, want %s: %s", err, test.want, test.reason)
				}
				for _, word := range []string{
					"node-17", "throughput", "Internal server error", "temporarily", "RequestID", "https",
				} {
					if strings.Contains(status.Convert(err).Message(), word) {
						t.Errorf("the caller reads the database's own words: %v", err)
					}
				}
				want := test.err
				var failure fakes.Failure
				switch {
				case !errors.As(test.err, &failure):
				case operation == "SendMessage":
					want = failure.SQS()
				default:
					want = failure.DynamoDB()
				}
				kind := telemetry.ErrorType(want)
				if failure == fakes.Empty503 {
					kind = "503" // it has no code
				}
				if !strings.Contains(status.Convert(err).Message(), kind) {
					t.Errorf("the caller doesn't read what kind of error it is: %v", err)
				}
				for _, part := range []string{`"level":"ERROR"`, `"code":"` + telemetry.CodeName(test.want) + `"`} {
					if !strings.Contains(log.String(), part) {
						t.Errorf("the log doesn't have %s:\n%s", part, &log)
					}
				}
				if strings.Contains(test.err.Error(), theirs) && !strings.Contains(log.String(), theirs) {
					t.Errorf("the log doesn't have the database's own words:\n%s", &log)
				}
			})
		}
	}
}

func TestWhatIsNotFoundIsNotLoggedAsAnError(t *testing.T) {
	var log bytes.Buffer
	s := newSystem(t, taskservice.Config{Telemetry: telemetry.Service{Logger: slog.New(slog.NewJSONHandler(&log, nil))}})
	_, err := s.GetTask(t.Context(), &taskpb.GetTaskRequest{Id: "none"})
	wantCode(t, err, codes.NotFound)
	if log.Len() != 0 {
		t.Errorf("logged:\n%s", &log)
	}
}
