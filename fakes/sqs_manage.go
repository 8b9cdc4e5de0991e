package fakes

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// CreateQueue makes a standard queue. One that exists with the same attributes is returned as it
// is. The attributes that can be set are those of [SQS.SetQueueAttributes].
func (s *SQS) CreateQueue(
	ctx context.Context, in *sqs.CreateQueueInput, _ ...func(*sqs.Options),
) (*sqs.CreateQueueOutput, error) {
	in, out := orEmpty(in), &sqs.CreateQueueOutput{}
	name := aws.ToString(in.QueueName)
	err := s.do(ctx, "CreateQueue", name, in, &out.ResultMetadata, func(*call) error {
		if s.closed {
			return errClosed
		}
		url := QueueURL(name)
		out.QueueUrl = &url
		switch {
		case strings.HasSuffix(name, ".fifo"):
			return unsupported("FIFO queue %q", name)
		case !queueName.MatchString(name):
			return invalidValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
		}
		wanted := &queue{name: name, visibility: defaultVisibility, messages: map[uint64]*message{}}
		if err := s.set(wanted, in.Attributes); err != nil {
			return err
		}
		known := s.queues[url]
		if known == nil {
			s.queues[url] = wanted
			s.targets = append(s.targets, name)
			return nil
		}
		for attribute := range in.Attributes {
			if !known.hasSetting(types.QueueAttributeName(attribute), wanted) {
				return &types.QueueNameExists{
					Message: aws.String("A queue already exists with the same name and a different value for attribute " +
						attribute),
					ErrorCodeOverride: aws.String("QueueAlreadyExists"),
				}
			}
		}
		return nil
	})
	return orNil(out, err)
}

// hasSetting reports whether a queue has the same value of an attribute as another one.
func (q *queue) hasSetting(name types.QueueAttributeName, other *queue) bool {
	switch name {
	case types.QueueAttributeNameVisibilityTimeout:
		return q.visibility == other.visibility
	case types.QueueAttributeNameRedrivePolicy:
		return q.dead == other.dead && q.maxReceives == other.maxReceives
	}
	return true // it has one value only, see set
}

// SetQueueAttributes sets VisibilityTimeout and RedrivePolicy; an empty policy removes it. Other
// attributes can be set to the values that every queue has here.
func (s *SQS) SetQueueAttributes(
	ctx context.Context, in *sqs.SetQueueAttributesInput, _ ...func(*sqs.Options),
) (*sqs.SetQueueAttributesOutput, error) {
	in, out := orEmpty(in), &sqs.SetQueueAttributesOutput{}
	err := s.do(ctx, "SetQueueAttributes", s.name(in.QueueUrl), in, &out.ResultMetadata, func(*call) error {
		q, err := s.queue(in.QueueUrl)
		if err != nil {
			return err
		}
		wanted := *q
		if err := s.set(&wanted, in.Attributes); err != nil { // all or nothing
			return err
		}
		q.visibility, q.dead, q.maxReceives = wanted.visibility, wanted.dead, wanted.maxReceives
		q.wake()
		return nil
	})
	return orNil(out, err)
}

// DeleteQueue removes a queue and its messages at once. A queue of the same name can be made at
// once as well, for which the real service requires 60 seconds in between. Queues whose dead
// letters it had keep them from then on.
func (s *SQS) DeleteQueue(
	ctx context.Context, in *sqs.DeleteQueueInput, _ ...func(*sqs.Options),
) (*sqs.DeleteQueueOutput, error) {
	in, out := orEmpty(in), &sqs.DeleteQueueOutput{}
	err := s.do(ctx, "DeleteQueue", s.name(in.QueueUrl), in, &out.ResultMetadata, func(*call) error {
		q, err := s.queue(in.QueueUrl)
		if err != nil {
			return err
		}
		for _, m := range q.messages {
			s.rest(m)
		}
		delete(s.queues, *in.QueueUrl)
		s.targets = slices.DeleteFunc(s.targets, func(t string) bool { return t == q.name })
		for _, other := range s.queues {
			if other.dead == q {
				other.dead, other.maxReceives = nil, 0
			}
		}
		q.wake()
		return nil
	})
	return orNil(out, err)
}

// fixed are the attributes that have one value for every queue.
var fixed = map[types.QueueAttributeName]string{
	types.QueueAttributeNameMaximumMessageSize:            strconv.Itoa(maxMessageSize),
	types.QueueAttributeNameDelaySeconds:                  "0",
	types.QueueAttributeNameReceiveMessageWaitTimeSeconds: "0",
}

// set sets attributes of a queue.
func (s *SQS) set(q *queue, attributes map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		name, value := types.QueueAttributeName(key), attributes[key]
		only, isFixed := fixed[name]
		switch {
		case name == types.QueueAttributeNameVisibilityTimeout:
			seconds, err := strconv.Atoi(value)
			if err != nil || seconds < 0 || seconds > int(maxVisibility/time.Second) {
				return invalidQueueAttribute(key)
			}
			if seconds == 0 {
				return unsupported("VisibilityTimeout 0 of a queue")
			}
			q.visibility = time.Duration(seconds) * time.Second
		case name == types.QueueAttributeNameRedrivePolicy:
			if err := s.setRedrive(q, value); err != nil {
				return err
			}
		case isFixed && value == only:
		case slices.Contains(name.Values(), name):
			return unsupported("queue attribute %s with the value %q", key, value)
		default:
			return &types.InvalidAttributeName{Message: aws.String(fmt.Sprintf("Unknown Attribute %s.", key))}
		}
	}
	return nil
}

func (s *SQS) setRedrive(q *queue, policy string) error {
	if policy == "" {
		q.dead, q.maxReceives = nil, 0
		return nil
	}
	var p struct {
		Target string          `json:"deadLetterTargetArn"`
		Max    json.RawMessage `json:"maxReceiveCount"` // a number, or one in quotes
	}
	if err := json.Unmarshal([]byte(policy), &p); err != nil {
		return invalidQueueAttribute("RedrivePolicy")
	}
	receives, err := strconv.Atoi(strings.Trim(string(p.Max), `"`))
	if err != nil || receives < 1 || receives > 1000 {
		return invalidValue("Value %s for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: "+
			"%s, valid values are from 1 to 1000 both inclusive.", policy, p.Max)
	}
	name, found := strings.CutPrefix(p.Target, s.arn(""))
	dead := s.queues[QueueURL(name)]
	if !found || dead == nil || dead.name == q.name {
		return invalidValue("Value %s for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.",
			policy)
	}
	q.dead, q.maxReceives = dead, receives
	return nil
}

func invalidQueueAttribute(name string) error {
	return &types.InvalidAttributeValue{Message: aws.String("Invalid value for the parameter " + name + ".")}
}
