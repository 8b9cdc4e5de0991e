package fakes

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Where the fakes pretend to be.
const (
	Region    = "us-east-1"
	AccountID = "000000000000"
)

// QueueURL returns the URL of a queue. It depends on the name alone.
func QueueURL(name string) string { return "http://sqs.local/" + AccountID + "/" + name }

func (s *SQS) arn(queue string) string {
	return "arn:aws:sqs:" + s.region + ":" + AccountID + ":" + queue
}

// SQSConfig is what an SQS is made from. Only Queues is required.
type SQSConfig struct {
	Queues []Queue
	Faults []Fault
	// Region is the region in the queues' ARNs; empty means the constant Region.
	Region string
	// Latency is how long each call of an operation takes, on top of the faults' delays and of a
	// long poll. It must be safe for concurrent use. nil means no time at all.
	Latency func(op string) time.Duration
	// NewID makes message ids, receipt handles and request ids. It is called under the fake's lock
	// and must not call the fake. nil means random UUIDs.
	NewID func() string
	// Watch is called with +1 when a message comes to be and with -1 when it is at rest: deleted,
	// moved to a dead-letter queue, or purged by Close. Their sum is the number of messages that a
	// consumer still has to deal with. A copy that a Fault makes is a message; one that a Fault
	// drops never comes to be; one in a dead-letter queue stays at rest whatever happens to it.
	// Watch is called under the fake's lock and must not call the fake. nil means that no function
	// is called.
	Watch func(delta int)
}

// Queue is a standard queue.
type Queue struct {
	Name string // 1 to 80 letters, digits, '_' and '-'
	// VisibilityTimeout is how long a received message is hidden from other consumers: up to 12
	// hours, 0 means 30 s. Unlike the real service's it may be a fraction of a second.
	VisibilityTimeout time.Duration
	Redrive           *Redrive // nil: messages are received for ever
}

// Redrive moves a message to another queue instead of delivering it once more than MaxReceiveCount
// times.
type Redrive struct {
	DeadLetterQueue string
	MaxReceiveCount int // 1 to 1000
}

// Times of SQS.
const (
	defaultVisibility = 30 * time.Second
	maxVisibility     = 12 * time.Hour
	maxDelay          = 15 * time.Minute
	maxWait           = 20 * time.Second
)

// SQS is an in-memory SQS with standard queues. Its methods have the signatures of *sqs.Client and
// fail with the same types of errors. There is no client, so the functions that configure one are
// ignored, and nothing is retried: a Fault is what the caller sees. Messages are copied in and out.
//
// An SQS is safe for concurrent use, and starts no goroutine: messages whose time has come are
// moved at the next receive.
type SQS struct {
	*service
	queues map[string]*queue // by URL
	region string
	watch  func(delta int)

	nextMessage uint64 // under mu
	closed      bool   // under mu
	pollsEnded  bool   // under mu
}

