//go:build unix

package lab_test

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is how long this process has kept the cores busy. Unlike the time on
// the clock it doesn't grow with what else the machine is doing.
func cpuTime(b testing.TB) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
