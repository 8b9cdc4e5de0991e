package fakes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// Fault is a failure that a fake plays on purpose. It is data: what goes wrong is in the
// configuration of the fake, never in the code under test.
//
// A fault applies to the calls of one operation, counted from 1 in the order in which they arrive.
// Every call is counted that a real client would have sent, whether or not the service would accept
// it. Faults count on their own; where two apply to one call, their delays and duplicates add up
// and the first Err wins.
type Fault struct {
	// Op is the operation: "PutItem", "SendMessage" and so on.
	Op string
	// Match is the table or queue that the call must name. Empty matches any.
	Match string
	// About is what the call must be about: the key of its item (of PutItem, any of its texts), or
	// a text in the body of the message that it sends. Empty matches any. Calls about other things
	// are not counted.
	About string
	// When reports whether a call with this context is meant; nil means every call. It must be safe
	// for concurrent use. Calls that aren't meant are not counted.
	When func(context.Context) bool
	// Nth is the first matching call the fault applies to. 0 means 1.
	Nth int
	// Times is the number of calls the fault applies to. 0 means 1, -1 means all from Nth on.
	Times int

	// Err is returned instead of carrying out the call. A [Failure] becomes the service's own
	// error; a smithy.APIError is wrapped as the service's answer, anything else as a request that
	// could not be sent.
	Err error
	// After makes Err the answer to a call that was carried out: the write happened and its answer
	// was lost.
	After bool
	// Delay is how long the call waits before anything happens. The wait ends early with its
	// context.
	Delay time.Duration
	// DeliveryDelay, of SendMessage, adds to the time before the message can be received. The call
	// itself returns at once.
	DeliveryDelay time.Duration
	// Duplicate, of SendMessage, is the number of extra copies to deliver. They share the message
	// id; each has receives and receipt handles of its own.
	Duplicate int
	// Drop, of SendMessage, loses the message after it was accepted and answered.
	Drop bool
	// Swallow, of ReceiveMessage, makes the service go on with a long poll whose caller's context
	// has ended, as SQS may: messages that become visible before the end of the poll are received,
	// and stay hidden for their visibility time-out, although the response is lost.
	Swallow bool
}

// sendOp is the only operation whose faults may touch a message's delivery, and receiveOp the only
// one that polls.
const (
	sendOp    = "SendMessage"
	receiveOp = "ReceiveMessage"
)

// aboutOps are the operations that are about one item, or one message.
var aboutOps = []string{"PutItem", "GetItem", "UpdateItem", "DeleteItem", sendOp}

// A FaultError reports a field of a Fault that is wrong.
type FaultError struct {
	Field   string // the field's name, empty when the fault as a whole is wrong
	Problem string // what was found, and what is wanted
}

func (e *FaultError) Error() string {
	if e.Field == "" {
		return e.Problem
	}
	return e.Field + ": " + e.Problem
}

// Validate reports whether a fake of a service ("DynamoDB" or "SQS", the ServiceID of the SDK's
// packages) with these tables or queues accepts the fault. The error is a *[FaultError].
func (f Fault) Validate(service string, targets ...string) error {
	guards := map[string]map[string]guard{dynamodb.ServiceID: dynamoDBGuards(), sqs.ServiceID: sqsGuards()}[service]
	return f.validate(service, slices.Sorted(maps.Keys(guards)), targets)
}

