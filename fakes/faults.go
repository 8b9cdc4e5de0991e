package fakes

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Fault is a failure that a fake plays on purpose. It is data: what goes wrong is in the configuration of the fake,
// never in the code under test.
//
// A fault applies to the calls of one operation, counted from 1 in the order in which they arrive. Every call is
// counted that a real client would have sent, whether or not the service would accept it. Faults count on their own;
// where two apply to one call, their delays and duplicates add up and the first Err wins.
type Fault struct {
	// Op is the operation: "PutItem", "SendMessage" and so on.
	Op string
	// Match is the table or queue that the call must name. Empty matches any.
	Match string
	// About is what the call must be about: the key of its item (of PutItem, any of its texts), or a text in the body of the message
	// that it sends. Empty matches any. Calls about other things are not counted.
	About string
	// Nth is the first matching call the fault applies to. 0 means 1.
	Nth int
	// Times is the number of calls the fault applies to. 0 means 1, -1 means all from Nth on.
	Times int

	// Err is returned instead of carrying out the call. A smithy.APIError is wrapped as the service's answer, anything
	// else as a request that could not be sent. ErrThrottled and its neighbours make the usual ones.
	Err error
	// After makes Err the answer to a call that was carried out: the write happened and its answer was lost.
	After bool
	// Delay is how long the call waits before anything happens. The wait ends early with its context.
	Delay time.Duration
	// DeliveryDelay, of SendMessage, adds to the time before the message can be received. The call itself returns at once.
	DeliveryDelay time.Duration
	// Duplicate, of SendMessage, is the number of extra copies to deliver. They share the message id; each has receives
	// and receipt handles of its own.
	Duplicate int
	// Drop, of SendMessage, loses the message after it was accepted and answered.
	Drop bool
}

// sendOp is the only operation whose faults may touch a message's delivery.
const sendOp = "SendMessage"

// aboutOps are the operations that are about one item, or one message.
var aboutOps = []string{"PutItem", "GetItem", "UpdateItem", "DeleteItem", sendOp}

func (f *Fault) validate(ops, targets []string) error {
	switch {
	case !slices.Contains(ops, f.Op):
		return fmt.Errorf("unknown Op %q, expected one of %q", f.Op, ops)
	case f.Match != "" && !slices.Contains(targets, f.Match):
		return fmt.Errorf("unknown Match %q, expected one of %q", f.Match, targets)
	case f.About != "" && !slices.Contains(aboutOps, f.Op):
		return fmt.Errorf("field About is for %q, not for %s", aboutOps, f.Op)
	case f.Nth < 0:
		return fmt.Errorf("negative Nth %d", f.Nth)
	case f.Times < -1:
		return fmt.Errorf("bad Times %d, expected -1 or more", f.Times)
	case f.Delay < 0 || f.DeliveryDelay < 0 || f.Duplicate < 0:
		return errors.New("negative Delay, DeliveryDelay or Duplicate")
	case f.After && f.Err == nil:
		return errors.New("field After without an Err to return")
	case f.Op != sendOp && (f.DeliveryDelay > 0 || f.Duplicate > 0 || f.Drop):
		return fmt.Errorf("fields DeliveryDelay, Duplicate and Drop are for %s, not for %s", sendOp, f.Op)
	case f.Drop && (f.DeliveryDelay > 0 || f.Duplicate > 0):
		return errors.New("field Drop together with DeliveryDelay or Duplicate")
	case f.Err != nil && !f.After && (f.DeliveryDelay > 0 || f.Duplicate > 0 || f.Drop):
		return errors.New("field Err without After sends no message, so DeliveryDelay, Duplicate and Drop have no effect")
	case f.Err == nil && f.Delay == 0 && f.DeliveryDelay == 0 && f.Duplicate == 0 && !f.Drop:
		return errors.New("nothing to do: set Err, Delay, DeliveryDelay, Duplicate or Drop")
	}
	return nil
}

// faultState is a fault and the number of calls that it has seen.
type faultState struct {
	Fault
	seen int
}

func newFaultStates(faults []Fault, ops, targets []string) ([]faultState, error) {
	states := make([]faultState, len(faults))
	for i, f := range faults {
		if err := f.validate(ops, targets); err != nil {
			return nil, fmt.Errorf("fault %d: %w", i, err)
		}
		states[i].Fault = f
	}
	return states, nil
}

// applies counts a call and tells whether the fault is due.
func (f *faultState) applies(op, target string, input any) bool {
	if f.Op != op || (f.Match != "" && f.Match != target) || (f.About != "" && !isAbout(input, f.About)) {
		return false
	}
	f.seen++
	first := max(f.Nth, 1)
	if f.Times == -1 {
		return f.seen >= first
	}
	return f.seen >= first && f.seen-first < max(f.Times, 1)
}

// effects is what all the faults that are due do to one call.
type effects struct {
	delay         time.Duration
	deliveryDelay time.Duration
	duplicates    int
	drop          bool
	err           error
	after         bool
}

func (e *effects) add(f *Fault) {
	e.delay += f.Delay
	e.deliveryDelay += f.DeliveryDelay
	e.duplicates += f.Duplicate
	e.drop = e.drop || f.Drop
	if e.err == nil && f.Err != nil {
		e.err, e.after = f.Err, f.After
	}
}
