package fakes

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// DeleteMessage removes a message for good, by the receipt handle of its last receive. As with the
// real service, the handle of an earlier receive and that of a deleted message are accepted and
// delete nothing; any other text is a ReceiptHandleIsInvalid error.
func (s *SQS) DeleteMessage(
	ctx context.Context, in *sqs.DeleteMessageInput, _ ...func(*sqs.Options),
) (*sqs.DeleteMessageOutput, error) {
	in, out := orEmpty(in), &sqs.DeleteMessageOutput{}
	err := s.do(ctx, "DeleteMessage", s.name(in.QueueUrl), in, &out.ResultMetadata, func(*call) error {
		q, m, err := s.received(in.QueueUrl, *in.ReceiptHandle)
		if err != nil || m == nil {
			return err
		}
		q.remove(m)
		s.rest(m)
		return nil
	})
	return orNil(out, err)
}

// ChangeMessageVisibility hides a received message until VisibilityTimeout seconds from now; 0
// makes it visible at once. A message that is gone or was received again is an
// InvalidParameterValue, one that is visible a MessageNotInflight. The message can't be hidden for
// longer than 12 hours after its receive.
func (s *SQS) ChangeMessageVisibility(
	ctx context.Context, in *sqs.ChangeMessageVisibilityInput, _ ...func(*sqs.Options),
) (*sqs.ChangeMessageVisibilityOutput, error) {
	in, out := orEmpty(in), &sqs.ChangeMessageVisibilityOutput{}
	err := s.do(ctx, "ChangeMessageVisibility", s.name(in.QueueUrl), in, &out.ResultMetadata, func(*call) error {
		return s.changeVisibility(in)
	})
	return orNil(out, err)
}

func (s *SQS) changeVisibility(in *sqs.ChangeMessageVisibilityInput) error {
	if err := inRange("VisibilityTimeout", in.VisibilityTimeout, 0, int32(maxVisibility/time.Second)); err != nil {
		return err
	}
	q, m, err := s.received(in.QueueUrl, *in.ReceiptHandle)
	if err != nil {
		return err
	}
	now := time.Now()
	until := now.Add(time.Duration(in.VisibilityTimeout) * time.Second)
	switch {
	case m == nil:
		return invalidValue("Value %s for parameter ReceiptHandle is invalid. Reason: "+
			"Message does not exist or is not available for visibility timeout change.", *in.ReceiptHandle)
	case !m.visibleAt.After(now):
		return &types.MessageNotInflight{ErrorCodeOverride: aws.String("AWS.SimpleQueueService.MessageNotInflight")}
	case until.Sub(m.lastReceived) > maxVisibility:
		return invalidValue("Value %d for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the "+
			"message is beyond the limit [%d seconds]", in.VisibilityTimeout, maxVisibility/time.Second)
	}
	q.hideUntil(m, until)
	return nil
}

// received finds the message of a receipt handle, nil for one that is gone or was received again.
func (s *SQS) received(url *string, handle string) (*queue, *message, error) {
	q, err := s.queue(url)
	if err != nil {
		return nil, nil, err
	}
	m, ok := q.find(handle)
	if !ok {
		return nil, nil, &types.ReceiptHandleIsInvalid{
			Message: aws.String("The input receipt handle \"" + handle + "\" is not a valid receipt handle."),
		}
	}
	return q, m, nil
}
