package fakes

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// GetQueueUrl returns the URL of a queue, which is QueueURL of its name.
func (s *SQS) GetQueueUrl(
	ctx context.Context, in *sqs.GetQueueUrlInput, _ ...func(*sqs.Options),
) (*sqs.GetQueueUrlOutput, error) {
	in, out := orEmpty(in), &sqs.GetQueueUrlOutput{}
	name := aws.ToString(in.QueueName)
	err := s.do(ctx, "GetQueueUrl", name, in, &out.ResultMetadata, func(*call) error {
		url := QueueURL(name)
		_, err := s.queue(&url)
		out.QueueUrl = &url
		return err
	})
	return orNil(out, err)
}

// GetQueueAttributes returns the attributes that are asked for: the numbers of messages, which are
// exact here, and the queue's settings, with times in whole seconds. A message that was never
// received and is not yet visible counts as delayed.
func (s *SQS) GetQueueAttributes(
	ctx context.Context, in *sqs.GetQueueAttributesInput, _ ...func(*sqs.Options),
) (*sqs.GetQueueAttributesOutput, error) {
	in, out := orEmpty(in), &sqs.GetQueueAttributesOutput{}
	err := s.do(ctx, "GetQueueAttributes", s.name(in.QueueUrl), in, &out.ResultMetadata, func(*call) error {
		q, err := s.queue(in.QueueUrl)
		if err != nil {
			return err
		}
		s.serveLostPolls(q, time.Now())
		out.Attributes, err = s.describe(q, in.AttributeNames)
		return err
	})
	return orNil(out, err)
}

func (s *SQS) describe(q *queue, names []types.QueueAttributeName) (map[string]string, error) {
	all, err := s.attributes(q)
	if err != nil {
		return nil, err
	}
	if slices.Contains(names, types.QueueAttributeNameAll) {
		return all, nil
	}
	asked := map[string]string{}
	for _, name := range names {
		v, ok := all[string(name)]
		switch {
		case ok:
			asked[string(name)] = v
		case name == types.QueueAttributeNameRedrivePolicy: // absent without a redrive
		case slices.Contains(name.Values(), name):
			return nil, unsupported("queue attribute %s", name)
		default:
			return nil, &types.InvalidAttributeName{Message: aws.String(fmt.Sprintf("Unknown Attribute %s.", name))}
		}
	}
	return asked, nil
}

func (s *SQS) attributes(q *queue) (map[string]string, error) {
	visible, hidden, delayed := q.count(time.Now())
	attrs := map[types.QueueAttributeName]string{
		types.QueueAttributeNameApproximateNumberOfMessages:           strconv.Itoa(visible),
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible: strconv.Itoa(hidden),
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed:    strconv.Itoa(delayed),
		types.QueueAttributeNameQueueArn:                              s.arn(q.name),
		types.QueueAttributeNameVisibilityTimeout:                     strconv.Itoa(int(q.visibility / time.Second)),
	}
	maps.Copy(attrs, fixed)
	if q.dead != nil {
		policy, err := json.Marshal(struct {
			DeadLetterTargetArn string `json:"deadLetterTargetArn"`
			MaxReceiveCount     int    `json:"maxReceiveCount"`
		}{s.arn(q.dead.name), q.maxReceives})
		if err != nil {
			return nil, fmt.Errorf("encode redrive policy: %w", err)
		}
		attrs[types.QueueAttributeNameRedrivePolicy] = string(policy)
	}
	byName := make(map[string]string, len(attrs))
	for name, v := range attrs {
		byName[string(name)] = v
	}
	return byName, nil
}

// count counts messages by why they can't be received: visible ones can, hidden ones were received,
// delayed ones were not.
func (q *queue) count(now time.Time) (visible, hidden, delayed int) {
	for _, m := range q.schedule {
		switch {
		case !m.visibleAt.After(now):
			visible++
		case m.receives > 0:
			hidden++
		default:
			delayed++
		}
	}
	return visible, hidden, delayed
}
