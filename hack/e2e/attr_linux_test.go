package e2e

import "syscall"

// childAttr has the kernel end a child with us, however we end, and keeps Ctrl-C from it, so that we stop it in order.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
