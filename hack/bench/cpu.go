package main

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/callboard-dev/callboard/hack/harness"
)

// cpu is the CPU time used so far, by those that are measured and by everybody else on the machine.
type cpu struct{ apiserver, etcd, operator, others time.Duration }

func (c cpu) minus(d cpu) cpu {
	return cpu{c.apiserver - d.apiserver, c.etcd - d.etcd, c.operator - d.operator, c.others - d.others}
}

func (c cpu) plus(d cpu) cpu {
	return cpu{c.apiserver + d.apiserver, c.etcd + d.etcd, c.operator + d.operator, c.others + d.others}
}

// String tells who used how much.
func (c cpu) String() string {
	return fmt.Sprintf("CPU: API server %.0f ms, etcd %.0f, operator %.0f, others %.0f",
		harness.Millis(c.apiserver), harness.Millis(c.etcd), harness.Millis(c.operator), harness.Millis(c.others))
}

// all is what is measured.
func (c cpu) all() time.Duration { return c.apiserver + c.etcd + c.operator }

// foreign is what others took of the machine, in percent of all it has.
func (c cpu) foreign(d time.Duration) float64 {
	return 100 * c.others.Seconds() / d.Seconds() / float64(runtime.NumCPU())
}

// cpu reads the CPU time of the control plane, and of the operator if one is given.
func (c *cluster) cpu(o *harness.Process) (used cpu, err error) {
	if used.apiserver, err = harness.CPUOf(c.APIs); err != nil {
		return used, err
	}
	if used.etcd, err = harness.CPUOf(c.Etcd); err != nil {
		return used, err
	}
	if o != nil {
		if used.operator, err = harness.CPUOf(o.PID()); err != nil {
			return used, err
		}
	}
	own, err := harness.CPUOf(os.Getpid())
	if err != nil {
		return used, err
	}
	busy, err := harness.BusyOf()
	used.others = busy - used.all() - own
	return used, err
}
