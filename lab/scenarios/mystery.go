package scenarios

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Mystery returns a scenario with a fault that the seed chooses, among ordinary requests that it chooses as well. Nothing
// of it says what the fault is but its own Mystery, Cause and Unseen, and it expects nothing: it is to be found out.
func Mystery(seed uint64) (*Scenario, error) {
	list, err := All()
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(s *Scenario) bool { return s.Mystery == "" })
	if len(list) == 0 {
		return nil, fmt.Errorf("choose mystery: no scenario has a fault to be guessed")
	}
	random := rand.New(rand.NewPCG(seed, 0))
	mystery := *list[random.IntN(len(list))]
	mystery.open = true
	if !mystery.Played() {
		mystery.Requests = slices.Concat(some(random, before()), mystery.Requests, some(random, after()))
	}
	return &mystery, nil
}

// before are requests that may come before a fault: none of them counts among the calls that faults are of.
func before() []Request {
	return []Request{ordinary("GET", "/tasks", ""), ordinary("GET", "/tasks/none", ""), ordinary("GET", "/tasks?page_size=1", "")}
}

// after are requests that may follow.
func after() []Request {
	return []Request{ordinary("GET", "/tasks?page_size=5", ""), ordinary("DELETE", "/tasks/none", ""), ordinary("GET", "/tasks/none", "")}
}

// some returns one or none of the requests.
func some(random *rand.Rand, of []Request) []Request {
	if i := random.IntN(len(of) + 1); i < len(of) {
		return of[i : i+1]
	}
	return nil
}