var queueName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,80}$`)

// NewSQS returns an SQS with empty queues. A bad or duplicate queue, a dead-letter queue that is
// not there and a fault that could never apply are errors.
func NewSQS(config SQSConfig) (*SQS, error) {
	s := &SQS{queues: map[string]*queue{}, region: cmp.Or(config.Region, Region), watch: config.Watch}
	if s.watch == nil {
		s.watch = func(int) {}
	}
	var names []string
	for _, q := range config.Queues {
		if err := q.validate(names); err != nil {
			return nil, fmt.Errorf("new SQS: %w", err)
		}
		names = append(names, q.Name)
		s.queues[QueueURL(q.Name)] = &queue{
			name:       q.Name,
			visibility: cmp.Or(q.VisibilityTimeout, defaultVisibility),
			messages:   map[uint64]*message{},
		}
	}
	for _, q := range config.Queues {
		if err := s.redrive(q); err != nil {
			return nil, fmt.Errorf("new SQS: queue %q: %w", q.Name, err)
		}
	}
	var err error
	if s.service, err = newService(sqs.ServiceID, sqsGuards(), names, config.Faults); err != nil {
		return nil, fmt.Errorf("new SQS: %w", err)
	}
	s.latency = config.Latency
	if config.NewID != nil {
		s.newID = config.NewID
	}
	return s, nil
}

func (q Queue) validate(names []string) error {
	switch {
	case strings.HasSuffix(q.Name, ".fifo"):
		return unsupported("FIFO queue %q", q.Name)
	case !queueName.MatchString(q.Name):
		return fmt.Errorf("queue name %q: want a name that matches %s", q.Name, queueName)
	case q.VisibilityTimeout < 0 || q.VisibilityTimeout > maxVisibility:
		return fmt.Errorf("queue %q: VisibilityTimeout %s, want 0 to %s", q.Name, q.VisibilityTimeout, maxVisibility)
	}
	return uniqueName(names, "queue", q.Name)
}

func (s *SQS) redrive(q Queue) error {
	if q.Redrive == nil {
		return nil
	}
	dead := s.queues[QueueURL(q.Redrive.DeadLetterQueue)]
	switch {
	case dead == nil:
		return fmt.Errorf("dead-letter queue %q is not there", q.Redrive.DeadLetterQueue)
	case dead.name == q.Name:
		return fmt.Errorf("dead-letter queue %q is the queue itself", dead.name)
	case q.Redrive.MaxReceiveCount < 1 || q.Redrive.MaxReceiveCount > 1000:
		return fmt.Errorf("bad MaxReceiveCount %d, want 1 to 1000", q.Redrive.MaxReceiveCount)
	}
	own := s.queues[QueueURL(q.Name)]
	own.dead, own.maxReceives = dead, q.Redrive.MaxReceiveCount
	return nil
}

// sqsGuards lists the operations, and of each the fields that are required and those that are
// supported.
func sqsGuards() map[string]guard {
	return map[string]guard{
		sendOp: newGuard[sqs.SendMessageInput](
			[]string{"QueueUrl", "MessageBody"},
			[]string{"DelaySeconds", "MessageAttributes", "MessageSystemAttributes"},
		),
		receiveOp: newGuard[sqs.ReceiveMessageInput]([]string{"QueueUrl"}, []string{
			"AttributeNames", "MaxNumberOfMessages", "MessageAttributeNames", "MessageSystemAttributeNames",
			"VisibilityTimeout", "WaitTimeSeconds",
		}),
		"DeleteMessage": newGuard[sqs.DeleteMessageInput]([]string{"QueueUrl", "ReceiptHandle"}, nil),
		"ChangeMessageVisibility": newGuard[sqs.ChangeMessageVisibilityInput](
			[]string{"QueueUrl", "ReceiptHandle"},
			[]string{"VisibilityTimeout"},
		),
		"GetQueueUrl":        newGuard[sqs.GetQueueUrlInput]([]string{"QueueName"}, nil),
		"GetQueueAttributes": newGuard[sqs.GetQueueAttributesInput]([]string{"QueueUrl"}, []string{"AttributeNames"}),
		"CreateQueue":        newGuard[sqs.CreateQueueInput]([]string{"QueueName"}, []string{"Attributes"}),
		"SetQueueAttributes": newGuard[sqs.SetQueueAttributesInput]([]string{"QueueUrl", "Attributes"}, nil),
		"DeleteQueue":        newGuard[sqs.DeleteQueueInput]([]string{"QueueUrl"}, nil),
	}
}

// Close purges all messages. Long polls that are waiting return an error, and so does every later
// call. Closing twice is the same as closing once.
func (s *SQS) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, q := range s.queues {
		for _, m := range q.messages {
			s.rest(m)
		}
		clear(q.messages)
		q.schedule = nil
		q.wake()
	}
}

// EndPolls ends the long polls that are waiting, as if their time were over, and makes later ones
// return at once. A consumer that stops waits for its poll, as it should with the real service:
// this spares a program with a fake the time.
func (s *SQS) EndPolls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pollsEnded = true
	for _, q := range s.queues {
		q.wake()
	}
}

// rest reports once that a message needs no more work.
func (s *SQS) rest(m *message) {
	if !m.atRest {
		m.atRest = true
		s.watch(-1)
	}
}

// name is the queue's name for the faults, empty for a URL that isn't a queue's.
func (s *SQS) name(url *string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := s.queues[aws.ToString(url)]; q != nil {
		return q.name
	}
	return ""
}

// queue finds a queue, under the lock.
func (s *SQS) queue(url *string) (*queue, error) {
	if s.closed {
		return nil, errClosed
	}
	if q := s.queues[aws.ToString(url)]; q != nil {
		return q, nil
	}
	return nil, errNoQueue()
}

// errNoQueue has the code that the service sends for clients of its older protocol, which the SDK
// prefers.
func errNoQueue() error {
	return &types.QueueDoesNotExist{
		Message:           aws.String("The specified queue does not exist."),
		ErrorCodeOverride: aws.String("AWS.SimpleQueueService.NonExistentQueue"),
	}
}

// inRange checks a number of the input in the service's words.
func inRange(field string, v, low, high int32) error {
	if v < low || v > high {
		return invalidValue(
			"Value %d for parameter %s is invalid. Reason: Must be between %d and %d, if provided.",
			v,
			field,
			low,
			high,
		)
	}
	return nil
}

// Queues returns the names of the queues, in the order in which they were made.
func (s *SQS) Queues() []string { return s.names() }