func (f *Fault) validate(service string, ops, targets []string) error {
	wrong := func(field, format string, args ...any) error {
		return &FaultError{Field: field, Problem: fmt.Sprintf(format, args...)}
	}
	delivery := "" // the field that changes a message's delivery, if one does
	switch {
	case f.DeliveryDelay != 0:
		delivery = "DeliveryDelay"
	case f.Duplicate != 0:
		delivery = "Duplicate"
	case f.Drop:
		delivery = "Drop"
	}
	var failure Failure
	switch {
	case !slices.Contains(ops, f.Op):
		return wrong("Op", "unknown operation %q, want one of %s", f.Op, strings.Join(ops, ", "))
	case f.Match != "" && !slices.Contains(targets, f.Match):
		return wrong("Match", "unknown table or queue %q, want one of %s", f.Match, strings.Join(targets, ", "))
	case f.About != "" && !slices.Contains(aboutOps, f.Op):
		return wrong("About", "does not apply to %s, want one of %s", f.Op, strings.Join(aboutOps, ", "))
	case f.Nth < 0:
		return wrong("Nth", "got %d, want 1 or more, or 0 for 1", f.Nth)
	case f.Times < -1:
		return wrong("Times", "got %d, want 1 or more, 0 for 1 or -1 for all", f.Times)
	case f.Delay < 0:
		return wrong("Delay", "got %s, want 0 or more", f.Delay)
	case f.DeliveryDelay < 0:
		return wrong("DeliveryDelay", "got %s, want 0 or more", f.DeliveryDelay)
	case f.Duplicate < 0:
		return wrong("Duplicate", "got %d, want 0 or more", f.Duplicate)
	case errors.As(f.Err, &failure) && failures(service)[failure].err == nil:
		return wrong("Err", "unknown failure %q of %s, want one of %s", failure, service, failureNames(service))
	case f.After && f.Err == nil:
		return wrong("After", "there is no Err to return after the call")
	case f.Op != sendOp && delivery != "":
		return wrong(delivery, "does not apply to %s, want %s", f.Op, sendOp)
	case f.Op != receiveOp && f.Swallow:
		return wrong("Swallow", "does not apply to %s, want %s", f.Op, receiveOp)
	case f.Drop && (f.DeliveryDelay > 0 || f.Duplicate > 0):
		return wrong("Drop", "got a DeliveryDelay or Duplicate as well, want one or the other")
	case f.Err != nil && !f.After && delivery != "":
		return wrong(delivery, "got an Err without After, which sends no message: want one or the other")
	case f.Err == nil && f.Delay == 0 && delivery == "" && !f.Swallow:
		return wrong("", "the fault has no effect: want Err, Delay, DeliveryDelay, Duplicate, Drop or Swallow")
	}
	return nil
}

// A FaultCount is a fault, the number of calls that it was about, and the number of those that it
// applied to.
type FaultCount struct {
	Fault
	Calls, Struck int
}

// faultState is a fault and its counts.
type faultState struct {
	Fault
	seen, struck int
}

// SetFaults replaces the faults. Calls are counted from 1 again. A fault that could never apply is
// an error, and leaves the faults as they were. Calls under way aren't affected.
func (s *service) SetFaults(faults []Fault) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	states, err := newFaultStates(s.id, faults, slices.Sorted(maps.Keys(s.guards)), s.targets)
	if err != nil {
		return fmt.Errorf("set faults of %s: %w", s.id, err)
	}
	s.faults = states
	return nil
}

// Faults returns the faults with their counts.
func (s *service) Faults() []FaultCount {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := make([]FaultCount, len(s.faults))
	for i, f := range s.faults {
		counts[i] = FaultCount{f.Fault, f.seen, f.struck}
	}
	return counts
}

func newFaultStates(service string, faults []Fault, ops, targets []string) ([]faultState, error) {
	states := make([]faultState, len(faults))
	for i, f := range faults {
		if err := f.validate(service, ops, targets); err != nil {
			return nil, fmt.Errorf("fault %d: %w", i, err)
		}
		states[i].Fault = f
	}
	return states, nil
}

// applies counts a call and reports whether the fault is due.
func (f *faultState) applies(ctx context.Context, op, target string, input any) bool {
	if f.Op != op || (f.Match != "" && f.Match != target) || (f.About != "" && !isAbout(input, f.About)) ||
		(f.When != nil && !f.When(ctx)) {
		return false
	}
	f.seen++
	first := max(f.Nth, 1)
	if f.seen < first || f.Times != -1 && f.seen-first >= max(f.Times, 1) {
		return false
	}
	f.struck++
	return true
}

// effects is what all the faults that are due do to one call.
type effects struct {
	delay         time.Duration
	deliveryDelay time.Duration
	duplicates    int
	drop          bool
	swallow       bool
	err           error
	after         bool
}

func (e *effects) add(f *Fault) {
	e.delay += f.Delay
	e.deliveryDelay += f.DeliveryDelay
	e.duplicates += f.Duplicate
	e.drop = e.drop || f.Drop
	e.swallow = e.swallow || f.Swallow
	if e.err == nil && f.Err != nil {
		e.err, e.after = f.Err, f.After
	}
}
