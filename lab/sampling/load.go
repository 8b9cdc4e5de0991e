package sampling

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"tracelab/fakes"
	"tracelab/taskservice"
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
	// Seed chooses the requests and the trace ids, and how many of which kind fail or
	// are slow. As requests run beside each other, a fault of a read may hit another
	// one of the same kind.
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

// MaxRequests is the largest number of requests of a load: each is counted in memory.
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
	task   string // the id of the task that it is about; empty for all of them
	key    string // the idempotency key of one that creates a task
}

// plan is a load in full: the requests in their order, the tasks that are there
// before, and the faults that are to hit them. A fault hits the request that it is
// meant for, or one that is the same in all that matters, however the requests run
// beside each other: so every policy has to do with the same failures.
type plan struct {
	requests      []request
	tasks         []string
	dynamoDB, sqs []fakes.Fault

	calls map[string]int // of each operation, or of an operation on one task
}

// stable is how many tasks are there to be read and changed all the time.
const stable = 50

// newPlan draws the requests.
func newPlan(l Load) *plan {
	p := &plan{requests: make([]request, l.Requests), calls: map[string]int{}}
	for i := range stable {
		p.tasks = append(p.tasks, fmt.Sprintf("stable-%d", i))
	}
	random := rand.New(rand.NewPCG(l.Seed, 0))
	for i := range p.requests {
		fails, slow, late := random.Float64() < l.Errors, random.Float64() < l.Slow, random.Float64() < l.Late
		r := p.draw(random, i, l.Writes)
		p.requests[i] = r
		place := random.IntN(3)
		if slow {
			p.fault(&r, fakes.Fault{Delay: SlowCall})
		}
		switch {
		case r.method == http.MethodPost:
			p.create(&r, place, fails, late)
		case fails:
			p.fault(&r, fakes.Fault{Err: fakes.Internal})
		}
		p.calls[operation(&r)+r.about()]++
	}
	return p
}

// draw makes a request: of the reads six of ten list tasks, and of the writes eight
// of ten create one. What is deleted is there for that alone, so that nobody misses
// it.
func (p *plan) draw(random *rand.Rand, i int, writes float64) request {
	write, kind, task := random.Float64() < writes, random.IntN(10), p.tasks[random.IntN(stable)]
	switch {
	case !write && kind < 6:
		return request{method: http.MethodGet}
	case !write:
		return request{method: http.MethodGet, task: task}
	case kind < 8:
		key := fmt.Sprintf("load-%d", i)
		return request{method: http.MethodPost, task: taskservice.TaskID(key), key: key}
	case kind == 8:
		return request{method: http.MethodPatch, task: task}
	default:
		task = fmt.Sprintf("deleted-%d", i)
		p.tasks = append(p.tasks, task)
		return request{method: http.MethodDelete, task: task}
	}
}

// operation is the call of the database that a request leads to.
func operation(r *request) string {
	switch r.method {
	case http.MethodPost:
		return "PutItem"
	case http.MethodPatch:
		return "UpdateItem"
	case http.MethodDelete:
		return "DeleteItem"
	}
	if r.task != "" {
		return "GetItem"
	}
	return "Scan"
}

// about is the task that tells a call from others that lead to something else. Of
// reads and deletes, one is like the other.
func (r *request) about() string {
	if r.method == http.MethodPost || r.method == http.MethodPatch {
		return r.task
	}
	return ""
}

// fault adds a fault of the call that a request leads to.
func (p *plan) fault(r *request, f fakes.Fault) {
	f.Op, f.About = operation(r), r.about()
	f.Nth = p.calls[f.Op+f.About] + 1
	add(&p.dynamoDB, f)
}

// create adds the faults of a request that creates a task. One that fails does so at
// one of three places: the put, the send, or the worker's update, which is tried
// again.
func (p *plan) create(r *request, place int, fails, late bool) {
	switch {
	case fails && place == 0:
		p.fault(r, fakes.Fault{Err: fakes.Internal})
		return
	case fails && place == 1:
		add(&p.sqs, fakes.Fault{Op: "SendMessage", About: r.task, Nth: 1, Err: fakes.Unavailable})
		return
	case fails:
		add(&p.dynamoDB, fakes.Fault{Op: "UpdateItem", About: r.task, Nth: 1, Err: fakes.Internal})
	}
	if late {
		add(&p.sqs, fakes.Fault{Op: "SendMessage", About: r.task, Nth: 1, DeliveryDelay: LateMessage})
	}
}

// add adds a fault, as one with the fault before it where that is of the calls
// right before: each call is compared with each fault.
func add(faults *[]fakes.Fault, f fakes.Fault) {
	f.Times = 1
	for i := len(*faults) - 1; i >= max(0, len(*faults)-4); i-- {
		last := &(*faults)[i]
		if last.Op == f.Op && last.About == f.About && last.Nth+last.Times == f.Nth && last.Delay == f.Delay &&
			last.DeliveryDelay == f.DeliveryDelay && (last.Err == nil) == (f.Err == nil) {
			last.Times++
			return
		}
	}
	*faults = append(*faults, f)
}
