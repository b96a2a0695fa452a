package harness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Process is a child.
type Process struct {
	cmd *exec.Cmd
	log string
	// Begun is when it was started.
	Begun time.Time
	ended chan struct{}
}

// StartProcess starts a child that writes to a log file. Call it from the main goroutine alone: the kernel ends the
// child when the thread that started it ends, and only the main goroutine keeps its thread.
func StartProcess(log string, env []string, name string, args ...string) (*Process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make a log: %w", err)
	}
	defer func() { _ = out.Close() }() // the child has its own
	p := &Process{cmd: exec.Command(name, args...), log: log, ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.SysProcAttr = out, out, childAttr()
	p.cmd.Env = append(os.Environ(), env...)
	p.Begun = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(name), err)
	}
	go func() {
		_ = p.cmd.Wait() // whoever waits for the end knows whether it should be
		close(p.ended)
	}()
	return p, nil
}

// PID is its process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Alive returns an error with the end of the log if the process has ended.
func (p *Process) Alive() error {
	select {
	case <-p.ended:
	default:
		return nil
	}
	text, err := os.ReadFile(p.log)
	if err != nil {
		return fmt.Errorf("%s ended: %w", filepath.Base(p.cmd.Path), err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return fmt.Errorf("%s ended:\n%s", filepath.Base(p.cmd.Path), strings.Join(lines[max(0, len(lines)-15):], "\n"))
}

// Stop ends the process, and waits for that.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it has ended if that fails
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// Await looks again and again until something is the case. It fails if the process ends.
func Await(ctx context.Context, most time.Duration, what string, p *Process, is func() (bool, error)) error {
	for deadline := time.Now().Add(most); ; {
		if yes, err := is(); yes || err != nil {
			return err
		}
		if err := p.Alive(); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("wait for %s: not after %s", what, most)
		}
		if err := Sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// Sleep waits, unless the context ends.
func Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
