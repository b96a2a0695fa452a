package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// How long a component may take to end before it is killed. The API server waits
// a minute for its watches, which somebody always has; it answers no request by
// then, so it is killed early. etcd may take its time to close the data.
const (
	stopGrace     = 2 * time.Second
	etcdStopGrace = 20 * time.Second
)

// process is one running component.
type process struct {
	name string
	log  string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// processes are the running components in the order of their start.
type processes struct {
	layout  layout
	env     []string
	running []*process
	ended   chan *process
	starts  chan func()
}

// newProcesses also starts the thread that starts them: the kernel kills the
// children when the thread that made them ends, so it has to live as long as we do.
func newProcesses(l layout, gogc int) *processes {
	p := &processes{layout: l, env: os.Environ(), ended: make(chan *process, 8), starts: make(chan func())}
	p.env = append(p.env, "KWOK_WORKDIR="+l.path("conf")) // else it reads ~/.kwok
	if gogc != 0 {
		p.env = append(p.env, fmt.Sprintf("GOGC=%d", gogc))
	}
	go func() {
		runtime.LockOSThread()
		for start := range p.starts {
			start()
		}
	}()
	return p
}

// start runs this binary as the component, with its output in the log.
func (p *processes) start(name string, args []string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the own binary: %w", err)
	}
	path := p.layout.log(name)
	if err := os.Rename(path, path+".last"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("keep the last log of %s: %w", name, err)
	}
	log, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the log of %s: %w", name, err)
	}
	defer log.Close() // the child has its own
	c := &process{name: name, log: path, done: make(chan struct{})}
	c.cmd = &exec.Cmd{
		Path: self, Args: append([]string{name}, args...), Env: p.env,
		Dir: string(p.layout), Stdout: log, Stderr: log, SysProcAttr: childAttr(),
	}
	started := make(chan error)
	p.starts <- func() { started <- c.cmd.Start() }
	if err := <-started; err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	p.running = append(p.running, c)
	go func() {
		_ = c.cmd.Wait() // how it ended stands in its log and in ProcessState
		close(c.done)
		p.ended <- c
	}()
	return nil
}

// pids returns the process ids by component.
func (p *processes) pids() map[string]int {
	pids := map[string]int{}
	for _, c := range p.running {
		pids[c.name] = c.cmd.Process.Pid
	}
	return pids
}

// stop ends the components in the reverse order of their start, so that each
// can still write to those it needs. It stops waiting when hurry is closed.
func (p *processes) stop(hurry <-chan struct{}) {
	for i := len(p.running) - 1; i >= 0; i-- {
		c := p.running[i]
		_ = c.cmd.Process.Signal(syscall.SIGTERM) // fails only if it has ended
		grace := stopGrace
		if c.name == "etcd" {
			grace = etcdStopGrace
		}
		select {
		case <-c.done:
		case <-hurry:
			c.kill()
		case <-time.After(grace):
			c.kill()
		}
	}
	p.running = nil
}

func (c *process) kill() {
	_ = c.cmd.Process.Kill() // fails only if it has ended
	<-c.done
}

// failure describes a component that ended by itself.
func (c *process) failure() error {
	return fmt.Errorf("%s ended (%s); the end of %s:\n%s", c.name, c.cmd.ProcessState, c.log, lastLines(c.log, 12))
}

func lastLines(path string, n int) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return "  " + strings.Join(lines, "\n  ")
}
