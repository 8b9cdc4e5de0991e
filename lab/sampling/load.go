package sampling

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"tracelab/fakes"
)

// A Load is what is asked of the system while a policy is at work. Shares are
// from 0 to 1.
type Load struct {
	Requests int
	// Writes is the share of requests that create, change or delete a task. The
	// others read one task, or a page of them.
	Writes float64
	// Errors is the share of requests in which a call of the database or the queue
	// fails: for reads and for writes, and behind the queue.
	Errors float64
	// Slow is the share of requests in which the database takes [SlowCall].
	Slow float64
	// Late is the share of messages that arrive [LateMessage] after they were sent.
	Late float64
	// Seed chooses the requests and the trace ids, and which of them fail or are
	// slow. As requests run beside each other, a fault may hit a neighbour of the
	// one that it was meant for.
	Seed uint64
	// Progress, if not nil, is told how many requests were answered, about a
	// hundred times in a run and from several goroutines.
	Progress func(requests int)
}

// DefaultLoad is many reads and few writes, of which few go wrong.
func DefaultLoad() Load {
	return Load{Requests: 10_000, Writes: 0.06, Errors: 0.01, Slow: 0.003, Late: 0.02, Seed: 1}
}

// How long what is slow or late takes.
const (
	SlowCall    = 400 * time.Millisecond
	LateMessage = 300 * time.Millisecond
)

// MaxRequests is how many requests a load may have: books are kept of each.
const MaxRequests = 1_000_000

func (l Load) check() error {
	if l.Requests < 1 || l.Requests > MaxRequests {
		return fmt.Errorf("make load: %d requests: it takes 1 to %d", l.Requests, MaxRequests)
	}
	for _, share := range []struct {
		of    string
		value float64
	}{{"writes", l.Writes}, {"errors", l.Errors}, {"slow requests", l.Slow}, {"late messages", l.Late}} {
		if !(share.value >= 0 && share.value <= 1) {
			return fmt.Errorf("make load: the share of %s is %v: it takes 0 to 1", share.of, share.value)
		}
	}
	return nil
}

// request is one of a load.
type request struct {
	method string
	one    bool // of one task, not of all
	absent bool // of a task that there is not
	random uint64
}

// plan is a load in full: the requests in their order, and the faults that are to
// hit them.
type plan struct {
	requests      []request
	dynamoDB, sqs []fakes.Fault
}

// newPlan draws the requests. Faults are counted by calls, so it counts the calls
// that the requests will lead to.
func newPlan(l Load) *plan {
	p := &plan{requests: make([]request, l.Requests)}
	random := rand.New(rand.NewPCG(l.Seed, 0))
	calls := map[string]int{}
	for i := range p.requests {
		fails, slow, late := random.Float64() < l.Errors, random.Float64() < l.Slow, random.Float64() < l.Late
		r := &p.requests[i]
		*r = draw(random, l.Writes)
		if i == 0 && l.Writes > 0 {
			r.method, r.one, r.absent = http.MethodPost, false, false // there has to be one to read
		}
		op := operation(r)
		calls[op]++
		if slow {
			add(&p.dynamoDB, fakes.Fault{Op: op, Nth: calls[op], Delay: SlowCall})
		}
		if r.method == http.MethodPost {
			p.planCreate(calls, random.IntN(3), fails, late)
		} else if fails {
			add(&p.dynamoDB, fakes.Fault{Op: op, Nth: calls[op], Err: fakes.ErrInternal()})
		}
	}
	return p
}

// draw makes a request: of the reads six of ten list tasks, of the writes eight
// of ten create one, and one of a hundred that are about a task asks for one that
// is not there.
func draw(random *rand.Rand, writes float64) request {
	write := random.Float64() < writes
	kind, absent := random.IntN(10), random.IntN(100) == 0
	r := request{random: random.Uint64()}
	switch {
	case !write:
		r.method, r.one = http.MethodGet, kind >= 6
	case kind < 8:
		r.method = http.MethodPost
	case kind == 8:
		r.method, r.one = http.MethodPatch, true
	default:
		r.method, r.one = http.MethodDelete, true
	}
	r.absent = r.one && absent
	return r
}

// operation is the call of the database that a request leads to.
func operation(r *request) string {
	switch {
	case r.method == http.MethodPost:
		return "PutItem"
	case r.method == http.MethodPatch:
		return "UpdateItem"
	case r.method == http.MethodDelete:
		return "DeleteItem"
	case r.one:
		return "GetItem"
	default:
		return "Scan"
	}
}

// planCreate counts the calls that follow the PutItem of a create. One that fails
// does so at one of three places: the put, the send, or the worker's update, which
// is tried again.
func (p *plan) planCreate(calls map[string]int, place int, fails, late bool) {
	if fails && place == 0 {
		add(&p.dynamoDB, fakes.Fault{Op: "PutItem", Nth: calls["PutItem"], Err: fakes.ErrInternal()})
		return
	}
	calls["SendMessage"]++
	switch {
	case fails && place == 1:
		add(&p.sqs, fakes.Fault{Op: "SendMessage", Nth: calls["SendMessage"], Err: fakes.ErrUnavailable()})
		return
	case late:
		add(&p.sqs, fakes.Fault{Op: "SendMessage", Nth: calls["SendMessage"], DeliveryDelay: LateMessage})
	}
	calls["UpdateItem"]++
	if fails {
		add(&p.dynamoDB, fakes.Fault{Op: "UpdateItem", Nth: calls["UpdateItem"], Err: fakes.ErrInternal()})
		calls["UpdateItem"]++
	}
}

// add adds a fault, as one with the fault before it where that is of the calls
// right before: each call is compared with each fault.
func add(faults *[]fakes.Fault, f fakes.Fault) {
	f.Times = 1
	for i := len(*faults) - 1; i >= max(0, len(*faults)-4); i-- {
		last := &(*faults)[i]
		if last.Op == f.Op && last.Nth+last.Times == f.Nth && last.Delay == f.Delay &&
			last.DeliveryDelay == f.DeliveryDelay && (last.Err == nil) == (f.Err == nil) {
			last.Times++
			return
		}
	}
	*faults = append(*faults, f)
}
