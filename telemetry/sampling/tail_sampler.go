package sampling

import (
	"container/heap"
	linked "container/list"
	"context"
	"log/slog"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// A Tail is a span processor that holds the spans of a trace until it can decide whether its policy
// keeps the trace, and then exports all of them or none. It is a telemetry.TailSampler, and serves
// one pipeline. Its methods are safe for concurrent use.
//
// It has to receive every span, so the provider's sampler has to be wrapped in
// sdktrace.AlwaysRecord. A span that ends after the decision about its trace is kept or dropped
// according to that decision, as long as the decision is remembered.
type Tail struct {
	policy   TailPolicy
	exporter sdktrace.SpanExporter
	logger   *slog.Logger

	mu       sync.Mutex
	traces   map[trace.TraceID]*tailTrace // the undecided ones
	groups   linked.List                  // the oldest first
	schedule schedule
	decided  verdictMemory
	ready    []readySpan // to be exported
	held     int         // bytes of groups
	waiting  int         // bytes of what is ready or with the exporter
	peak     int         // the most that both were
	stopped  bool

	recorded, exported, buffered int64
	dropped                      map[DropReason]int64

	exporting chan struct{} // holds one while spans are exported
	wake      chan struct{} // has one when spans should be exported soon
	stop      context.CancelFunc
	done      chan struct{}
	shutdown  sync.Once
	losses    losses // of the goroutine that runs, until it is done
}

// readySpan is a span of a kept trace, and the verdict about that.
type readySpan struct {
	sizedSpan
	verdict *verdict
}

// NewTail returns a tail sampler that decides by a policy. It does nothing before Start.
func NewTail(policy TailPolicy) *Tail {
	return &Tail{
		policy: policy.WithDefaults(),
		traces: map[trace.TraceID]*tailTrace{}, decided: newVerdictMemory(),
		dropped:   map[DropReason]int64{},
		exporting: make(chan struct{}, 1), wake: make(chan struct{}, 1),
		done: make(chan struct{}),
	}
}

// Start begins to export to next what is kept, and to log what is lost. Pipelines call it once,
// before the first span. Shutdown ends it, and shuts next down.
func (t *Tail) Start(next sdktrace.SpanExporter, logger *slog.Logger) {
	ctx, stop := context.WithCancel(context.Background())
	t.exporter, t.logger, t.stop = next, logger, stop
	go t.run(ctx)
}

// OnStart notes that a span has started, so that its trace waits for its end.
func (t *Tail) OnStart(_ context.Context, span sdktrace.ReadWriteSpan) {
	sc := span.SpanContext()
	links := span.Links()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return
	}
	t.received(span, links)
	if v := t.decided.of[sc.TraceID()]; v != nil {
		t.linkTo(v, links)
		return
	}
	now := time.Now()
	tr := t.trace(sc.TraceID(), now)
	tr.start(span)
	tr.group.active = now
	if span.SpanKind() == trace.SpanKindProducer {
		tr.group.await(sc.SpanID(), now.Add(t.policy.MessageWait))
	}
	t.link(tr, links)
	t.makeRoom(tr.group, now)
}

// OnEnd holds a span until its trace is decided.
func (t *Tail) OnEnd(span sdktrace.ReadOnlySpan) {
	sized := sizedSpan{span, sizeOf(span)}
	sc := span.SpanContext()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.recorded++
	t.buffered++
	if t.stopped {
		t.drop(DropStopped, 1)
		return
	}
	if v := t.decided.of[sc.TraceID()]; v != nil {
		t.linkTo(v, span.Links())
		t.carryOut(v, []sizedSpan{sized})
		return
	}
	now := time.Now()
	tr := t.trace(sc.TraceID(), now)
	tr.end(sized)
	tr.group.active = now
	t.held += sized.bytes
	t.link(tr, span.Links())
	t.makeRoom(tr.group, now)
}

// trace returns the undecided trace with this id, a new one if need be.
func (t *Tail) trace(id trace.TraceID, now time.Time) *tailTrace {
	if tr := t.traces[id]; tr != nil {
		return tr
	}
	tr := &tailTrace{id: id, seen: now}
	g := &tailGroup{
		traces: []*tailTrace{tr}, bytes: traceSize, since: now, active: now,
		deadline: now.Add(t.policy.Window),
	}
	tr.group = g
	t.traces[id] = tr
	t.held += traceSize
	g.byAge = t.groups.PushBack(g)
	heap.Push(&t.schedule, g)
	return tr
}

