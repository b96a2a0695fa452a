package cluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// detach runs up in a session of its own and returns when the cluster is ready.
func detach(l layout, o options, args []string) error {
	if pid, err := holderOf(l); err != nil || pid != 0 {
		return errors.Join(err, errRunning)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the own binary: %w", err)
	}
	log, err := os.OpenFile(l.log("devcluster"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	defer log.Close()
	// Of a flag that is there twice the last one counts.
	child := &exec.Cmd{
		Path: self, Args: slices.Concat([]string{"devcluster", "up"}, args, []string{"--detach=false"}),
		Stdout: log, Stderr: log, SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if err := child.Start(); err != nil {
		return fmt.Errorf("start in the background: %w", err)
	}
	return follow(l, o, child, os.Stderr)
}

// follow shows the log of the child until it is ready or has ended.
func follow(l layout, o options, child *exec.Cmd, out io.Writer) error {
	log, err := os.Open(l.log("devcluster"))
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	defer log.Close()
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for {
		// A file's end is not the log's: the next turn reads on.
		if _, err := io.Copy(out, log); err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		s, _, err := readState(l)
		if err != nil {
			return err
		}
		if s.Ready && s.PID == child.Process.Pid {
			_, err := io.Copy(out, log)
			return err
		}
		select {
		case err := <-ended:
			_, _ = io.Copy(out, log) // the log itself is still there
			if err != nil {
				return fmt.Errorf("it did not start: %w", err)
			}
			return nil // another up was faster, and the log says so
		case <-time.After(50 * time.Millisecond):
		}
	}
}
