//go:build !linux

package harness

import "syscall"

// childAttr keeps nothing: the bench reads /proc and runs on Linux only; elsewhere it just compiles.
func childAttr() *syscall.SysProcAttr { return nil }
