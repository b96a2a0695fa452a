package cluster

import "syscall"

// childAttr puts a component into a process group of its own, so that Ctrl-C
// reaches only us and we stop in order, and has the kernel kill it with us.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
