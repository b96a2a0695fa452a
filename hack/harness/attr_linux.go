package harness

import "syscall"

// childAttr keeps Ctrl-C from a child, so that we stop all in order, and has the kernel end it with us.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
