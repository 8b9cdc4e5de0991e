package gateway

import "sync"

// keySet holds the idempotency keys of the requests that are being served. A second request with
// one of them can't have the first one's result yet.
//
// It covers this gateway alone. A repetition that reaches another one meanwhile is still harmless:
// at most one task is stored for a key, and both requests get it.
type keySet struct {
	mu   sync.Mutex
	keys map[string]struct{}
}

// add reports whether the key was added: false when it is there already.
func (s *keySet) add(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found := s.keys[key]; found {
		return false
	}
	if s.keys == nil {
		s.keys = make(map[string]struct{})
	}
	s.keys[key] = struct{}{}
	return true
}

func (s *keySet) remove(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, key)
}
