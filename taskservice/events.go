package taskservice

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"tracelab/taskservice/task"
)

// publisher sends events to one queue.
type publisher struct {
	sqs        SQS
	queueURL   *string
	attributes map[string]string
}

func (p publisher) publish(ctx context.Context, event task.Event) error {
	body, err := event.Encode()
	if err != nil {
		return err
	}
	in := &sqs.SendMessageInput{QueueUrl: p.queueURL, MessageBody: aws.String(body)}
	if len(p.attributes) > 0 {
		in.MessageAttributes = make(map[string]types.MessageAttributeValue, len(p.attributes))
		for name, value := range p.attributes {
			in.MessageAttributes[name] = types.MessageAttributeValue{
				DataType: aws.String("String"), StringValue: aws.String(value),
			}
		}
	}
	_, err = p.sqs.SendMessage(ctx, in)
	return err
}
