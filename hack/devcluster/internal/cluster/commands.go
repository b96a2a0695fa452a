package cluster

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// downTimeout is longer than all components may take together.
const downTimeout = 60 * time.Second

// Down stops the cluster and returns the exit code of the command.
func Down(args []string) int {
	dir, err := parseDir("down", args, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return fail(err)
	}
	if err := stop(layout(dir)); err != nil {
		return fail(err)
	}
	return 0
}

// stop asks the process that holds the lock to end. The kernel names the
// holder, so no pid file can lead to somebody else's process.
func stop(l layout) error {
	pid, err := holderOf(l)
	if err != nil {
		return err
	}
	if pid == 0 {
		fmt.Fprintln(os.Stderr, "devcluster: not running")
		return nil
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop process %d: %w", pid, err)
	}
	for deadline := time.Now().Add(downTimeout); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		now, err := holderOf(l)
		if err != nil {
			return err
		}
		if now != pid {
			fmt.Fprintln(os.Stderr, "devcluster: stopped")
			return nil
		}
	}
	return fmt.Errorf("process %d did not stop in %s: see %s", pid, downTimeout, l.path("logs"))
}

// Env prints the exports that point a shell at the cluster and returns the
// exit code of the command.
func Env(args []string) int {
	dir, err := parseDir("env", args, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return fail(err)
	}
	l := layout(dir)
	if _, err := os.Stat(l.kubeconfig()); err != nil {
		return fail(fmt.Errorf("no cluster in %s: start it with up", dir))
	}
	if pid, err := holderOf(l); err == nil && pid == 0 {
		fmt.Fprintln(os.Stderr, "devcluster: not running; start it with up")
	}
	self, err := os.Executable()
	if err != nil {
		return fail(fmt.Errorf("find the own binary: %w", err))
	}
	fmt.Printf("export KUBECONFIG=%s\n", shellQuote(l.kubeconfig()))
	fmt.Printf("export PATH=%s:\"$PATH\"\n", shellQuote(filepath.Dir(self)))
	return 0
}

// notRunning is the exit code of status, as init scripts have it.
const notRunning = 3

// Status says whether the cluster runs and returns the exit code of the command.
func Status(args []string) int {
	dir, err := parseDir("status", args, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return fail(err)
	}
	s, running, err := readState(layout(dir))
	switch {
	case err != nil:
		return fail(err)
	case !running:
		fmt.Println("not running")
		return notRunning
	case !s.Ready:
		fmt.Printf("starting (pid %d)\n", s.PID)
		return 0
	}
	fmt.Printf("ready at %s (pid %d, %d nodes)\n", s.Server, s.PID, s.Nodes)
	for _, name := range slices.Sorted(maps.Keys(s.Components)) {
		fmt.Printf("  %-24s pid %d\n", name, s.Components[name])
	}
	return 0
}
