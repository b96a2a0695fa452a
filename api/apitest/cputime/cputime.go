// Package cputime tells tests how long something takes, whatever else the machine does.
package cputime

import (
	"syscall"
	"testing"
	"time"
)

// Used is the CPU time that this process has used, its collector included: steadier than the clock on a machine that
// others use.
func Used(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
