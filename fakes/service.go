package fakes

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	smithy "github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// service is what both fakes have in common: the way of a call from the client's door to its
// answer.
type service struct {
	id      string // as in smithy.OperationError
	guards  map[string]guard
	latency func(op string) time.Duration
	newID   func() string // under mu, so that a caller's generator needs no lock of its own

	mu      sync.Mutex
	targets []string // the tables or queues
	faults  []faultState
}

// newService checks the faults against the operations that have a guard and the tables or queues
// that exist.
func newService(id string, guards map[string]guard, targets []string, faults []Fault) (*service, error) {
	states, err := newFaultStates(id, faults, slices.Sorted(maps.Keys(guards)), targets)
	if err != nil {
		return nil, err
	}
	return &service{id: id, guards: guards, targets: targets, faults: states, newID: randomUUID}, nil
}

// call is one call on its way.
type call struct {
	service *service
	op      string
	id      string
	effects effects
}

// begin does what happens before the service acts: it checks the input's fields, counts the call,
// and waits for as long as latency and faults say. Its error is ready to be returned.
func (s *service) begin(ctx context.Context, op, target string, input any) (*call, error) {
	c := &call{service: s, op: op}
	if err := ctx.Err(); err != nil { // the client sends nothing, and adds nothing to the error
		return nil, &smithy.OperationError{ServiceID: s.id, OperationName: op, Err: err}
	}
	g := s.guards[op]
	if err := g.check(input); err != nil {
		return nil, c.fail(err)
	}
	s.locked(func() error {
		c.id = s.newID()
		for i := range s.faults {
			if f := &s.faults[i]; f.applies(ctx, op, target, input) {
				c.effects.add(&f.Fault)
			}
		}
		return nil
	})
	delay := c.effects.delay
	if s.latency != nil {
		delay += s.latency(op)
	}
	if err := wait(ctx, delay); err != nil {
		return nil, c.fail(err)
	}
	if c.effects.err != nil && !c.effects.after {
		return nil, c.fail(c.effects.err)
	}
	return c, nil
}

// end makes the answer of a call that was carried out: err, or a fault that loses the answer, or
// the request id.
func (c *call) end(err error, metadata *middleware.Metadata) error {
	if err == nil {
		err = c.effects.err
	}
	if err != nil {
		return c.fail(err)
	}
	awsmiddleware.SetRequestIDMetadata(metadata, c.id)
	return nil
}

func (c *call) fail(err error) error { return clientError(c.service.id, c.op, c.id, err) }

// names returns the names of the tables or queues.
func (s *service) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.targets)
}

// locked runs fn under the lock, and gives the lock back even when a caller's function panics.
func (s *service) locked(fn func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fn()
}

// do runs a whole call whose work is done at once, under the lock.
func (s *service) do(
	ctx context.Context, op, target string, input any, metadata *middleware.Metadata, work func(*call) error,
) error {
	c, err := s.begin(ctx, op, target, input)
	if err != nil {
		return err
	}
	return c.end(s.locked(func() error { return work(c) }), metadata)
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// randomUUID is a version 4 UUID.
func randomUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	var s [36]byte
	hex.Encode(s[0:], b[0:4])
	hex.Encode(s[9:], b[4:6])
	hex.Encode(s[14:], b[6:8])
	hex.Encode(s[19:], b[8:10])
	hex.Encode(s[24:], b[10:16])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}

// uniqueName refuses a name that is already in seen.
func uniqueName(seen []string, kind, name string) error {
	if slices.Contains(seen, name) {
		return fmt.Errorf("%s %q is there twice", kind, name)
	}
	return nil
}

var errClosed = errors.New("fake is closed")
