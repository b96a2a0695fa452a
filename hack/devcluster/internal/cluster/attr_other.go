//go:build !linux

package cluster

import "syscall"

// childAttr puts a component into a process group of its own. Only Linux can
// kill it with us; elsewhere it survives if devcluster itself is killed hard.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
