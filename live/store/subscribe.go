package store

import (
	"context"

	"tracelab/tracetree"
)

// Change is news about a trace.
type Change struct {
	TraceID tracetree.TraceID
	Settled bool // it has had no new spans for a while
	Dropped bool // it is not in the store any more
	// Missed is set if there were more changes than the subscriber read in time. They are left out,
	// and TraceID is zero: any trace may have changed.
	Missed bool
}

// maxPending is how many changes wait for a subscriber.
const maxPending = 1024

// subscriber collects the changes that its reader has not read yet: of each trace the last one.
type subscriber struct {
	wake    chan struct{} // has room for one
	pending []Change
	at      map[tracetree.TraceID]int // the places of traces in pending
	missed  bool
}

// Subscribe returns a channel of the changes from now on, which is closed after ctx has ended. The
// store never waits for the reader: a slow one gets only the last change of each trace, and a very
// slow one gets a Change with Missed.
func (s *Store) Subscribe(ctx context.Context) <-chan Change {
	sub := &subscriber{wake: make(chan struct{}, 1), at: make(map[tracetree.TraceID]int)}
	s.mu.Lock()
	s.subscribers[sub] = struct{}{}
	s.mu.Unlock()
	changes := make(chan Change)
	go func() {
		defer close(changes)
		defer s.unsubscribe(sub)
		for {
			select {
			case <-ctx.Done():
				return
			case <-sub.wake:
			}
			for _, change := range s.take(sub) {
				select {
				case <-ctx.Done():
					return
				case changes <- change:
				}
			}
		}
	}()
	return changes
}

func (s *Store) unsubscribe(sub *subscriber) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.subscribers, sub)
}

// take returns the pending changes.
func (s *Store) take(sub *subscriber) []Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	pending := sub.pending
	if sub.missed {
		pending = []Change{{Missed: true}}
	}
	sub.pending, sub.missed = nil, false
	clear(sub.at)
	return pending
}

// publish gives a change to the subscribers, under the lock of the store.
func (s *Store) publish(c Change) {
	for sub := range s.subscribers {
		at, known := sub.at[c.TraceID]
		switch {
		case sub.missed:
		case known:
			sub.pending[at] = c
		case len(sub.pending) == maxPending:
			sub.missed, sub.pending = true, nil
			clear(sub.at)
		default:
			sub.at[c.TraceID] = len(sub.pending)
			sub.pending = append(sub.pending, c)
		}
		select {
		case sub.wake <- struct{}{}:
		default:
		}
	}
}
