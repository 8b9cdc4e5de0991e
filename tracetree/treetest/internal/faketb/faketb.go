// Package faketb has the *testing.T of a test that is expected to fail.
package faketb

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// TB records the failures that a test would have. It implements treetest.TB.
type TB struct {
	// Ctx is the context of the test.
	Ctx context.Context
	// Failures are the messages of Errorf and Fatalf.
	Failures []string

	cleanups []func()
}

// New returns a TB with the context of t.
func New(t *testing.T) *TB { return &TB{Ctx: t.Context()} }

// Helper does nothing.
func (f *TB) Helper() {}

// Errorf records a failure.
func (f *TB) Errorf(format string, args ...any) {
	f.Failures = append(f.Failures, fmt.Sprintf(format, args...))
}

// Fatalf records a failure. Unlike that of testing.T, it returns.
func (f *TB) Fatalf(format string, args ...any) { f.Errorf(format, args...) }

// Cleanup keeps the function for End.
func (f *TB) Cleanup(do func()) { f.cleanups = append(f.cleanups, do) }

// Context returns Ctx.
func (f *TB) Context() context.Context { return f.Ctx }

// End calls the functions that were given to Cleanup.
func (f *TB) End() {
	for _, do := range f.cleanups {
		do()
	}
}

// Want fails t unless there is exactly one failure, and it contains all the parts.
func (f *TB) Want(t *testing.T, parts ...string) {
	t.Helper()
	if len(f.Failures) != 1 {
		t.Fatalf("got %d failures, want one: %q", len(f.Failures), f.Failures)
	}
	for _, part := range parts {
		if !strings.Contains(f.Failures[0], part) {
			t.Errorf("the failure lacks %q:\n%s", part, f.Failures[0])
		}
	}
}
