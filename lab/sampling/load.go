package sampling

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/trace"

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
	// fails: for reads, for writes, and in the worker.
	Errors float64
	// Slow is the share of requests in which the database takes [SlowCall].
	Slow float64
	// Late is the share of messages that arrive [LateMessage] after they were sent.
	Late float64
	// Seed chooses the requests, their trace ids, and which of them fail or are slow.
	Seed uint64
	// Progress, if not nil, is called with the number of requests answered so far, about a hundred
	// times in a run and from several goroutines.
	Progress func(requests int)
}

// DefaultLoad is many reads and few writes, of which few go wrong.
func DefaultLoad() Load {
	return Load{Requests: 10_000, Writes: 0.06, Errors: 0.01, Slow: 0.003, Late: 0.02, Seed: 1}
}

// The delays of slow calls and of late messages.
const (
	SlowCall    = 2 * time.Second
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

// plan is a load in full: the requests in their order, the tasks that exist before the first of
// them, and the faults. Each fault belongs to one request, independently of the scheduling: it is
// selected by the id of the task that the request creates, or else by the id of its trace, which
// depends on the seed and the request only. So the same traces fail under every policy.
type plan struct {
	requests      []request
	tasks         []string
	dynamoDB, sqs []fakes.Fault

	failing, slow map[string]map[trace.TraceID]bool // the traces whose call of an operation fails, or is slow
}

// stable is the number of tasks that exist all the time, to be read and changed.
const stable = 50

// newPlan draws the requests.
func newPlan(l Load) *plan {
	p := &plan{
		requests: make([]request, l.Requests),
		failing:  map[string]map[trace.TraceID]bool{}, slow: map[string]map[trace.TraceID]bool{},
	}
	for i := range stable {
		p.tasks = append(p.tasks, fmt.Sprintf("stable-%d", i))
	}
	random := rand.New(rand.NewPCG(l.Seed, 0))
	for i := range p.requests {
		fails, slow, late := random.Float64() < l.Errors, random.Float64() < l.Slow, random.Float64() < l.Late
		r := p.draw(random, i, l.Writes)
		p.requests[i] = r
		place := random.IntN(3)
		id := traceID(l.Seed, uint64(i))
		if slow {
			note(p.slow, operation(&r), id)
		}
		switch {
		case r.method == http.MethodPost:
			p.create(&r, id, place, fails, late)
		case fails:
			note(p.failing, operation(&r), id)
		}
	}
	for op, traces := range p.failing {
		p.dynamoDB = append(p.dynamoDB, fakes.Fault{Op: op, Times: -1, When: in(traces), Err: fakes.Internal})
	}
	for op, traces := range p.slow {
		p.dynamoDB = append(p.dynamoDB, fakes.Fault{Op: op, Times: -1, When: in(traces), Delay: SlowCall})
	}
	return p
}

// isSlow reports whether the database takes long for a request of the trace.
func (p *plan) isSlow(id trace.TraceID) bool {
	for _, traces := range p.slow {
		if traces[id] {
			return true
		}
	}
	return false
}

func note(traces map[string]map[trace.TraceID]bool, op string, id trace.TraceID) {
	if traces[op] == nil {
		traces[op] = map[trace.TraceID]bool{}
	}
	traces[op][id] = true
}

// in returns a function that reports whether a context is of one of the traces.
func in(traces map[trace.TraceID]bool) func(context.Context) bool {
	return func(ctx context.Context) bool { return traces[trace.SpanContextFromContext(ctx).TraceID()] }
}

// draw makes a request: of the reads six of ten list tasks, and of the writes eight
// of ten create one. Tasks that are deleted exist
// for that alone, so that no other request needs them.
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

// create adds the faults of a request that creates a task. A failure is at one of three places: the
// put, the send, or the worker's update, which is tried again and succeeds.
func (p *plan) create(r *request, id trace.TraceID, place int, fails, late bool) {
	switch {
	case fails && place == 0:
		note(p.failing, "PutItem", id)
		return
	case fails && place == 1:
		p.sqs = append(p.sqs, fakes.Fault{Op: "SendMessage", About: r.task, Err: fakes.Unavailable})
		return
	case fails:
		p.dynamoDB = append(p.dynamoDB, fakes.Fault{Op: "UpdateItem", About: r.task, Err: fakes.Internal})
	}
	if late {
		p.sqs = append(p.sqs, fakes.Fault{Op: "SendMessage", About: r.task, DeliveryDelay: LateMessage})
	}
}
