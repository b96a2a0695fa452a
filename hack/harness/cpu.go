package harness

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

// CPU is the CPU time used so far, by those that are measured and by everybody else on the machine but who measures.
type CPU struct{ APIServer, Etcd, Operator, Others time.Duration }

// Minus is what was used since.
func (c CPU) Minus(d CPU) CPU {
	return CPU{c.APIServer - d.APIServer, c.Etcd - d.Etcd, c.Operator - d.Operator, c.Others - d.Others}
}

// Plus is the sum.
func (c CPU) Plus(d CPU) CPU {
	return CPU{c.APIServer + d.APIServer, c.Etcd + d.Etcd, c.Operator + d.Operator, c.Others + d.Others}
}

// All is what is measured.
func (c CPU) All() time.Duration { return c.APIServer + c.Etcd + c.Operator }

// Foreign is what others took of the machine in a time, in percent of all it has.
func (c CPU) Foreign(d time.Duration) float64 {
	return 100 * c.Others.Seconds() / d.Seconds() / float64(runtime.NumCPU())
}

// String tells who used how much.
func (c CPU) String() string {
	return fmt.Sprintf("CPU: API server %.0f ms, etcd %.0f, operator %.0f, others %.0f",
		Millis(c.APIServer), Millis(c.Etcd), Millis(c.Operator), Millis(c.Others))
}

// CPU reads the CPU time of the control plane, and of the operator if one is given.
func (c *Cluster) CPU(o *Process) (used CPU, err error) {
	if used.APIServer, err = CPUOf(c.APIs); err != nil {
		return used, err
	}
	if used.Etcd, err = CPUOf(c.Etcd); err != nil {
		return used, err
	}
	if o != nil {
		if used.Operator, err = CPUOf(o.PID()); err != nil {
			return used, err
		}
	}
	own, err := CPUOf(os.Getpid())
	if err != nil {
		return used, err
	}
	busy, err := BusyOf()
	used.Others = busy - used.All() - own
	return used, err
}
