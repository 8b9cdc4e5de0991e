package store

import (
	"time"
)

// touch notes that spans arrived in some traces: they have changed, and have not settled.
func (s *Store) touch(touched []*entry) {
	clear(s.packer.origins) // they are the caller's
	now := time.Now()
	for _, e := range touched {
		e.touched = false
		if e.dropped {
			continue
		}
		e.last, e.settled = now, false
		s.unlist(e)
		s.list(e)
		s.change(e)
		for _, to := range e.linksTo {
			s.change(s.traces[to])
		}
	}
	if s.oldest != nil && s.timer == nil {
		s.timer = time.AfterFunc(s.config.Settle, s.settle)
	}
}

// settle settles the traces that have been quiet for long enough, and comes back when the next one
// may have been.
func (s *Store) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for e := s.oldest; e != nil; e = s.oldest {
		if left := e.last.Add(s.config.Settle).Sub(now); left > 0 {
			s.timer.Reset(left)
			return
		}
		s.unlist(e)
		e.settled = true
		e.clip()
		s.count(e)
		s.publish(Change{TraceID: e.id, Settled: true})
	}
	s.timer = nil
}

// list puts a trace at the end of the list of those that have not settled.
func (s *Store) list(e *entry) {
	e.older = s.newest
	if e.older == nil {
		s.oldest = e
	} else {
		e.older.newer = e
	}
	s.newest = e
}

// unlist takes a trace off the list. It does nothing if the trace isn't on it.
func (s *Store) unlist(e *entry) {
	if e.older == nil && s.oldest != e {
		return
	}
	if e.older == nil {
		s.oldest = e.newer
	} else {
		e.older.newer = e.newer
	}
	if e.newer == nil {
		s.newest = e.older
	} else {
		e.newer.older = e.older
	}
	e.older, e.newer = nil, nil
}
