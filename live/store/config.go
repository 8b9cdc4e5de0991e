// Package store holds traces in memory while they arrive: spans of one trace in any order, over
// minutes, from many services. It keeps to a budget of bytes, counts every span that it could not
// keep, and answers queries.
//
// A span is packed when it arrives: what repeats, such as names, attributes and resources, is kept
// once, and the rest in few bytes. A trace is unpacked and built into a tree when it is looked at.
// Secrets are masked on entry, so nothing that reads the store can show one.
package store

import (
	"time"

	"tracelab/tracetree/check"
)

// The defaults of [Config].
const (
	DefaultMemory = 256 << 20
	DefaultSettle = 2 * time.Second
)

// Config holds what differs from the default. The zero Config is ready to use.
type Config struct {
	// Memory is the budget in bytes for packed spans and what they share, 0 for [DefaultMemory].
	// Unpacked traces that are kept because they may be looked at again take up to a quarter as
	// much besides; a single one may take more.
	Memory int64
	// Settle is the time without new spans after which a trace counts as complete, 0 for
	// [DefaultSettle].
	Settle time.Duration
	// Checks configures the checks of [Trace.Findings].
	Checks check.Config
	// KeepSecrets leaves secrets as they are.
	KeepSecrets bool
}
