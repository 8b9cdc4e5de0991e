package fakes

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// ReceiveMessage returns up to MaxNumberOfMessages messages and hides them for the visibility
// timeout. With WaitTimeSeconds it waits until there is a message, and returns none when the time
// is over. Attributes are returned only when they are asked for by name.
//
// A VisibilityTimeout of 0 means the queue's, since the real client does not send it.
func (s *SQS) ReceiveMessage(
	ctx context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options),
) (*sqs.ReceiveMessageOutput, error) {
	in, out := orEmpty(in), &sqs.ReceiveMessageOutput{}
	c, err := s.begin(ctx, receiveOp, s.name(in.QueueUrl), in)
	if err != nil {
		return nil, err
	}
	return orNil(out, c.end(s.poll(ctx, c.effects, in, out), &out.ResultMetadata))
}

func (s *SQS) poll(ctx context.Context, e effects, in *sqs.ReceiveMessageInput, out *sqs.ReceiveMessageOutput) error {
	if err := validateReceive(in); err != nil {
		return err
	}
	deadline := time.Now().Add(time.Duration(in.WaitTimeSeconds) * time.Second)
	for {
		again, err := s.receive(in, out, deadline)
		if err != nil || again == nil {
			return err
		}
		if err := again.wait(ctx); err != nil {
			if e.swallow {
				s.swallow(in, deadline)
			}
			return err
		}
	}
}

func validateReceive(in *sqs.ReceiveMessageInput) error {
	if err := inRange("MaxNumberOfMessages", cmp.Or(in.MaxNumberOfMessages, 1), 1, 10); err != nil {
		return err
	}
	if err := inRange("WaitTimeSeconds", in.WaitTimeSeconds, 0, int32(maxWait/time.Second)); err != nil {
		return err
	}
	if err := inRange("VisibilityTimeout", in.VisibilityTimeout, 0, int32(maxVisibility/time.Second)); err != nil {
		return err
	}
	known := types.MessageSystemAttributeName("").Values()
	for _, name := range systemAttributeNames(in) {
		if !slices.Contains(known, name) {
			return invalidValue("Unknown Attribute %s.", name)
		}
	}
	return nil
}

// systemAttributeNames returns the system attributes that a receive requests, also in
// AttributeNames, the member's older name.
func systemAttributeNames(in *sqs.ReceiveMessageInput) []types.MessageSystemAttributeName {
	names := in.MessageSystemAttributeNames
	//lint:ignore SA1019 deprecated, and still sent by many clients
	for _, name := range in.AttributeNames {
		names = append(names[:len(names):len(names)], types.MessageSystemAttributeName(name))
	}
	return names
}

// nextLook is when a long poll has to look again.
type nextLook struct {
	at    time.Time
	woken <-chan struct{}
}

