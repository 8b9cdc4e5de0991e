package fakes

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	smithy "github.com/aws/smithy-go"
)

// maxMessageSize is the limit in bytes of a message's body and attributes together. AWS raised it
// from 256 KiB to 1 MiB in 2025.
const maxMessageSize = 1 << 20

// SendMessage puts a message into a queue.
func (s *SQS) SendMessage(
	ctx context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options),
) (*sqs.SendMessageOutput, error) {
	in, out := orEmpty(in), &sqs.SendMessageOutput{}
	err := s.do(ctx, sendOp, s.name(in.QueueUrl), in, &out.ResultMetadata, func(c *call) error {
		return s.send(c.effects, in, out)
	})
	return orNil(out, err)
}

func (s *SQS) send(e effects, in *sqs.SendMessageInput, out *sqs.SendMessageOutput) error {
	q, err := s.queue(in.QueueUrl)
	if err != nil {
		return err
	}
	body := *in.MessageBody
	if err := validateBody(body); err != nil {
		return err
	}
	size, err := validateMessageAttributes(in.MessageAttributes)
	if err != nil {
		return err
	}
	if size+len(body) > maxMessageSize {
		return invalidValue(
			"One or more parameters are invalid. Reason: Message must be shorter than %d bytes.",
			maxMessageSize,
		)
	}
	if err := inRange("DelaySeconds", in.DelaySeconds, 0, int32(maxDelay/time.Second)); err != nil {
		return err
	}

	traceHeader, err := traceHeaderOf(in.MessageSystemAttributes)
	if err != nil {
		return err
	}

	id, bodyMD5 := s.newID(), hexMD5(body)
	out.MessageId = aws.String(id)
	out.MD5OfMessageBody = aws.String(bodyMD5)
	out.MD5OfMessageAttributes = attributesMD5(in.MessageAttributes)
	out.MD5OfMessageSystemAttributes = attributesMD5(asMessageAttributes(in.MessageSystemAttributes))
	if e.drop {
		return nil
	}
	attrs := copyMessageAttributes(in.MessageAttributes)
	now := time.Now()
	visibleAt := now.Add(time.Duration(in.DelaySeconds)*time.Second + e.deliveryDelay)
	for range 1 + e.duplicates {
		s.nextMessage++
		q.add(&message{
			number: s.nextMessage, id: id, body: body, bodyMD5: bodyMD5, attributes: attrs, traceHeader: traceHeader,
			sent: now, visibleAt: visibleAt,
		})
		s.watch(+1)
	}
	return nil
}

func validateBody(body string) error {
	if body == "" {
		return &smithy.GenericAPIError{
			Code:    "MissingParameter",
			Message: "The request must contain the parameter MessageBody.",
			Fault:   smithy.FaultClient,
		}
	}
	if !validText(body) {
		return &types.InvalidMessageContents{Message: aws.String("Invalid characters found. Valid unicode characters are " +
			"#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")}
	}
	return nil
}

// validText reports whether s is UTF-8 and has only characters that SQS allows, which are those of
// XML 1.0.
func validText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	})
}

func hexMD5(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}