// received notes that a consumer has the messages that its span is about:
// those of its parent and its links.
func (t *Tail) received(span sdktrace.ReadWriteSpan, links []sdktrace.Link) {
	if span.SpanKind() != trace.SpanKindConsumer {
		return
	}
	answer := func(sc trace.SpanContext) {
		if tr := t.traces[sc.TraceID()]; tr != nil {
			delete(tr.group.awaited, sc.SpanID())
		}
	}
	answer(span.Parent())
	for _, link := range links {
		answer(link.SpanContext)
	}
}

// link puts a trace into one group with the traces that it links to. If one of
// those was already kept, the trace is kept too.
func (t *Tail) link(tr *tailTrace, links []sdktrace.Link) {
	for _, link := range links {
		id := link.SpanContext.TraceID()
		if v := t.decided.of[id]; v != nil && v.keep && tr.group.followed == nil {
			tr.group.followed = v
		}
		if other := t.traces[id]; other != nil && other.group != tr.group {
			t.join(tr.group, other.group)
		}
	}
}

// linkTo keeps the traces to which one that is kept links, as far as they are not
// decided.
func (t *Tail) linkTo(v *verdict, links []sdktrace.Link) {
	for _, link := range links {
		if tr := t.traces[link.SpanContext.TraceID()]; tr != nil && v.keep && tr.group.followed == nil {
			tr.group.followed = v
		}
	}
}

// join makes one group of two, as old as the older.
func (t *Tail) join(a, b *tailGroup) {
	older, younger := a.byAge, b.byAge
	if b.since.Before(a.since) {
		older, younger = younger, older
	}
	if len(a.traces) < len(b.traces) {
		a, b = b, a
	}
	heap.Remove(&t.schedule, b.index)
	t.groups.Remove(younger)
	older.Value, a.byAge = a, older
	a.join(b)
}

// makeRoom decides early when there is too much: about a group that takes half
// of the buffer, then about the oldest ones. Those that the policy is known to
// keep are exported, not lost.
func (t *Tail) makeRoom(growing *tailGroup, now time.Time) {
	t.peak = max(t.peak, t.held+t.waiting)
	if growing.bytes > t.policy.Buffer/2 {
		t.decide(growing, now, DropTooLarge)
	}
	if t.held+t.waiting > t.policy.Buffer {
		t.awake()
	}
	for t.held+t.waiting > t.policy.Buffer && t.groups.Len() > 0 {
		why := DropFull
		if t.waiting > t.held {
			why = DropBacklog
		}
		t.decide(t.groups.Front().Value.(*tailGroup), now, why)
	}
}

// decide decides about a group and forgets it. Without a reason to keep them its
// traces are dropped for the given one.
func (t *Tail) decide(g *tailGroup, now time.Time, otherwise DropReason) {
	t.groups.Remove(g.byAge)
	heap.Remove(&t.schedule, g.index)
	t.held -= g.bytes
	verdicts := g.verdicts(&t.policy, now, otherwise)
	for _, tr := range g.traces {
		v := verdicts(tr)
		if size := sizeOfAll(tr.spans); v.keep && t.waiting > 0 && t.waiting+size > t.policy.Buffer {
			v = verdict{drop: DropBacklog}
		}
		delete(t.traces, tr.id)
		t.decided.add(tr.id, &v)
		t.carryOut(&v, tr.spans)
	}
}

func sizeOfAll(spans []sizedSpan) (size int) {
	for _, span := range spans {
		size += span.bytes
	}
	return size
}

// carryOut drops spans, or puts them before the exporter. A backlog of more than
// the buffer holds takes no more, even of a trace of which it has a part.
func (t *Tail) carryOut(v *verdict, spans []sizedSpan) {
	if !v.keep {
		t.drop(v.drop, len(spans))
		return
	}
	for _, span := range spans {
		if t.waiting > 0 && t.waiting+span.bytes > t.policy.Buffer {
			t.drop(DropBacklog, 1)
			continue
		}
		t.waiting += span.bytes
		t.ready = append(t.ready, readySpan{span, v})
	}
	if len(t.ready) >= maxBatch || t.waiting > t.policy.Buffer/4 {
		t.awake()
	}
}

// awake has what is ready exported soon.
func (t *Tail) awake() {
	select {
	case t.wake <- struct{}{}:
	default: // it is awake already
	}
}

func (t *Tail) drop(why DropReason, spans int) {
	if spans == 0 {
		return
	}
	t.buffered -= int64(spans)
	t.dropped[why] += int64(spans)
}
