package store

import (
	"maps"
	"slices"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/filter"
)

// operations remembers which operations occur in traces, so that a search for one of them unpacks
// each trace only once. Labels depend on attributes, so they are not known before. It is used under
// the lock of the store.
type operations struct {
	refs       map[operation]uint32
	all        []operation
	generation int // grows when everything is forgotten
}

// operation is what a filter compares with the operation that it wants.
type operation struct{ label, name string }

// maxOperations bounds what is remembered: names can have IDs in them.
const maxOperations = 1 << 14

// traceOperations are the operations of a trace: references, sorted.
type traceOperations struct {
	refs       []uint32
	generation int
	spans      int // of the trace when they were found
}

// add returns the references of operations.
func (o *operations) add(found map[operation]struct{}) traceOperations {
	if len(o.all)+len(found) > maxOperations {
		o.refs, o.all = nil, nil
		o.generation++
	}
	if o.refs == nil {
		o.refs = make(map[operation]uint32)
	}
	refs := make([]uint32, 0, len(found))
	for op := range found {
		ref, known := o.refs[op]
		if !known {
			ref = uint32(len(o.all))
			op = operation{strings.Clone(op.label), strings.Clone(op.name)}
			o.all = append(o.all, op)
			o.refs[op] = ref
		}
		refs = append(refs, ref)
	}
	slices.Sort(refs)
	return traceOperations{refs: refs, generation: o.generation}
}

// matching returns for each reference whether the operation has the text.
func (o *operations) matching(text string) []bool {
	matching := make([]bool, len(o.all))
	for i, op := range o.all {
		matching[i] = strings.Contains(op.name, text) || strings.Contains(op.label, text)
	}
	return matching
}

// operationsOf returns the operations of a trace, and whether they are known as they are now.
func (s *Store) operationsOf(e *entry) ([]uint32, bool) {
	o := &e.operations
	if o.refs == nil || o.generation != s.operations.generation || o.spans != e.spans {
		return nil, false
	}
	return o.refs, true
}

// learn finds the operations of traces that are not known, without the lock, and remembers them.
func (s *Store) learn(candidates []candidate) {
	for i := range candidates {
		c := &candidates[i]
		if !c.unknown {
			continue
		}
		found := make(map[operation]struct{})
		for at := range c.spans.all() {
			span := at.span()
			found[operation{tracetree.Label(&span), span.Name}] = struct{}{}
		}
		s.mu.Lock()
		if of := s.operations.add(found); len(found) <= maxOperations {
			of.spans = c.spans.spans
			c.entry.operations = of
		}
		s.mu.Unlock()
	}
}

// isOperationAlone reports whether the operation is all that is wanted of spans.
func isOperationAlone(f *filter.Filter) bool {
	without := *f
	without.Operation = ""
	return f.Operation != "" && !without.WantsSpan()
}

// Services returns the services of the traces in the store, sorted.
func (s *Store) Services() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make(map[string]struct{})
	for _, e := range s.traces {
		for _, name := range e.services {
			names[name] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// An Operation is the name and the kind of spans of a service.
type Operation struct {
	Name string // of the spans
	Kind tracetree.Kind
}

// Operations returns the names and kinds of the spans of a service, in no particular order.
func (s *Store) Operations(service string) []Operation {
	s.mu.Lock()
	var traces []snapshot
	for _, e := range s.traces {
		if _, has := slices.BinarySearch(e.services, service); has {
			traces = append(traces, e.snapshot())
		}
	}
	s.mu.Unlock()
	found := make(map[Operation]struct{})
	for i := range traces {
		for at := range traces[i].all() {
			if at.unpacker.serviceOf(at.head) == service {
				found[Operation{at.head.name, at.head.kind}] = struct{}{}
			}
		}
	}
	operations := make([]Operation, 0, len(found))
	for o := range found {
		operations = append(operations, o)
	}
	return operations
}
