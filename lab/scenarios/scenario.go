package scenarios

import (
	"tracelab/fakes"
	"tracelab/lab"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// A Scenario is one story, read from a file. It doesn't change, and may be run by several
// goroutines.
type Scenario struct {
	Name   string // that of its file
	Title  string
	Lesson string // the term of the course that it is about
	Story  string // paragraphs, with a blank line between them
	// Fix names the scenario in which the fault is fixed, or the one to compare this one with;
	// empty for none.
	Fix string
	// Next are commands to try next.
	Next []string
	// Show lists what to show in addition to the tree: ids, attributes, full, wire, logs,
	// critical-path.
	Show []string
	// Attributes are the keys of those that are worth looking at, where not all are.
	Attributes []string
	// Mystery is the fault in a sentence, for scenarios that may be guessed; empty for the others.
	Mystery string
	// Cause is a part of the first finding about the fault. If the checks can't find it, Unseen has
	// the reason.
	Cause, Unseen string

	// A scenario is of the task system, and has Requests, or it is played, and has a Play.
	Requests []Request
	Settings Settings
	Play     *tracetree.Pattern

	// The expected result.
	Tree     *tracetree.Pattern
	TreeText string
	Findings []Expected
	Claims   []Claim

	dynamoDB, sqs []fakes.Fault
	// open is set if nothing is expected, because the reader is to find the fault.
	open bool
}

// Played reports whether the scenario is played from a tree instead of run on the task system.
func (s *Scenario) Played() bool { return s.Play != nil }

// A Request is one request to the gateway, and the answer that is expected.
type Request struct {
	lab.Request
	// Count is how often it is sent, one after the other.
	Count int
	// Status is the expected status; 0 for any.
	Status int
}

// Expected is a finding that the checks have to make.
type Expected struct {
	Severity check.Severity
	Check    string
	Label    string // of the span; empty for a finding about no span
}

// The words of Show.
var shows = []string{"ids", "attributes", "full", "wire", "logs", "critical-path"}
