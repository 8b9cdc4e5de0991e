// Package hops pairs the two ends of calls and messages between which the trace
// context was lost: spans of different traces that belong to one request.
package hops