func (n *nextLook) wait(ctx context.Context) error {
	timer := time.NewTimer(time.Until(n.at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-n.woken:
	case <-timer.C:
	}
	return nil
}

// receive takes what is visible now. It returns nil when the poll is over: with messages, or
// without at the deadline.
func (s *SQS) receive(
	in *sqs.ReceiveMessageInput,
	out *sqs.ReceiveMessageOutput,
	deadline time.Time,
) (*nextLook, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	visibility := cmp.Or(time.Duration(in.VisibilityTimeout)*time.Second, q.visibility)
	limit := int(cmp.Or(in.MaxNumberOfMessages, 1))
	now := time.Now()
	s.serveLostPolls(q, now)
	for m := q.front(); m != nil && !m.visibleAt.After(now) && len(out.Messages) < limit; m = q.front() {
		if s.take(q, m, now, visibility) {
			out.Messages = append(out.Messages, s.delivered(m, in))
		}
	}
	if len(out.Messages) > 0 || !now.Before(deadline) || s.pollsEnded {
		return nil, nil
	}
	at := deadline
	if m := q.front(); m != nil && m.visibleAt.Before(at) {
		at = m.visibleAt
	}
	return &nextLook{at, q.waiting()}, nil
}

// take receives a visible message at a time, and reports whether it did: a message whose receives
// are used up is buried instead.
func (s *SQS) take(q *queue, m *message, at time.Time, visibility time.Duration) bool {
	if q.dead != nil && m.receives >= q.maxReceives {
		s.bury(q, m, at)
		return false
	}
	m.receives++
	m.lastReceived = at
	if m.firstReceived.IsZero() {
		m.firstReceived = at
	}
	m.handle = q.newHandle(m, s.newID())
	q.hideUntil(m, at.Add(visibility))
	return true
}

// lostPoll is a long poll whose caller has gone, and which goes on all the same.
type lostPoll struct {
	deadline   time.Time
	limit      int
	visibility time.Duration
}

func (s *SQS) swallow(in *sqs.ReceiveMessageInput, deadline time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q, err := s.queue(in.QueueUrl); err == nil {
		q.lostPolls = append(q.lostPolls, lostPoll{
			deadline, int(cmp.Or(in.MaxNumberOfMessages, 1)),
			cmp.Or(time.Duration(in.VisibilityTimeout)*time.Second, q.visibility),
		})
	}
}

// serveLostPolls gives messages that have become visible to the lost polls that were waiting then.
// Nothing runs in the background, so this happens at the next receive or count, as of the time at
// which it would have happened.
func (s *SQS) serveLostPolls(q *queue, now time.Time) {
	for len(q.lostPolls) > 0 {
		p := q.lostPolls[0]
		m := q.front()
		if m == nil || m.visibleAt.After(now) || m.visibleAt.After(p.deadline) {
			if now.Before(p.deadline) {
				return // it waits on
			}
			q.lostPolls = q.lostPolls[1:]
			continue
		}
		at := m.visibleAt // the poll ends with the messages that are visible then
		for n := 0; n < p.limit && m != nil && !m.visibleAt.After(at); m = q.front() {
			if s.take(q, m, at, p.visibility) {
				n++
			}
		}
		q.lostPolls = q.lostPolls[1:]
	}
}

// bury moves a message to the dead-letter queue, where it is visible at once and keeps its id, its
// age and its count of receives. It may be received there again without limit, unless that queue
// has a dead-letter queue of its own.
func (s *SQS) bury(q *queue, m *message, now time.Time) {
	q.remove(m)
	m.source, m.handle, m.visibleAt = q.name, "", now
	q.dead.add(m)
	s.rest(m)
}

// delivered is the message as the receive asked for it. The digest is that of the attributes that
// are returned.
func (s *SQS) delivered(m *message, in *sqs.ReceiveMessageInput) types.Message {
	attrs := selectAttributes(m.attributes, in.MessageAttributeNames)
	return types.Message{
		MessageId:              aws.String(m.id),
		ReceiptHandle:          aws.String(m.handle),
		Body:                   aws.String(m.body),
		MD5OfBody:              aws.String(m.bodyMD5),
		MessageAttributes:      attrs,
		MD5OfMessageAttributes: attributesMD5(attrs),
		Attributes:             s.systemAttributes(m, systemAttributeNames(in)),
	}
}

// systemAttributes are those that were asked for and that the message has. Times are in
// milliseconds since 1970.
func (s *SQS) systemAttributes(m *message, names []types.MessageSystemAttributeName) map[string]string {
	if len(names) == 0 {
		return nil
	}
	attrs := map[string]string{}
	add := func(name types.MessageSystemAttributeName, value string) {
		if slices.Contains(names, name) || slices.Contains(names, types.MessageSystemAttributeNameAll) {
			attrs[string(name)] = value
		}
	}
	add(types.MessageSystemAttributeNameApproximateReceiveCount, strconv.Itoa(m.receives))
	add(types.MessageSystemAttributeNameSentTimestamp, milliseconds(m.sent))
	add(types.MessageSystemAttributeNameApproximateFirstReceiveTimestamp, milliseconds(m.firstReceived))
	add(types.MessageSystemAttributeNameSenderId, AccountID)
	if m.traceHeader != "" {
		add(types.MessageSystemAttributeNameAWSTraceHeader, m.traceHeader)
	}
	if m.source != "" {
		add(types.MessageSystemAttributeNameDeadLetterQueueSourceArn, s.arn(m.source))
	}
	return attrs
}

func milliseconds(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
