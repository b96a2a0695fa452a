package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// process is a child whose output goes to a file.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{}
	err  error // once done is closed
}

func start(cmd *exec.Cmd, log string) (*process, error) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = file, file, childAttr()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, log: log, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// stop asks the process to end, as Kubernetes would, and says how long that took.
func (p *process) stop(sig syscall.Signal, within time.Duration) (time.Duration, error) {
	begin := time.Now()
	if err := p.cmd.Process.Signal(sig); err != nil {
		return 0, fmt.Errorf("stop %s: %w", p.cmd.Path, err)
	}
	select {
	case <-p.done:
		return time.Since(begin), p.err
	case <-time.After(within):
	}
	if err := p.cmd.Process.Kill(); err != nil {
		return 0, err
	}
	<-p.done
	return 0, fmt.Errorf("%s did not end within %s of %s", p.cmd.Path, within, sig)
}

// ended says whether the process is gone.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// text is what the process wrote from an offset on.
func (p *process) text(offset int) string {
	all, err := os.ReadFile(p.log)
	if err != nil || offset > len(all) {
		return ""
	}
	return string(all[offset:])
}

// poll asks until the answer is yes, and says whether it came in time.
func poll(within time.Duration, yes func() bool) bool {
	deadline := time.Now().Add(within)
	for !yes() {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
	return true
}
