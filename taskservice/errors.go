package taskservice

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tracelab/taskservice/task"
	"tracelab/taskservice/taskpb"
	"tracelab/telemetry"
)

// withReason returns an error with an ErrorInfo, for errors that a client can act on.
func withReason(code codes.Code, message, reason string, metadata map[string]string) error {
	s := status.New(code, message)
	if detailed, err := s.WithDetails(&errdetails.ErrorInfo{
		Domain: taskpb.ErrorDomain, Reason: reason, Metadata: metadata,
	}); err == nil {
		s = detailed
	}
	return s.Err()
}

// errKeyReused is the answer to a second, different request under a key.
func errKeyReused() error {
	return withReason(codes.AlreadyExists, "the idempotency key was used for a different request",
		taskpb.ReasonKeyReused, nil)
}

// notAnnounced logs why a stored task's event could not be sent, and returns the error for the
// caller: the task's id, and that its event will be sent.
func (s *Service) notAnnounced(ctx context.Context, id string, err error) error {
	failed := status.Convert(s.fail(ctx, "publish task-created (it will be sent again)", err))
	return withReason(failed.Code(), failed.Message(), taskpb.ReasonNotAnnounced,
		map[string]string{taskpb.MetadataTaskID: id})
}

// invalid returns the INVALID_ARGUMENT error that lists what is wrong with a request, or nil.
func invalid(violations []task.Violation) error {
	if len(violations) == 0 {
		return nil
	}
	details := &errdetails.BadRequest{}
	for _, v := range violations {
		details.FieldViolations = append(details.FieldViolations,
			&errdetails.BadRequest_FieldViolation{Field: v.Field, Description: v.Description})
	}
	s := status.Newf(codes.InvalidArgument, "%s %s", violations[0].Field, violations[0].Description)
	if detailed, err := s.WithDetails(details); err == nil {
		s = detailed
	}
	return s.Err()
}

// fail logs why something could not be done, and returns the error for the caller: what failed and
// its type, and nothing of the database's own words.
func (s *Service) fail(ctx context.Context, what string, err error) error {
	if errors.Is(err, errNotFound) {
		return status.Error(codes.NotFound, errNotFound.Error())
	}
	if errors.Is(err, errUnreadable) {
		s.logger.LogAttrs(ctx, slog.LevelError, "could not "+what, slog.Any("error", err))
		return withReason(codes.DataLoss, what+": the stored item is not a task",
			taskpb.ReasonUnreadable, nil)
	}
	code := codeOf(err)
	s.logger.LogAttrs(
		ctx,
		slog.LevelError,
		"could not "+what,
		slog.String("code", telemetry.CodeName(code)),
		slog.Any("error", err),
	)
	return status.Errorf(code, "%s: %s", what, telemetry.ErrorType(err))
}

// codeOf returns the code of an error of the database or the queue. UNAVAILABLE is worth another
// try, INTERNAL is not.
//
// The SDK's own rules for retries decide which is which: the codes of throttling and time-outs, the
// status codes 500, 502, 503 and 504 whatever comes with them, and connections that failed. It
// doesn't retry a conflict with a write in another region, but the conflict passes.
func codeOf(err error) codes.Code {
	switch {
	case errors.Is(err, context.Canceled):
		return codes.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return codes.DeadlineExceeded
	case errors.Is(err, errUnreadable):
		return codes.DataLoss
	}
	if errors.Is(err, errExists) {
		return codes.Unavailable // the next try has another id
	}
	var conflict *types.ReplicatedWriteConflictException
	if errors.As(err, &conflict) ||
		retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary {
		return codes.Unavailable
	}
	return codes.Internal
}

// A page token is the id of the page's last task. It is encoded so that clients don't rely on that.
func formatPageToken(last string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(last))
}

func parsePageToken(token string) (string, error) {
	last, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(last) > task.MaxID || !utf8.Valid(last) {
		return "", invalid([]task.Violation{{
			Field: "page_token", Description: "must be the next_page_token of an earlier answer",
		}})
	}
	return string(last), nil
}
