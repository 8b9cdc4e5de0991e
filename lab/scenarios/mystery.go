package scenarios

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// Mystery returns a scenario with a fault among ordinary requests, all of which the seed
// determines. Only its fields Mystery, Cause and Unseen name the fault. It has no expected tree:
// the reader has to find the fault.
func Mystery(seed uint64) (*Scenario, error) {
	faults, err := Faults()
	if err != nil {
		return nil, err
	}
	fault, random := choose(seed, faults)
	mystery := *fault
	mystery.open = true
	if mystery.Played() {
		return &mystery, mystery.surround(random)
	}
	mystery.Requests = slices.Concat(some(random, before()), mystery.Requests, some(random, after()))
	return &mystery, nil
}

// choose returns the fault of a seed's mystery, and what determines the rest of the mystery.
func choose(seed uint64, faults []*Scenario) (*Scenario, *rand.Rand) {
	random := rand.New(rand.NewPCG(seed, 0))
	return faults[random.IntN(len(faults))], random
}

// surround puts ordinary traces around a tree that is played.
func (s *Scenario) surround(random *rand.Rand) error {
	var text strings.Builder
	write := func(most int) {
		for range random.IntN(most + 1) {
			took := 5 + random.IntN(20)
			fmt.Fprintf(&text, noise[random.IntN(len(noise))]+"\n", took, took-1-random.IntN(4))
		}
	}
	write(2)
	text.WriteString(strings.TrimSpace(s.Play.String()) + "\n\n")
	write(2)
	pattern, err := tracetree.Parse(text.String())
	if err != nil {
		return fmt.Errorf("surround mystery %s: %w", s.Name, err)
	}
	s.Play = pattern
	return nil
}

// noise are traces with which nothing is wrong, whether they are read in the compact or in the full
// view. They get durations.
var noise = []string{
	"shop: GET /catalog (root) [%dms]\n  db: Query (products table) [%dms]\n",
	"shop: GET /catalog/{id} (root) [%dms]\n  db: GetItem (products table) [%dms]\n",
	"shop: PUT /cart (root) [%dms]\n  db: UpdateItem (carts table) [%dms]\n",
	"shop: GET /help (root) [%dms]\n  shop: http.client.GET cms.example.com [%dms]\n",
}

// before are requests that may come before a fault. None of them makes a call that faults are of.
func before() []Request {
	return []Request{
		ordinary("GET", "/tasks", ""), ordinary("GET", "/tasks/none", ""), ordinary("GET", "/tasks?page_size=1", ""),
		ordinary("DELETE", "/tasks/none", ""),
	}
}

// after are requests that may follow.
func after() []Request {
	return []Request{
		ordinary("GET", "/tasks?page_size=5", ""), ordinary("DELETE", "/tasks/none", ""), ordinary("GET", "/tasks/none", ""),
		ordinary("GET", "/tasks", ""),
	}
}

// some returns up to three of the requests, in an order of their own.
func some(random *rand.Rand, of []Request) []Request {
	random.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
	return of[:random.IntN(min(3, len(of))+1)]
}

// NeedsWire reports whether the trees show that context was lost across the queue. Several causes
// give the same trees; the wire distinguishes them.
func (o *Outcome) NeedsWire() bool {
	return len(o.Wire) > 0 &&
		slices.ContainsFunc(o.Findings.Findings, func(f check.Finding) bool { return f.Check == "consumer-link" })
}
