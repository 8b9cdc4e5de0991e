package sampling

import (
	"cmp"
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// TailPolicy decides which traces are exported once it is known how they went. The
// zero value keeps nothing.
//
// A trace is kept when one of the reasons applies to it. Of the rest, those
// that the head sampler (Config.Sampler) has dropped stay dropped, and of the
// others a share is kept.
type TailPolicy struct {
	// Errors keeps every trace with a span whose status is ERROR.
	Errors bool
	// Slow keeps every trace that lasts as long, from its first start to its
	// last end; 0 keeps none for that.
	Slow time.Duration
	// Rest is the share, from 0 to 1, of the traces without a reason that is
	// kept of those which the head sampler has sampled.
	Rest float64

	// Window is the time that a trace must have been idle before it is decided:
	// no span has started or ended, and none is open. 0 means 2 seconds.
	Window time.Duration
	// MessageWait is how long a trace waits for a consumer to receive a message
	// that it has sent: 0 means 30 seconds.
	MessageWait time.Duration
	// Buffer is the estimated number of bytes of spans that may be held: those of
	// traces that are not decided, and those that wait for the exporter. 0 means 64
	// MiB. When it is full, the oldest traces are decided early.
	Buffer int
}

// WithDefaults returns the policy with the defaults of Window, MessageWait and Buffer where they
// are 0.
func (p TailPolicy) WithDefaults() TailPolicy {
	p.Window = cmp.Or(max(p.Window, 0), 2*time.Second)
	p.MessageWait = cmp.Or(max(p.MessageWait, 0), 30*time.Second)
	p.Buffer = cmp.Or(max(p.Buffer, 0), 64<<20)
	return p
}

// ReasonKey is, on the root span of a trace that was not left to
// chance, the reason why it was kept: [KeptError] or [KeptSlow]. Such a trace stands for
// itself alone, its [RatioKey] is 1.
const ReasonKey = attribute.Key("tracelab.sampling.reason")

// The values of [ReasonKey].
const (
	KeptError = "error"
	KeptSlow  = "slow"
)

// A DropReason is why the tail sampler did not export a span.
type DropReason string

const (
	// DropPolicy: the policy had no reason to keep its trace.
	DropPolicy DropReason = "policy"
	// DropFull: the buffer was full before there was a reason to keep its trace.
	DropFull DropReason = "buffer full"
	// DropTooLarge: its trace filled half of the buffer by itself before there
	// was a reason to keep it.
	DropTooLarge DropReason = "trace too large"
	// DropBacklog: the buffer was full, mostly of spans for which the exporter
	// had no time yet. This, DropExport and DropStopped can tear a trace.
	DropBacklog DropReason = "exporter too slow"
	// DropExport: an exporter failed, or the shutdown timed out before the
	// span was exported.
	DropExport DropReason = "export failed"
	// DropStopped: it ended after the shutdown.
	DropStopped DropReason = "shut down"
)

// TailStats counts spans, and what holding them took. At any moment, Recorded is the sum of
// Exported, Buffered and all of Dropped.
type TailStats struct {
	// Recorded is how many spans have ended.
	Recorded int64 `json:"recorded"`
	// Exported is how many the exporters have taken.
	Exported int64 `json:"exported"`
	// Buffered is how many wait, for a decision or for the exporter.
	Buffered int64 `json:"buffered"`
	// PeakBytes is the most that was held at once, by estimate: the price of
	// waiting.
	PeakBytes int64 `json:"peak_bytes,omitzero"`
	// Dropped is how many were not exported, by the reason. A reason that never
	// occurred isn't there.
	Dropped map[DropReason]int64 `json:"dropped"`
}
